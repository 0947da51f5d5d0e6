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
    ['which is short for allow', group({ tools: { allow: ['time', 'weather'] } }), 'time,weather'],
    ['are none under an empty list', group({ tools: [] }), ''],
    ['are those with a prefix', group({ tools: ['gh_*'] }), 'gh_read,gh_write'],
    ['are all under "*"', group({ tools: ['*'] }), everything],
    ['are none of those that deny names', group({ tools: { deny: ['gh_*', 'send_file'] } }), 'time,weather'],
    [
      'even if allow names them too: deny wins',
      group({ tools: { allow: ['time', 'gh_*'], deny: ['gh_write'] } }),
      'time,gh_read',
    ],
    [
      'and deny wins over everything',
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
    ['are none where only unknown names remain', group({ tools: ['exec'] }), ''],
    ['are not widened by an unknown name', group({ tools: ['time', 'exec'] }), 'time'],
    ['are compared exactly', group({ tools: ['Time', ' weather', 'g*h_read', '_*'] }), ''],
    [
      'are narrowed by those of "*" as well',
      group({ tools: ['time', 'weather'] }, { tools: ['time', 'gh_*'] }),
      'time',
    ],
    [
      'are not given back by the group once "*" denies them',
      group({ tools: ['time', 'gh_read'] }, { tools: { deny: ['gh_*'] } }),
      'time',
    ],
    ['are those of "*" where the group says nothing', group({}, { tools: ['time'] }), 'time'],
    ['are narrowed for one sender', group({ toolsBySender: { [alice]: ['time'] } }), 'time'],
    [
      'by toolsBySender and tools together',
      group({ tools: ['time', 'weather'], toolsBySender: { [alice]: ['time', 'gh_read'] } }),
      'time',
    ],
    [
      'not by those of another sender',
      group({ tools: ['time', 'weather'], toolsBySender: { [bob]: [] } }),
      'time,weather',
    ],
    [
      'nor of an id that differs by case',
      group({ toolsBySender: { [alice.toUpperCase()]: [] } }),
      everything,
    ],
    [
      'for every other sender by "*" in toolsBySender',
      group({ toolsBySender: { [bob]: ['*'], '*': [] } }),
      '',
    ],
    [
      'but not for one who stands there by id',
      group({ toolsBySender: { [alice]: ['time'], '*': [] } }),
      'time',
    ],
    [
      'by toolsBySender of "*" as well',
      group({ tools: ['time', 'weather'] }, { toolsBySender: { [alice]: ['weather'] } }),
      'weather',
    ],
    ['by no rule of another group', { groups: { R2: { tools: [] } } }, everything],
    ['by nothing that dms says', { dms: { [alice]: { tools: [] } } }, everything],
  ])('%s', (_sentence, config, tools) => {
    expect(toolsIn(config)).toBe(tools)
  })

  it('are what each of several senders in one turn may use', () => {
    const config = group({ toolsBySender: { [alice]: ['time', 'weather'], [bob]: ['weather', 'gh_*'] } })
    expect(toolsIn(config, { senders: [person(alice), person(bob)] })).toBe('weather')
  })

  it('are narrowed once by a scope that holds for several senders', () => {
    const senders = [person(alice), person(bob)]
    const turn = { conversationKind: 'group', conversationId: groupId, senders }
    expect(toolScopes(accountOf(group({ tools: ['time'] })), turn)).toEqual([{ allow: ['time'] }])
  })

  it('come from "*" only where ids change at every login, and from remarks', () => {
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
    ['are all that the agent has', {}, everything],
    ['are narrowed by dms for one person', { dms: { [alice]: { tools: ['time'] } } }, 'time'],
    ['not by what stands there for another', { dms: { [bob]: { tools: [] } } }, everything],
    ['for everybody else by "*"', { dms: { [bob]: {}, '*': { tools: [] } } }, ''],
    ['not by any group', { groups: { '*': { tools: [], toolsBySender: { [alice]: [] } } } }, everything],
  ])('%s', (_sentence, config, tools) => {
    expect(toolsIn(config, { conversationKind: 'direct', conversationId: alice })).toBe(tools)
  })
})

it.each<[sentence: string, turn: Partial<ToolTurn>]>([
  ['of an unknown kind', { conversationKind: 'channel' }],
  ['without an id', { conversationId: '' }],
  ['without a sender', { senders: [] }],
])('a conversation %s has no tool at all', (_sentence, turn) => {
  expect(toolsIn({}, turn)).toBe('')
})

describe('whatever the scopes are', () => {
  const entry = fc.constantFrom('*', 'gh_*', 'nope', ...agentHas)
  const names = fc.array(entry, { maxLength: 3 })
  const written = fc.oneof(
    names,
    fc.record({ allow: names, alsoAllow: names, deny: names }, { requiredKeys: [] }),
  )
  const bySender = fc.dictionary(fc.constantFrom(alice, bob, '*'), written)
  const groupEntry = fc.record({ tools: written, toolsBySender: bySender }, { requiredKeys: [] })
  const groups = fc.dictionary(fc.constantFrom(groupId, '*', 'R2'), groupEntry)

  it('each narrows what the others leave, in any order', () => {
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
