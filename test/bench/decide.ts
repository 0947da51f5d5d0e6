/**
 * `npm run bench:rules`: how long the decision for one message takes, as one JSON
 * line. The figures are informative only. The account is as large as the schema allows.
 */

import { availableParallelism } from 'node:os'
import { type ResolvedAccount, resolveAccounts } from '../../extensions/wechat/src/config/resolve.ts'
import { wechatConfigSchema } from '../../extensions/wechat/src/config/schema.ts'
import { decide } from '../../extensions/wechat/src/policy/decide.ts'
import type { MessageFacts } from '../../extensions/wechat/src/policy/facts.ts'

const rounds = 20_000
const warmUpRounds = 2_000

const people = Array.from({ length: 10_000 }, (_, n) => `o9Person${n}@im.wechat`)
const groups = Array.from({ length: 999 }, (_, n) => [`R${n}@chatroom`, { requireMention: n % 2 === 0 }])
const [account] = resolveAccounts(
  wechatConfigSchema.parse({
    dmPolicy: 'allowlist',
    allowFrom: people,
    groupAllowFrom: people,
    groups: { '*': {}, ...Object.fromEntries(groups) },
    mentionPatterns: Array.from({ length: 50 }, (_, n) => `(?:hey|hi|嗨) helper${n}\\b`),
  }),
)
if (account === undefined) throw new Error('the configuration has no account')

const text = '明天上午十点开会，大家记得带上材料。See you there! '
const hello: MessageFacts = {
  conversationKind: 'group',
  conversationId: 'R998@chatroom',
  senderId: 'o9Person9999@im.wechat',
  idStability: 'stable',
  approved: false,
  fromOwnBot: false,
  ownerId: undefined,
  selfId: 'o9Bot@im.bot',
  selfName: 'My Bot',
  selfGroupAlias: '小助手',
  mentionIds: [],
  quotesBot: false,
  text,
}
const cases: Readonly<Record<string, MessageFacts>> = {
  direct: { ...hello, conversationKind: 'direct' },
  stranger: { ...hello, conversationKind: 'direct', senderId: 'o9Stranger@im.wechat' },
  groupUnmentioned: hello,
  groupMentioned: { ...hello, text: `@My Bot\u2005${text}` },
  groupOtherMentioned: { ...hello, text: `@Someone else\u2005${text}` },
  groupLongText: { ...hello, text: `@Someone else\u2005${text.repeat(50)}` },
}

console.log(
  JSON.stringify({
    bench: 'decide',
    cores: availableParallelism(),
    node: process.version,
    rounds,
    microseconds: Object.fromEntries(
      Object.entries(cases).map(([name, facts]) => [name, measure(account, facts)]),
    ),
  }),
)

/** Mean of all rounds, in microseconds: one decision is too short for the clock. */
function measure(given: ResolvedAccount, facts: MessageFacts): number {
  for (let n = 0; n < warmUpRounds; n++) decide(given, facts)
  const startedMs = performance.now()
  for (let n = 0; n < rounds; n++) decide(given, facts)
  return Number((((performance.now() - startedMs) * 1_000) / rounds).toFixed(2))
}
