/**
 * What policy is told of a received message.
 */

import type { InboundMessage } from '../model/message.ts'
import type { MessageFacts } from '../policy/facts.ts'

/** @param approved the host's record says that the operator approved this sender for this account */
export function factsOf(message: InboundMessage, approved: boolean): MessageFacts {
  const { conversation, sender, bot, idStability, mentionIds, quote, text, ownerId } = message
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
