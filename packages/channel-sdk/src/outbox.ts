/**
 * What an operator can see and do about messages that a channel has not sent: an optional part of a channel.
 */

import type { Conversation } from './turn.ts'

/** Which parts to list. `waiting`: not sent yet; `failed`: given up. */
export type OutboxListing = 'waiting' | 'failed'

/** States of the messages in each listing. */
export const outboxStates = {
  waiting: ['queued', 'attempted', 'parked'],
  failed: ['uncertain', 'failed', 'expired'],
} as const satisfies Record<OutboxListing, readonly string[]>

export type OutboxState = (typeof outboxStates)[OutboxListing][number]

/** One message or file that is not sent. */
export interface OutboxItem {
  /** Unique within the channel. */
  readonly id: string
  readonly accountId: string
  readonly conversation: Conversation
  /**
   * What it is: part of an answer, the channel's own words, an operator's text, a text of a schedule, or a report that an answer
   * was lost.
   */
  readonly purpose: 'answer' | 'notice' | 'manual' | 'immediate' | 'scheduled' | 'loss'
  /** One of `outboxStates`. */
  readonly state: string
  /** Why it is not sent; empty if it was not attempted. */
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly createdMs: number
  /** The beginning of its text, or the name of its file; empty where the text is no longer stored. */
  readonly preview: string
}

/** All methods throw `account-unknown`, `account-disabled` and `account-not-running`. */
export interface ChannelOutbox {
  /** `waiting`: oldest first; `failed`: newest first. A few hundred at most. */
  list(accountId: string, listing: OutboxListing): Promise<readonly OutboxItem[]>
  /**
   * Queues parts that wait or were given up once more.
   * @returns the ids of those that it queued: not of those that were sent, and not of files that were given up
   */
  retry(accountId: string, ids: readonly string[]): Promise<readonly string[]>
  /**
   * Drops parts that wait, and parts that were given up from the list of failures.
   * @returns the ids of those that it dropped: not of those that were sent or are being sent
   */
  drop(accountId: string, ids: readonly string[]): Promise<readonly string[]>
}
