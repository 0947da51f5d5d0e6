/**
 * A received message after `wechaty/` has read it: plain data, no Wechaty type goes further.
 */

import type { Conversation, Quote, TurnMedia } from '@moltbot/channel-sdk'
import type { IdStability } from './ids.ts'

export type InboundKind = 'text' | 'image' | 'voice' | 'video' | 'file' | 'other'

export interface InboundQuote extends Omit<Quote, 'media'> {
  /** The quoted file, where the puppet can fetch it: `id` is what `messageFile` takes. */
  readonly file?: { readonly id: string; readonly kind: TurnMedia['kind'] }
}

export interface InboundMessage {
  readonly accountId: string
  /** The backend's id, unique within account and conversation. */
  readonly id: string
  readonly conversation: Conversation
  /** `label` is a display name: untrusted, for people only, never compared. */
  readonly sender: {
    readonly id: string
    readonly label?: string
    /** The remark that the account's owner gave this person; asked for only where ids do not last. */
    readonly alias?: string
  }
  /** The bot as this conversation knows it, for the mention gate. */
  readonly bot: {
    readonly id: string
    readonly name: string
    /** What it is called in this group. */
    readonly groupAlias?: string
  }
  /** Do ids of this backend mean the same person after another login? */
  readonly idStability: IdStability
  /** Ids that the backend itself lists as mentioned. Absent: it has no such list. */
  readonly mentionIds?: readonly string[]
  readonly quote?: InboundQuote
  readonly kind: InboundKind
  /** What was written; for other kinds the transcript, or a description such as `[image]`. */
  readonly text: string
  /** The sender wrote nothing: `text` is a description. */
  readonly isBare?: true
  /** What `text` leaves out of a longer message. */
  readonly rest?: {
    /** What follows `text`, itself cut. */
    readonly text: string
    /** UTF-16 units of the whole message. */
    readonly totalLength: number
  }
  /** The sender was not admitted when it came, so its text was not stored: it is never answered. */
  readonly withheld?: true
  /** Milliseconds since the epoch, as the backend dates it. */
  readonly timestampMs: number
  /** The bot's owner when it came, where the backend knows one: kept with it, for it may be decided on much later. */
  readonly ownerId?: string
}

/** Where ids are new at every login, the bot's own is, too: it tells the logins apart. */
export function loginOf({
  idStability,
  bot,
}: Pick<InboundMessage, 'idStability' | 'bot'>): string | undefined {
  return idStability === 'session' ? bot.id : undefined
}
