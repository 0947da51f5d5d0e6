/**
 * A turn as the store hands it out.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import type { InboundMessage } from '../model/message.ts'
import type { LostPart } from '../model/outbox.ts'

/** Messages that are answered together, under an id that outlives a crash. */
export interface ClaimedTurn {
  readonly id: string
  readonly accountId: string
  readonly conversation: Conversation
  /** How often it was claimed, this time included. More than 1: a crash or a stop cut the earlier ones off. */
  readonly attempt: number
  /**
   * How often a holder of the account's store ended while this turn was under way, without giving the store back. A crash
   * counts several times, see `openAccount`.
   */
  readonly deaths: number
  /** In order of arrival, at least one. */
  readonly messages: readonly InboundMessage[]
  /** Messages recorded since the bot's last reply in this conversation, oldest first. */
  readonly history: readonly InboundMessage[]
  /** Part of the reply was committed before the turn was cut off: it must not run again. */
  readonly partlyAnswered: boolean
  /** Parts of earlier answers in this conversation that were given up, until a turn that knew of them is answered. */
  readonly undelivered?: readonly LostPart[]
  /** Other turns of the conversation since {@link TurnLimits.sinceMs}. */
  readonly turnsBefore?: number
  /** More messages of the conversation wait than the turn took. */
  readonly othersWait?: boolean
}

export interface TurnLimits {
  readonly messages: number
  readonly history: number
  /** What waited too long is made history before. Left out: everything is answered. */
  readonly oldest?: OldestMs
  /** Is told how many messages that were. */
  readonly onStale?: (messages: number) => void
  /** From when earlier turns are counted. Left out: none is. */
  readonly sinceMs?: number
}

/** What is older than one of these is too old, milliseconds since the epoch. */
export interface OldestMs {
  /** When it was received, by the clock of this machine. */
  readonly receivedMs: number
  /** When it was sent, by the clock of the backend. */
  readonly sentMs: number
}
