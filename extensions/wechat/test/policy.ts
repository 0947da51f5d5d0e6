/**
 * Accounts and messages for the tests of the policies.
 */

import { type ResolvedAccount, resolveAccounts } from '../src/config/resolve.ts'
import { wechatConfigSchema } from '../src/config/schema.ts'
import type { MessageFacts, SenderFacts } from '../src/policy/facts.ts'
import { alice } from './samples.ts'

export const groupId = 'R1@chatroom'
export const botId = 'o9Bot@im.bot'

/** A sender of whom nothing is known. */
export const stranger: SenderFacts = { approved: false, fromOwnBot: false }

/** The first account of a configuration of `channels.wechat`. */
export function accountOf(config: unknown): ResolvedAccount {
  const [account] = resolveAccounts(wechatConfigSchema.parse(config))
  if (account === undefined) throw new Error('the configuration has no account')
  return account
}

/** A message of Alice to the bot. */
export function directMessage(changes: Partial<MessageFacts> = {}): MessageFacts {
  return {
    conversationKind: 'direct',
    conversationId: alice,
    senderId: alice,
    idStability: 'stable',
    ...stranger,
    ownerId: undefined,
    selfId: botId,
    selfName: 'My Bot',
    quotesBot: false,
    text: 'hello',
    ...changes,
  }
}

/** A message of Alice in a group. */
export function groupMessage(changes: Partial<MessageFacts> = {}): MessageFacts {
  return directMessage({ conversationKind: 'group', conversationId: groupId, ...changes })
}

/** Other ids that a careless comparison would treat as `id`. */
export function lookalikes(id: string): string[] {
  const fullWidth = id.replace(/[!-~]/u, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0))
  return [
    id.toLowerCase(),
    id.toUpperCase(),
    ` ${id}`,
    `${id} `,
    `${id}\n`,
    `${id}\u0000`,
    `\u200b${id}`,
    `${id}\u200d`,
    `\u202e${id}`,
    `\ufeff${id}`,
    fullWidth,
    id.normalize('NFD') === id ? `${id}\u0301` : id.normalize('NFD'),
    `wx:${id}`,
    `${id}@chatroom`,
    id.slice(0, -1),
  ].filter((other) => other !== id)
}
