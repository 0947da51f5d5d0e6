/**
 * The facts about one message that a decision uses, in addition to the account.
 */

import type { IdStability } from '../model/ids.ts'
import type { InboundMessage } from '../model/message.ts'

export interface Person {
  readonly senderId: string
  /** The remark that the account's owner set for this person. Never a name that the person chose. */
  readonly alias?: string | undefined
  readonly idStability: IdStability
}

/** The names of the bot in a conversation. */
export interface BotNames {
  readonly selfName: string
  /** Its alias in this group, if it has one. */
  readonly selfGroupAlias?: string | undefined
}

export interface MentionFacts extends BotNames {
  /** The bot's own id. Empty while it is unknown. */
  readonly selfId: string
  /** The backend's own list of mentioned ids, if it has one. */
  readonly mentionIds?: readonly string[] | undefined
  /** Whether the message quotes a message of the bot. */
  readonly quotesBot: boolean
  /** The text as received. */
  readonly text: string
}

export interface MessageFacts extends Person, MentionFacts {
  /** `direct` or `group`. A message with any other kind is dropped. */
  readonly conversationKind: string
  /** The id of the group, or of the peer in a direct chat. */
  readonly conversationId: string
  /** Whether the operator approved this sender for this account. Used in direct chats only. */
  readonly approved: boolean
  /** Whether the sender is another account of this channel. */
  readonly fromOwnBot: boolean
  /** The owner of the bot, if the backend knows it. iLink: the person who scanned the QR code. */
  readonly ownerId: string | undefined
}

/** What is known of the sender beside the message itself, at the time of the decision. */
export type SenderFacts = Pick<MessageFacts, 'approved' | 'fromOwnBot'>

export function factsOf(message: InboundMessage, { approved, fromOwnBot }: SenderFacts): MessageFacts {
  const { conversation, sender, bot, idStability, mentionIds, quote, text, ownerId } = message
  return {
    conversationKind: conversation.kind,
    conversationId: conversation.id,
    senderId: sender.id,
    alias: sender.alias,
    idStability,
    approved,
    fromOwnBot,
    ownerId,
    selfId: bot.id,
    selfName: bot.name,
    selfGroupAlias: bot.groupAlias,
    mentionIds,
    quotesBot: quote?.fromBot === true,
    text,
  }
}
