/**
 * What waits to be sent, as every room sees it.
 */

import type { Conversation } from '@moltbot/channel-sdk'

/**
 * `queued → attempted → sent | uncertain | parked | failed | expired`; `withdrawn`: taken back before it was sent; `merged`:
 * its text is part of another row, whose outcome is its own.
 */
export type OutboxState =
  | 'queued'
  | 'attempted'
  | 'sent'
  | 'uncertain'
  | 'parked'
  | 'failed'
  | 'expired'
  | 'withdrawn'
  | 'merged'

/**
 * Why a part is sent. `answer`: it belongs to the reply of a turn; `notice`: the channel's own words, such as the answer
 * to a command; `manual`: an operator's; `immediate`: an operator's that is taken back rather than queued; `scheduled`: sent by itself at a time, see `SendRequest.kind`; `loss`: reports that a part
 * of an answer was not sent.
 */
export type OutboxPurpose = 'answer' | 'notice' | 'manual' | 'immediate' | 'scheduled' | 'loss'

/**
 * Why a part waits, and so what ends the wait. `window` and `quota`: the person writes again; `rate`: time alone;
 * `offline`: the connection comes back.
 */
export type ParkCause = 'window' | 'quota' | 'rate' | 'offline'

/** A file on its way out, kept by the blob store until it is sent. */
export interface OutboxFile {
  /** Its key in the blob store. */
  readonly blob: string
  /** What the person sees. */
  readonly name: string
}

export interface OutboxText {
  readonly text: string
  /** The received message that it quotes, where the puppet can. */
  readonly quoteMessageId?: string
}

export type OutboxPart = OutboxText | { readonly file: OutboxFile }

/** The parts of one answer, in order, on their way into the outbox. */
export interface OutboxEntry {
  /** The turn that they answer, or another id that groups them. */
  readonly groupId: string
  readonly parts: readonly OutboxPart[]
  /** Defaults to `notice`. */
  readonly purpose?: OutboxPurpose
  /** Nothing is stored where the account has parts of this group already. */
  readonly once?: true
}

export interface OutboxRow {
  readonly id: number
  readonly conversation: Conversation
  readonly groupId: string
  readonly part: OutboxPart
  /** The id that the backend sees; the same at every attempt. */
  readonly clientId: string
  readonly purpose: OutboxPurpose
  readonly state: OutboxState
  /** Why it was not sent at the last attempt; empty before the first one. */
  readonly reason: string
  readonly createdMs: number
  /** When the attempt that is not confirmed was begun, and the first of those that followed each other unconfirmed. */
  readonly attempt: { readonly firstMs: number; readonly lastMs: number; readonly count: number } | undefined
  /** The attempt was begun by an earlier owner of the account's store: nothing of it is under way any more. */
  readonly isCutOff: boolean
  /** Not to be sent before this time. */
  readonly notBeforeMs: number
}

/** What became of a part that was not sent. */
export type Unsent =
  | {
      readonly state: 'parked'
      readonly cause: ParkCause
      /** When it is looked at again at the latest, should the cause not end before. */
      readonly notBeforeMs: number
      readonly reason: string
    }
  /** It may or may not have arrived. */
  | { readonly state: 'attempted'; readonly notBeforeMs: number; readonly reason: string }
  | { readonly state: 'uncertain' | 'failed' | 'expired'; readonly reason: string }

/** A pause of the whole account, after the backend refused a send because there were too many. */
export interface RestState {
  /** Nothing is sent before this time, milliseconds since the epoch. */
  readonly untilMs: number
  /** The length of the pause that ends then. */
  readonly pauseMs: number
  /** Refusals since the last part that was sent. */
  readonly refusals: number
  /** From this time on, a person's message allows one more attempt before the pause is over. */
  readonly earlyFromMs: number
}

/** Sends of a bot that were accepted and not confirmed, in a row. */
export interface SilenceState {
  readonly botId: string
  readonly sends: number
}

export interface OutboxCounts {
  /** `queued`, `attempted` and `parked`. */
  readonly waiting: number
  /** `uncertain`, `failed` and `expired`, without reports of a loss: `outbox list --failed` shows them. */
  readonly troubled: number
}

/** A part of an answer that was given up, which the agent does not know yet. */
export interface LostPart {
  readonly rowId: number
  readonly part: OutboxPart
}

/** Which parts of the outbox to list. */
export interface OutboxQuery {
  /** `waiting`: not sent yet; `failed`: given up. */
  readonly which: 'waiting' | 'failed'
  readonly groupId?: string
  /** Only parts of answers in this conversation. */
  readonly answersIn?: Conversation
}
