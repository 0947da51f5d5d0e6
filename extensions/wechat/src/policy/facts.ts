/**
 * What a decision is made from, besides the account: plain facts about one message, read once by the caller.
 */

import type { IdStability } from '../model/ids.ts'

export interface Person {
  readonly senderId: string
  /** The remark that the account's owner gave this person. Never a name that the person chose. */
  readonly alias?: string | undefined
  readonly idStability: IdStability
}

/** How the bot is called in a conversation. */
export interface BotNames {
  readonly selfName: string
  /** What it is called in this group, where the group has a name of its own for it. */
  readonly selfGroupAlias?: string | undefined
}

export interface MentionFacts extends BotNames {
  /** The bot's own id, empty while it is unknown. */
  readonly selfId: string
  /** Ids from the backend's own list of mentions, where it has one. */
  readonly mentionIds?: readonly string[] | undefined
  /** Whether the message answers to one of the bot's. */
  readonly quotesBot: boolean
  /** As received. */
  readonly text: string
}

export interface MessageFacts extends Person, MentionFacts {
  /** `direct` or `group`; anything else is dropped. */
  readonly conversationKind: string
  /** The group's id, or the peer's in a direct chat. */
  readonly conversationId: string
  /** The host's record says that the operator approved this sender for this account. Counts in direct chats only. */
  readonly approved: boolean
  /** The person the bot belongs to, where the backend knows one (iLink: who scanned the QR code). */
  readonly ownerId: string | undefined
}
