import { describe, expect, it, test } from 'vitest'
import { accountOf } from '../../test/policy.ts'
import type { IdStability } from '../model/ids.ts'
import { caseWarnings, idWarnings, named, type PolicyWarning, toolWarnings } from './policy-warnings.ts'

const lines = (warnings: readonly PolicyWarning[]) =>
  warnings.map(({ path, message }) => `${path.join('.')}: ${message}`)

describe('idWarnings', () => {
  const reported = (config: unknown, idStability: IdStability) =>
    lines(idWarnings(accountOf(config), idStability))
  const config = {
    allowFrom: ['*', 'o9A', 'alias:x'],
    groupAllowFrom: ['o9B', 'o9C'],
    groups: { '*': { allowFrom: ['alias:y'] }, r1: { toolsBySender: { o9D: [] } } },
    dms: { o9E: {}, '*': {} },
  }

  it('reports entries by id if ids change at every login', () => {
    const why =
      'cannot match, because ids of this backend change at every login; write people as "alias:<remark>" and groups as "*"'
    expect(reported(config, 'session')).toEqual([
      `allowFrom: "o9A" ${why}`,
      `groupAllowFrom: "o9B", "o9C" ${why}`,
      `groups: "r1" ${why}`,
      `groups.r1.toolsBySender: "o9D" ${why}`,
      `dms: "o9E" ${why}`,
    ])
  })

  it('reports entries by remark if ids are stable', () => {
    const why =
      'cannot match, because remarks are used only with a backend whose ids change at every login; write the id'
    expect(reported(config, 'stable')).toEqual([
      `allowFrom: "alias:x" ${why}`,
      `groups.*.allowFrom: "alias:y" ${why}`,
    ])
  })

  it('reports nothing if only "*" is configured', () => {
    expect(reported({ allowFrom: ['*'], groups: { '*': {} } }, 'session')).toEqual([])
  })
})

test('caseWarnings reports an entry that differs from a seen id only in case', () => {
  const account = accountOf({ allowFrom: ['O9A', 'o9b', 'o9C'], groups: { R1: {} } })
  expect(lines(caseWarnings(account, ['o9A', 'o9b', 'O9B', 'r1']))).toEqual([
    'allowFrom: "O9A" differs only in case from "o9A", which has sent messages; ids are case-sensitive',
    'groups: "R1" differs only in case from "r1", which has sent messages; ids are case-sensitive',
  ])
})

describe('toolWarnings', () => {
  const tools = { known: ['time', 'gh_read', 'weather'], away: ['wiki_'] }
  const reported = (config: unknown) => lines(toolWarnings(accountOf(config), tools))

  it('reports names that match no tool, also in deny', () => {
    expect(
      reported({
        groups: {
          r1: { tools: ['time', 'tiem', 'gh_*'], toolsBySender: { a: { deny: ['exec', 'exec', 'x_*'] } } },
        },
        dms: { b: { tools: { allow: ['*'], alsoAllow: ['Weather'] } } },
      }),
    ).toEqual([
      'groups.r1.tools: the agent has no tool named "tiem"',
      'groups.r1.toolsBySender.a: the agent has no tool named "exec", "x_*"',
      'dms.b.tools: the agent has no tool named "Weather"',
    ])
  })

  it('reports tools that an enclosing scope does not allow', () => {
    const why = 'has no effect: the enclosing scope does not allow it, and a scope can only narrow'
    expect(
      reported({
        groups: {
          '*': { tools: ['time'], toolsBySender: { a: ['weather'] } },
          r1: {
            tools: ['time', 'weather'],
            toolsBySender: { a: ['*'], b: { allow: [], alsoAllow: ['gh_read'] } },
          },
        },
      }),
    ).toEqual([
      `groups.*.toolsBySender.a: "weather" ${why}`,
      `groups.r1.tools: "weather" ${why}`,
      `groups.r1.toolsBySender.b: "gh_read" ${why}`,
    ])
  })

  it('does not report the tools of an unavailable server', () => {
    expect(reported({ dms: { b: { tools: ['wiki_search', 'wiki_*'] } } })).toEqual([])
  })

  it('does not report scopes that match the tools', () => {
    expect(reported({ groups: { '*': { tools: ['time', 'gh_*'] }, r1: { tools: ['time'] } } })).toEqual([])
  })
})

test('named shortens a long list', () => {
  expect(named(['a', 'b'])).toBe('"a", "b"')
  expect(named([...'abcdefg'])).toBe('"a", "b", "c", "d", "e" and 2 more')
})
