/**
 * Laws that hold for every configuration and every message.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountOf, groupMessage, lookalikes } from '../../test/policy.ts'
import { decide, explain } from './decide.ts'
import type { Decision } from './decision.ts'
import type { MessageFacts } from './facts.ts'

const people = ['o9Alice', 'o9Bob', 'o9Carol']
const rooms = ['R1', 'R2']
const remarks = ['friend', 'boss']
const dmPolicies = ['disabled', 'allowlist', 'pairing', 'open']

const entry = fc.constantFrom(...people, ...rooms, '*', ...remarks.map((remark) => `alias:${remark}`))
const list = fc.uniqueArray(entry, { maxLength: 4 })
const groupEntry = fc.record(
  {
    enabled: fc.boolean(),
    requireMention: fc.boolean(),
    allowFrom: list,
    mentionPatterns: fc.constantFrom([], ['hey bot']),
  },
  { requiredKeys: [] },
)
const groups = fc.dictionary(fc.constantFrom(...rooms, '*'), groupEntry)
const config = fc.record(
  {
    dmPolicy: fc.constantFrom(...dmPolicies),
    allowFrom: list,
    groupPolicy: fc.constantFrom('disabled', 'allowlist', 'open'),
    groupAllowFrom: list,
    groups,
  },
  { requiredKeys: [] },
)

const text = fc.constantFrom('hello', '@My Bot hello', 'hey bot', '/stop', '@My Bot /new', '')
const message: fc.Arbitrary<MessageFacts> = fc.record({
  conversationKind: fc.constantFrom('direct', 'group', 'group', '', 'Group'),
  conversationId: fc.constantFrom(...rooms, 'R3', '', '*'),
  senderId: fc.constantFrom(...people, ...rooms, '', '*', 'alias:friend'),
  alias: fc.constantFrom(undefined, '', ...remarks),
  idStability: fc.constantFrom('stable', 'session'),
  approved: fc.boolean(),
  fromOwnBot: fc.boolean(),
  ownerId: fc.constantFrom(undefined, ...people),
  selfId: fc.constantFrom('', 'o9Bot'),
  selfName: fc.constantFrom('My Bot', ''),
  selfGroupAlias: fc.constantFrom(undefined, 'Helper'),
  mentionIds: fc.constantFrom(undefined, [], ['o9Bot']),
  quotesBot: fc.boolean(),
  text,
})

type Config = Record<string, unknown> & { groups?: Record<string, Record<string, unknown>> }

/** Ways to make a configuration stricter. */
const firstList = 'a groupAllowFrom where there was none'
const tightenings: readonly [name: string, tighten: (config: Config, pick: number) => Config][] = [
  [
    'dmPolicy one step stricter',
    (written) => ({ ...written, dmPolicy: stricter(dmPolicies, written.dmPolicy ?? 'pairing') }),
  ],
  [
    'groupPolicy allowlist',
    (written) => ({ ...written, groupPolicy: written.groupPolicy === 'disabled' ? 'disabled' : 'allowlist' }),
  ],
  ['groupPolicy disabled', (written) => ({ ...written, groupPolicy: 'disabled' })],
  ['one entry less in allowFrom', (written, pick) => shorter(written, 'allowFrom', pick)],
  ['one entry less in groupAllowFrom', (written, pick) => shorter(written, 'groupAllowFrom', pick)],
  [firstList, (written) => ({ groupAllowFrom: ['o9Alice'], ...written })],
  [
    "one entry less in a group's allowFrom",
    (written, pick) => inOneGroup(written, pick, (rules) => shorter(rules, 'allowFrom', pick)),
  ],
  [
    'a group disabled',
    (written, pick) => inOneGroup(written, pick, (rules) => ({ ...rules, enabled: false })),
  ],
  [
    'no one heard in one group',
    (written, pick) => inOneGroup(written, pick, (rules) => ({ ...rules, allowFrom: [] })),
  ],
  [
    "one pattern less in a group's mentionPatterns",
    (written, pick) => inOneGroup(written, pick, (rules) => shorter(rules, 'mentionPatterns', pick)),
  ],
  ['one group less in an allowlist of them', oneGroupLess],
  [
    // Under an allowlist there was one, and it was empty.
    'a list of groups where there was none',
    (written) => (written.groupPolicy === 'allowlist' ? written : { groups: { R1: {} }, ...written }),
  ],
  [
    'a mention required',
    (written, pick) => inOneGroup(written, pick, (rules) => ({ ...rules, requireMention: true })),
  ],
]

function stricter(order: readonly string[], now: unknown): string | undefined {
  return order[Math.max(0, order.indexOf(String(now)) - 1)]
}

function shorter<Holder extends Record<string, unknown>>(holder: Holder, key: string, pick: number): Holder {
  const entries = holder[key]
  if (!Array.isArray(entries)) return holder
  return { ...holder, [key]: entries.filter((_, index) => index !== pick % entries.length) }
}

function inOneGroup(
  written: Config,
  pick: number,
  tighten: (rules: Record<string, unknown>) => Record<string, unknown>,
): Config {
  const named = Object.entries(written.groups ?? {})
  const changed = named.map(([id, rules], index) => [
    id,
    index === pick % named.length ? tighten(rules) : rules,
  ])
  return { ...written, groups: Object.fromEntries(changed) }
}

/** Not with `"*"`, whose rules would apply to a removed group and may be less strict. */
function oneGroupLess(written: Config, pick: number): Config {
  const named = Object.entries(written.groups ?? {})
  if (written.groupPolicy !== 'allowlist' || written.groups?.['*'] !== undefined) return written
  return { ...written, groups: Object.fromEntries(named.filter((_, index) => index !== pick % named.length)) }
}

/** How far a message gets: dropped, paired or stored as context, answered, run as a command. */
function reach({ action, command }: Decision): number {
  if (action === 'dispatch') return command === undefined ? 2 : 3
  return action === 'drop' ? 0 : 1
}

describe('for every configuration and message', () => {
  it.each(tightenings)('%s never admits more', (name, tighten) => {
    fc.assert(
      fc.property(config, message, fc.nat(9), (written, facts, pick) => {
        const before = decide(accountOf(written), facts)
        // Only senders that a list names may give commands in a group; being admitted is another matter.
        fc.pre(name !== firstList || before.reason !== 'group-command-refused')
        const after = decide(accountOf(tighten(written, pick)), facts)
        expect(reach(after), JSON.stringify({ before, after })).toBeLessThanOrEqual(reach(before))
      }),
      { numRuns: 300 },
    )
  })

  it('an id that only looks like one in a list never passes', () => {
    const id = 'o9Alice@im.wechat'
    const kind = fc.constantFrom('direct', 'group')
    fc.assert(
      fc.property(kind, fc.constantFrom(...lookalikes(id)), message, (conversationKind, senderId, facts) => {
        const account = accountOf({
          dmPolicy: 'allowlist',
          allowFrom: [id],
          groupAllowFrom: [id],
          groups: { '*': { requireMention: false } },
        })
        const stranger = { ...facts, conversationKind, senderId, approved: false }
        expect(decide(account, stranger).action).toBe('drop')
      }),
    )
  })

  it('a group whose id only looks like one in a list never passes', () => {
    const id = 'R1@chatroom'
    const rules = fc.constantFrom({}, { requireMention: false }, { allowFrom: ['*'] })
    fc.assert(
      fc.property(fc.constantFrom(...lookalikes(id)), rules, message, (conversationId, entry, facts) => {
        const account = accountOf({ groupPolicy: 'allowlist', groups: { [id]: entry } })
        const elsewhere = { ...facts, conversationKind: 'group', conversationId }
        expect(decide(account, elsewhere).action).toBe('drop')
      }),
    )
  })

  it('a remark that only looks like one in a list never passes', () => {
    const remark = 'Old friend'
    const others = lookalikes(remark).filter((other) => other.trim() !== remark)
    const kind = fc.constantFrom('direct', 'group')
    fc.assert(
      fc.property(kind, fc.constantFrom(...others), message, (conversationKind, alias, facts) => {
        const list = [`alias:${remark}`]
        const account = accountOf({ dmPolicy: 'allowlist', allowFrom: list, groupAllowFrom: list })
        const stranger = {
          ...facts,
          conversationKind,
          alias,
          approved: false,
          idStability: 'session',
        } as const
        expect(decide(account, stranger).action).toBe('drop')
      }),
    )
  })

  it('a display name equal to an allowed id never passes', () => {
    const account = accountOf({
      dmPolicy: 'allowlist',
      allowFrom: ['o9Alice'],
      groupAllowFrom: ['o9Alice'],
      groups: { '*': { requireMention: false } },
    })
    fc.assert(
      fc.property(message, fc.constantFrom('direct', 'group'), (facts, conversationKind) => {
        const named = {
          ...facts,
          name: 'o9Alice',
          senderLabel: 'o9Alice',
          alias: 'o9Alice',
          selfName: 'o9Alice',
        }
        const stranger = {
          ...named,
          conversationKind,
          senderId: 'o9Mallory',
          approved: false,
          text: 'o9Alice',
        }
        expect(decide(account, stranger).action).toBe('drop')
      }),
    )
  })

  it('an approval and ownership have no effect in a group', () => {
    fc.assert(
      fc.property(config, message, (written, facts) => {
        const account = accountOf(written)
        const plain = { ...facts, conversationKind: 'group', approved: false, ownerId: undefined }
        expect(decide(account, { ...plain, approved: true, ownerId: facts.senderId })).toEqual(
          decide(account, plain),
        )
      }),
    )
  })

  it('the configuration of direct chats has no effect in a group', () => {
    fc.assert(
      fc.property(config, config, message, (written, other, facts) => {
        const { dmPolicy: _, allowFrom: __, ...ofGroups } = written
        const inGroup = { ...facts, conversationKind: 'group' }
        const mixed = accountOf({ ...ofGroups, ...pick(other, ['dmPolicy', 'allowFrom']) })
        expect(decide(mixed, inGroup)).toEqual(decide(accountOf(ofGroups), inGroup))
      }),
    )
  })

  it('never throws, and ends with the step that decided', () => {
    const anything: fc.Arbitrary<MessageFacts> = fc.record({
      conversationKind: fc.oneof(fc.constantFrom('direct', 'group'), fc.string()),
      conversationId: fc.string({ unit: 'binary' }),
      senderId: fc.string({ unit: 'binary' }),
      alias: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
      idStability: fc.constantFrom('stable', 'session'),
      approved: fc.boolean(),
      fromOwnBot: fc.boolean(),
      ownerId: fc.option(fc.string(), { nil: undefined }),
      selfId: fc.string(),
      selfName: fc.string({ unit: 'binary' }),
      selfGroupAlias: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
      mentionIds: fc.option(fc.array(fc.string()), { nil: undefined }),
      quotesBot: fc.boolean(),
      text: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom('@', '(', '\\', 'a', '\ud83d', ' ') }),
      ),
    })
    fc.assert(
      fc.property(config, fc.oneof(message, anything), (written, facts) => {
        const account = accountOf(written)
        const { decision, steps } = explain(account, facts)
        expect(decide(account, facts)).toEqual(decision)
        expect(steps.at(-1)?.outcome).toBe(decision.action)
        expect(steps.every(({ step, detail }) => step !== '' && detail !== '')).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the steps', () => {
  it('are as documented in the manual', () => {
    const account = accountOf({ groups: { R1: {} }, groupAllowFrom: ['o9Bob'] })
    const asked = groupMessage({ conversationId: 'R1', senderId: 'o9Bob', text: '@My Bot hi' })
    expect(explain(account, asked).steps).toEqual([
      { step: 'conversation', outcome: 'continue', detail: 'group R1' },
      { step: 'sender', outcome: 'continue', detail: 'o9Bob' },
      { step: 'groupPolicy', outcome: 'continue', detail: 'open' },
      { step: 'groups', outcome: 'continue', detail: 'lists the group as R1' },
      { step: 'group allowFrom', outcome: 'continue', detail: 'lists o9Bob' },
      { step: 'own accounts', outcome: 'continue', detail: 'the sender is not one of them' },
      { step: 'command', outcome: 'continue', detail: 'the message is not a command' },
      { step: 'mention', outcome: 'dispatch', detail: 'the bot is mentioned (name)' },
    ])
  })

  it('end with the step that decided', () => {
    const account = accountOf({ groupAllowFrom: [] })
    expect(explain(account, groupMessage()).steps.at(-1)).toEqual({
      step: 'group allowFrom',
      outcome: 'drop',
      detail: 'does not list the sender',
    })
  })
})

function pick(from: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)))
}
