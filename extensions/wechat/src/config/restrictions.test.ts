/**
 * Whatever a configuration says to restrict someone either restricts exactly whom it names, or is an error with its place.
 */

import { admitted } from '@moltbot/channel-sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountOf, directMessage, groupMessage } from '../../test/policy.ts'
import { decide } from '../policy/decide.ts'
import type { MessageFacts } from '../policy/facts.ts'
import { toolScopes } from '../policy/tools.ts'
import { normalizeId } from './ids.ts'
import type { ResolvedAccount } from './resolve.ts'
import { wechatConfigSchema } from './schema.ts'

type Where = Pick<MessageFacts, 'conversationKind' | 'conversationId' | 'senderId'>

const ann = { conversationKind: 'direct', conversationId: 'o9Ann', senderId: 'o9Ann' }
const ben = { conversationKind: 'direct', conversationId: 'o9Ben', senderId: 'o9Ben' }
const annInRoom = { conversationKind: 'group', conversationId: 'R:1', senderId: 'o9Ann' }
const benInRoom = { ...annInRoom, senderId: 'o9Ben' }
const benElsewhere = { ...benInRoom, conversationId: 'R:2' }

const mayUse = (account: ResolvedAccount, { senderId, ...where }: Where) =>
  admitted(toolScopes(account, { ...where, senders: [{ senderId, idStability: 'stable' }] }), 'send_file')
const isHeard = (account: ResolvedAccount, where: Where) => {
  const facts = where.conversationKind === 'direct' ? directMessage(where) : groupMessage(where)
  return decide(account, facts).action !== 'drop'
}

/** A rule about one id: who is left with what the others have lost, or the other way round. */
interface Rule {
  readonly about: 'o9Ann' | 'R:1'
  readonly write: (id: string) => object
  readonly ask: (account: ResolvedAccount, where: Where) => boolean
  /** Those for whom `ask` is true. The others are in `no`. */
  readonly yes: readonly Where[]
  readonly no: readonly Where[]
}

const scope = { deny: ['send_*'] }
const rules: Readonly<Record<string, Rule>> = {
  'dms.<id>.tools': {
    about: 'o9Ann',
    write: (id) => ({ dms: { [id]: { tools: scope } } }),
    ask: mayUse,
    yes: [ben],
    no: [ann],
  },
  'groups.<id>.toolsBySender.<id>': {
    about: 'o9Ann',
    write: (id) => ({ groups: { '*': { toolsBySender: { [id]: scope } } } }),
    ask: mayUse,
    yes: [benInRoom, benElsewhere],
    no: [annInRoom],
  },
  'groups.<id>.tools': {
    about: 'R:1',
    write: (id) => ({ groups: { '*': {}, [id]: { tools: [] } } }),
    ask: mayUse,
    yes: [benElsewhere],
    no: [benInRoom, annInRoom],
  },
  'groups.<id>.enabled': {
    about: 'R:1',
    write: (id) => ({ groups: { '*': {}, [id]: { enabled: false } } }),
    ask: isHeard,
    yes: [benElsewhere],
    no: [benInRoom, annInRoom],
  },
  'groups as a list': {
    about: 'R:1',
    write: (id) => ({ groupPolicy: 'allowlist', groups: { [id]: {} } }),
    ask: isHeard,
    yes: [benInRoom, annInRoom],
    no: [benElsewhere],
  },
  allowFrom: {
    about: 'o9Ann',
    write: (id) => ({ dmPolicy: 'allowlist', allowFrom: [id] }),
    ask: isHeard,
    yes: [ann],
    no: [ben],
  },
  groupAllowFrom: {
    about: 'o9Ann',
    write: (id) => ({ groupAllowFrom: [id] }),
    ask: isHeard,
    yes: [annInRoom],
    no: [benInRoom, benElsewhere],
  },
  'groups.<id>.allowFrom': {
    about: 'o9Ann',
    write: (id) => ({ groups: { '*': { allowFrom: [id] } } }),
    ask: isHeard,
    yes: [annInRoom],
    no: [benInRoom, benElsewhere],
  },
}

/** Prefixes that are understood, in any case and spacing. */
const known = fc
  .array(
    fc.tuple(
      fc.constantFrom('id', 'user', 'wechat', 'wx', 'weixin', 'sender', 'dm', 'group', 'room', 'channel'),
      fc.boolean(),
      fc.constantFrom(':', ' : ', '：', ':\t'),
    ),
    { maxLength: 3 },
  )
  .map((parts) =>
    parts.map(([word, isUpper, colon]) => (isUpper ? word.toUpperCase() : word) + colon).join(''),
  )
const space = fc.constantFrom('', ' ', '\n', '\u3000')
const odd = fc.oneof(
  fc.constantFrom(
    'name:',
    '昵称：',
    'e164:',
    'discord:',
    '@',
    '"',
    "'",
    '*',
    '＊',
    '\u200b',
    '\u202e',
    '\0',
    ',',
  ),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
)
const ruleName = fc.constantFrom(...Object.keys(rules))

function ruleOf(name: string): Rule {
  const rule = rules[name]
  if (rule === undefined) throw new Error(name)
  return rule
}

function expectExact({ write, ask, yes, no }: Rule, id: string): void {
  const account = accountOf(write(id))
  for (const where of yes) expect(ask(account, where), JSON.stringify(where)).toBe(true)
  for (const where of no) expect(ask(account, where), JSON.stringify(where)).toBe(false)
}

describe('a restriction', () => {
  it('holds for exactly whom it names, with every prefix and spacing', () => {
    fc.assert(
      fc.property(ruleName, space, known, space, (name, before, prefixes, after) => {
        const rule = ruleOf(name)
        expectExact(rule, before + prefixes + rule.about + after)
      }),
    )
  })

  it('with something odd about its id means one possible id, or is an error with its place', () => {
    fc.assert(
      fc.property(ruleName, known, odd, odd, (name, prefixes, before, after) => {
        const { write, about } = ruleOf(name)
        const id = prefixes + before + about + after
        const { success, error } = wechatConfigSchema.safeParse(write(id))
        if (success)
          expect(normalizeId(id)).toMatch(
            /^(?:[A-Za-z]:|alias:)?[^\s*＊:：,"'\p{Cc}\p{Default_Ignorable_Code_Point}]+$/u,
          )
        else expect(error.issues[0]?.path.length).toBeGreaterThan(0)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a deny of tools', () => {
  const pattern = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', '_', '-', '*', ' ', '.', '删'), maxLength: 6 }),
    fc.string({ maxLength: 70 }),
  )

  it('denies a name that a tool can have, or is an error', () => {
    fc.assert(
      fc.property(pattern, (written) => {
        const config = { dms: { '*': { tools: { deny: [written] } } } }
        if (!wechatConfigSchema.safeParse(config).success) return
        const name = written === '*' ? 'any' : written.replace(/\*$/, '')
        expect(name).toMatch(/^[\w-]{1,64}$/)
        const senders = [{ senderId: 'o9Ann', idStability: 'stable' as const }]
        expect(admitted(toolScopes(accountOf(config), { ...ann, senders }), name)).toBe(false)
      }),
    )
  })
})

describe('a mention pattern', () => {
  it.each(['小助手', '/小助手/', '/小助手/i', '/小助手/gu', '小\u200b助手', '\ufeff小助手'])(
    '%j is found',
    (pattern) => {
      const account = accountOf({ mentionPatterns: [pattern] })
      expect(decide(account, groupMessage({ text: '问一下小助手' })).reason).toBe('group-mentioned')
      expect(decide(account, groupMessage({ text: '问一下' })).reason).toBe('group-not-mentioned')
    },
  )
})
