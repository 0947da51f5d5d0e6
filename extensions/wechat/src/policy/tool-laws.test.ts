/**
 * What holds for the tools of every configuration: a stricter one takes tools away or changes nothing.
 */

import { admitted } from '@moltbot/channel-sdk'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { accountOf, groupId, lookalikes } from '../../test/policy.ts'
import { alice } from '../../test/samples.ts'
import type { Person } from './facts.ts'
import { toolScopes } from './tools.ts'

const agentHas = ['time', 'weather', 'send_file', 'gh_read', 'gh_write']
const bob = 'o9Bob@im.wechat'
const person = (senderId: string): Person => ({ senderId, idStability: 'stable' })

interface Scope {
  readonly allow?: readonly string[]
  readonly alsoAllow?: readonly string[]
  readonly deny?: readonly string[]
}
interface Entry {
  readonly tools?: Scope
  readonly toolsBySender?: Readonly<Record<string, Scope>>
}
interface Config {
  readonly groups: Readonly<Record<string, Entry>>
  readonly dms: Readonly<Record<string, Entry>>
}

const names = fc.array(fc.constantFrom('*', 'gh_*', 'nope', ...agentHas), { maxLength: 3 })
const scope = fc.record({ allow: names, alsoAllow: names, deny: names }, { requiredKeys: [] })
const bySender = fc.dictionary(fc.constantFrom(alice, bob, '*'), scope)
const config: fc.Arbitrary<Config> = fc.record({
  groups: fc.dictionary(
    fc.constantFrom(groupId, '*', 'R2'),
    fc.record({ tools: scope, toolsBySender: bySender }, { requiredKeys: [] }),
  ),
  dms: fc.dictionary(fc.constantFrom(alice, bob, '*'), fc.record({ tools: scope }, { requiredKeys: [] })),
})
const place = fc.constantFrom(
  { conversationKind: 'group', conversationId: groupId },
  { conversationKind: 'direct', conversationId: alice },
)

const toolsOf = (written: Config, turn: Parameters<typeof toolScopes>[1]) =>
  agentHas.filter((name) => admitted(toolScopes(accountOf(written), turn), name))

/** Ways to make a scope stricter. */
const tightenings: readonly [name: string, tighten: (written: Scope, pick: number) => Scope][] = [
  ['an empty list', () => ({ allow: [] })],
  ['one more tool denied', (written) => ({ ...written, deny: ['time', ...(written.deny ?? [])] })],
  ['a prefix denied', (written) => ({ ...written, deny: ['gh_*', ...(written.deny ?? [])] })],
  ['one entry less in allow', (written, pick) => shorter(written, 'allow', pick)],
  ['one entry less in alsoAllow', (written, pick) => shorter(written, 'alsoAllow', pick)],
  ['an allow where there was none', (written) => ({ allow: ['time'], ...written })],
]

it.each(tightenings)('%s never gives more tools', (_name, tighten) => {
  fc.assert(
    fc.property(config, place, fc.nat(9), (written, where, pick) => {
      const turn = { ...where, senders: [person(alice)] }
      const stricter = inEveryScope(written, (one) => tighten(one, pick))
      expect(toolsOf(written, turn)).toEqual(expect.arrayContaining(toolsOf(stricter, turn)))
    }),
    { numRuns: 300 },
  )
})

it('a scope where there was none never gives more tools', () => {
  fc.assert(
    fc.property(config, place, scope, (written, where, added) => {
      const turn = { ...where, senders: [person(alice)] }
      const stricter = inEveryEntry(written, (entry) => ({ tools: added, ...entry }))
      expect(toolsOf(written, turn)).toEqual(expect.arrayContaining(toolsOf(stricter, turn)))
    }),
  )
})

it('one more sender in a turn never gives more tools', () => {
  fc.assert(
    fc.property(config, place, (written, where) => {
      const alone = toolsOf(written, { ...where, senders: [person(alice)] })
      const together = toolsOf(written, { ...where, senders: [person(alice), person(bob)] })
      expect(alone).toEqual(expect.arrayContaining(together))
    }),
  )
})

it.each(lookalikes(alice))('%j gets none of the tools of the id that it resembles', (senderId) => {
  const written = { groups: { '*': { toolsBySender: { [alice]: {}, '*': { allow: [] } } } }, dms: {} }
  const turn = { conversationKind: 'group', conversationId: groupId, senders: [person(senderId)] }
  expect(toolsOf(written, turn)).toEqual([])
})

function inEveryScope(written: Config, tighten: (written: Scope) => Scope): Config {
  return inEveryEntry(written, ({ tools, toolsBySender }) => ({
    ...(tools !== undefined && { tools: tighten(tools) }),
    ...(toolsBySender !== undefined && { toolsBySender: mapValues(toolsBySender, tighten) }),
  }))
}

function inEveryEntry({ groups, dms }: Config, tighten: (entry: Entry) => Entry): Config {
  return { groups: mapValues(groups, tighten), dms: mapValues(dms, tighten) }
}

function mapValues<Value>(map: Readonly<Record<string, Value>>, change: (value: Value) => Value) {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]))
}

function shorter(written: Scope, key: 'allow' | 'alsoAllow', pick: number): Scope {
  const entries = written[key]
  if (entries === undefined) return written
  return { ...written, [key]: entries.filter((_, index) => index !== pick % entries.length) }
}
