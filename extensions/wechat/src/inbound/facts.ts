/**
 * What policy is told of a received message.
 */

import type { MessageFacts } from '../policy/facts.ts'
import type { InboundMessage } from './message.ts'

export interface Standing {
  /** The host's record says that the operator approved this sender for this account. */
  readonly approved: boolean
  readonly ownerId: string | undefined
}

export function factsOf(message: InboundMessage, { approved, ownerId }: Standing): MessageFacts {
  const { conversation, sender, bot, idStability, mentionIds, quote, text } = message
  return {
    conversationKind: conversation.kind,
    conversationId: conversation.id,
    senderId: sender.id,
    alias: sender.alias,
    idStability,
    approved,
    ownerId,
    selfId: bot.id,
    selfName: bot.name,
    selfGroupAlias: bot.groupAlias,
    mentionIds,
    quotesBot: quote?.fromBot === true,
    text,
  }
}
