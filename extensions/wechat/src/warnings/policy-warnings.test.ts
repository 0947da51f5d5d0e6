import { describe, expect, it, test } from 'vitest'
import { accountOf } from '../../test/policy.ts'
import type { IdStability } from '../model/ids.ts'
import { caseWarnings, idWarnings } from './id-warnings.ts'
import { toolWarnings } from './tool-warnings.ts'
import { named, type PolicyWarning } from './warning.ts'

const lines = (warnings: readonly PolicyWarning[]) =>
  warnings.map(({ path, message }) => `${path.join('.')}: ${message}`)

describe('ids that change at every login', () => {
  const reported = (config: unknown, idStability: IdStability) =>
    lines(idWarnings(accountOf(config), idStability))
  const config = {
    allowFrom: ['*', 'o9A', 'alias:x'],
    groupAllowFrom: ['o9B', 'o9C'],
    groups: { '*': { allowFrom: ['alias:y'] }, r1: { toolsBySender: { o9D: [] } }, 'alias:z': {} },
    dms: { o9E: {}, '*': {} },
  }

  it('make entries by id idle', () => {
    const why =
      'cannot match, because ids change at every login here; mean people as "alias:<remark>" and groups as "*"'
    expect(reported(config, 'session')).toEqual([
      `allowFrom: "o9A" ${why}`,
      `groupAllowFrom: "o9B", "o9C" ${why}`,
      `groups: "r1", "alias:z" ${why}`,
      `groups.r1.toolsBySender: "o9D" ${why}`,
      `dms: "o9E" ${why}`,
    ])
  })

  it('and ids that last make remarks idle', () => {
    const why = 'cannot match, because remarks count only where ids change at every login; write the id'
    expect(reported(config, 'stable')).toEqual([
      `allowFrom: "alias:x" ${why}`,
      `groups: "alias:z" ${why}`,
      `groups.*.allowFrom: "alias:y" ${why}`,
    ])
  })

  it('are no trouble to who names nobody', () => {
    expect(reported({ allowFrom: ['*'], groups: { '*': {} } }, 'session')).toEqual([])
  })
})

test('an entry that differs from a seen id by case only is pointed at', () => {
  const account = accountOf({ allowFrom: ['O9A', 'o9b', 'o9C'], groups: { R1: {} } })
  expect(lines(caseWarnings(account, ['o9A', 'o9b', 'O9B', 'r1']))).toEqual([
    'allowFrom: "O9A" differs by case only from "o9A", which has written; ids are exact',
    'groups: "R1" differs by case only from "r1", which has written; ids are exact',
  ])
})

describe('tool scopes', () => {
  const tools = { known: ['time', 'gh_read', 'weather'], away: ['wiki_'] }
  const reported = (config: unknown) => lines(toolWarnings(accountOf(config), tools))

  it('that name a tool nobody has are reported, in deny too', () => {
    expect(
      reported({
        groups: {
          r1: { tools: ['time', 'tiem', 'gh_*'], toolsBySender: { a: { deny: ['exec', 'exec', 'x_*'] } } },
        },
        dms: { b: { tools: { allow: ['*'], alsoAllow: ['Weather'] } } },
      }),
    ).toEqual([
      'groups.r1.tools: no tool is called "tiem"',
      'groups.r1.toolsBySender.a: no tool is called "exec", "x_*"',
      'dms.b.tools: no tool is called "Weather"',
    ])
  })

  it('that ask for what a wider scope leaves out are reported', () => {
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

  it('that name a tool of a server that is away are not', () => {
    expect(reported({ dms: { b: { tools: ['wiki_search', 'wiki_*'] } } })).toEqual([])
  })

  it('that fit are not', () => {
    expect(reported({ groups: { '*': { tools: ['time', 'gh_*'] }, r1: { tools: ['time'] } } })).toEqual([])
  })
})

test('a long list is named in part', () => {
  expect(named(['a', 'b'])).toBe('"a", "b"')
  expect(named([...'abcdefg'])).toBe('"a", "b", "c", "d", "e" and 2 more')
})
