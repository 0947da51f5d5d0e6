/**
 * What waits to be sent, as every room sees it.
 */

import type { Conversation } from '@moltbot/channel-sdk'

/** `queued → attempted → sent | uncertain | parked | failed | expired` */
export type OutboxState = 'queued' | 'attempted' | 'sent' | 'uncertain' | 'parked' | 'failed' | 'expired'

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
}

export interface OutboxRow {
  readonly id: number
  readonly conversation: Conversation
  readonly groupId: string
  readonly part: OutboxPart
  /** The id that the backend sees; the same at every attempt. */
  readonly clientId: string
  readonly state: OutboxState
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

export interface OutboxCounts {
  /** `queued`, `attempted` and `parked`. */
  readonly waiting: number
  /** `uncertain`, `failed` and `expired`: the operator should look at them. */
  readonly troubled: number
}
