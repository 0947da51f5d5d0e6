import { admitted, type ToolScope } from '@moltbot/channel-sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountOf, groupId } from '../../test/policy.ts'
import { alice } from '../../test/samples.ts'
import type { Person } from './facts.ts'
import { type ToolTurn, toolScopes } from './tools.ts'

const toolsLeft = (scopes: readonly ToolScope[], names: readonly string[]) =>
  names.filter((name) => admitted(scopes, name))

const agentHas = ['time', 'weather', 'send_file', 'gh_read', 'gh_write']
const everything = agentHas.join()
const bob = 'o9Bob@im.wechat'
const person = (senderId: string): Person => ({ senderId, idStability: 'stable' })

function toolsIn(config: unknown, turn: Partial<ToolTurn> = {}): string {
  const complete = { conversationKind: 'group', conversationId: groupId, senders: [person(alice)], ...turn }
  return toolsLeft(toolScopes(accountOf(config), complete), agentHas).join()
}

const group = (entry: object, all: object = {}) => ({ groups: { [groupId]: entry, '*': all } })

describe('the tools of a group', () => {
  it.each<[sentence: string, config: object, tools: string]>([
    ['are all that the agent has, where no scope narrows them', {}, everything],
    ['are those of a list', group({ tools: ['time', 'weather'] }), 'time,weather'],
    [
      'are the same for a list and for allow',
      group({ tools: { allow: ['time', 'weather'] } }),
      'time,weather',
    ],
    ['are none under an empty list', group({ tools: [] }), ''],
    ['are those with the prefix of a pattern', group({ tools: ['gh_*'] }), 'gh_read,gh_write'],
    ['are all under "*"', group({ tools: ['*'] }), everything],
    ['are without those in deny', group({ tools: { deny: ['gh_*', 'send_file'] } }), 'time,weather'],
    [
      'are without those in deny even if allow has them',
      group({ tools: { allow: ['time', 'gh_*'], deny: ['gh_write'] } }),
      'time,gh_read',
    ],
    [
      'are without those in deny even if allow and alsoAllow have them',
      group({ tools: { allow: ['*'], alsoAllow: ['time'], deny: ['*'] } }),
      '',
    ],
    [
      'are those of allow and alsoAllow',
      group({ tools: { allow: ['time'], alsoAllow: ['weather'] } }),
      'time,weather',
    ],
    [
      'are not widened by alsoAllow alone',
      group({ tools: { alsoAllow: ['time'] } }, { tools: ['weather'] }),
      'weather',
    ],
    ['are none if only unknown names are allowed', group({ tools: ['exec'] }), ''],
    ['are not widened by an unknown name', group({ tools: ['time', 'exec'] }), 'time'],
    ['are compared exactly', group({ tools: ['Time', 'weather_', '_*'] }), ''],
    ['are narrowed by "*"', group({ tools: ['time', 'weather'] }, { tools: ['time', 'gh_*'] }), 'time'],
    [
      'are denied by "*" even if the group allows them',
      group({ tools: ['time', 'gh_read'] }, { tools: { deny: ['gh_*'] } }),
      'time',
    ],
    ['are those of "*" if the group has no scope', group({}, { tools: ['time'] }), 'time'],
    ['are narrowed for one sender', group({ toolsBySender: { [alice]: ['time'] } }), 'time'],
    [
      'are narrowed by toolsBySender and tools together',
      group({ tools: ['time', 'weather'], toolsBySender: { [alice]: ['time', 'gh_read'] } }),
      'time',
    ],
    [
      'are not narrowed by the scope of another sender',
      group({ tools: ['time', 'weather'], toolsBySender: { [bob]: [] } }),
      'time,weather',
    ],
    [
      'are not narrowed by the scope of an id that differs in case',
      group({ toolsBySender: { [alice.toUpperCase()]: [] } }),
      everything,
    ],
    [
      'are narrowed for every other sender by "*" in toolsBySender',
      group({ toolsBySender: { [bob]: ['*'], '*': [] } }),
      '',
    ],
    [
      'are not narrowed by "*" in toolsBySender for a sender listed by id',
      group({ toolsBySender: { [alice]: ['time'], '*': [] } }),
      'time',
    ],
    [
      'are narrowed by toolsBySender of "*"',
      group({ tools: ['time', 'weather'] }, { toolsBySender: { [alice]: ['weather'] } }),
      'weather',
    ],
    ['by no rule of another group', { groups: { R2: { tools: [] } } }, everything],
    ['by nothing that dms says', { dms: { [alice]: { tools: [] } } }, everything],
  ])('%s', (_sentence, config, tools) => {
    expect(toolsIn(config)).toBe(tools)
  })

  it('are those that each of several senders in one turn may use', () => {
    const config = group({ toolsBySender: { [alice]: ['time', 'weather'], [bob]: ['weather', 'gh_*'] } })
    expect(toolsIn(config, { senders: [person(alice), person(bob)] })).toBe('weather')
  })

  it('have one scope if the same scope applies to several senders', () => {
    const senders = [person(alice), person(bob)]
    const turn = { conversationKind: 'group', conversationId: groupId, senders }
    expect(toolScopes(accountOf(group({ tools: ['time'] })), turn)).toEqual([{ allow: ['time'] }])
  })

  it('are narrowed only by "*" and by remarks if ids change at every login', () => {
    const senders: Person[] = [{ senderId: alice, alias: 'Old friend', idStability: 'session' }]
    expect(toolsIn(group({ tools: [] }, { tools: ['time'] }), { senders })).toBe('time')
    expect(
      toolsIn({ groups: { '*': { toolsBySender: { 'alias:Old friend': ['time'] } } } }, { senders }),
    ).toBe('time')
    expect(toolsIn({ groups: { '*': { toolsBySender: { [alice]: ['time'] } } } }, { senders })).toBe(
      everything,
    )
  })
})

describe('the tools of a direct chat', () => {
  it.each<[sentence: string, config: object, tools: string]>([
    ['are all tools of the agent', {}, everything],
    ['are narrowed by dms for one user', { dms: { [alice]: { tools: ['time'] } } }, 'time'],
    ['are not narrowed by the entry of another user', { dms: { [bob]: { tools: [] } } }, everything],
    ['are narrowed for every other user by "*"', { dms: { [bob]: {}, '*': { tools: [] } } }, ''],
    [
      'are not narrowed by any group',
      { groups: { '*': { tools: [], toolsBySender: { [alice]: [] } } } },
      everything,
    ],
  ])('%s', (_sentence, config, tools) => {
    expect(toolsIn(config, { conversationKind: 'direct', conversationId: alice })).toBe(tools)
  })
})

it.each<[sentence: string, turn: Partial<ToolTurn>]>([
  ['of an unknown kind', { conversationKind: 'channel' }],
  ['without an id', { conversationId: '' }],
  ['without a sender', { senders: [] }],
])('a conversation %s has no tools', (_sentence, turn) => {
  expect(toolsIn({}, turn)).toBe('')
})

describe('all scopes', () => {
  const entry = fc.constantFrom('*', 'gh_*', 'nope', ...agentHas)
  const names = fc.array(entry, { maxLength: 3 })
  const written = fc.oneof(
    names,
    fc.record({ allow: names, alsoAllow: names, deny: names }, { requiredKeys: [] }),
  )
  const bySender = fc.dictionary(fc.constantFrom(alice, bob, '*'), written)
  const groupEntry = fc.record({ tools: written, toolsBySender: bySender }, { requiredKeys: [] })
  const groups = fc.dictionary(fc.constantFrom(groupId, '*', 'R2'), groupEntry)

  it('narrow the tools in any order', () => {
    fc.assert(
      fc.property(groups, (config) => {
        const scopes = toolScopes(accountOf({ groups: config }), {
          conversationKind: 'group',
          conversationId: groupId,
          senders: [person(alice)],
        })
        const left = toolsLeft(scopes, agentHas)
        expect(toolsLeft(scopes.toReversed(), agentHas)).toEqual(left)
        expect(scopes.reduce((tools, scope) => toolsLeft([scope], tools), agentHas)).toEqual(left)
        for (const scope of scopes) expect(toolsLeft([scope], agentHas)).toEqual(expect.arrayContaining(left))
      }),
    )
  })

  it('a tool that one scope denies is denied, and a name that the agent does not know gives no tool', () => {
    fc.assert(
      fc.property(names, names, (allow, deny) => {
        for (const name of deny) expect(admitted([{ allow, deny }], name)).toBe(false)
        expect(agentHas).toEqual(expect.arrayContaining(toolsLeft([{ allow, deny }], agentHas)))
      }),
    )
  })
})
