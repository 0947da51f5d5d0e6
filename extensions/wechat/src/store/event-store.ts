/**
 * The part of the store that holds events for webhooks: those that wait to be delivered, and those that were given up.
 * What is delivered is deleted. The verbs that change a message or a part take its events along, in the same commit.
 */

import type { EventCounts, EventRow, NewEvent, Undelivered } from '../model/webhook-event.ts'

/** Events of one webhook that wait. Beyond it the oldest are given up, so that the newest arrive when it is up again. */
export const maxWaitingEvents = 1_000
/** Events of one webhook that were given up and are still shown. Beyond it the oldest are deleted. */
export const maxDeadEvents = 200

/** What is to be delivered next: an event, or nothing before a time (milliseconds since the epoch). */
export type NextEvent = { readonly event: EventRow } | { readonly dueMs: number }

/** Events of a change that is written, at its time. */
export interface EventsOfChange {
  readonly events: readonly NewEvent[]
  readonly nowMs: number
}

export interface EventStore {
  /** Events that belong to no change of the store. Relaxed: a power failure loses the last second's. */
  queueEvents(change: EventsOfChange): Promise<void>
  /** The oldest event of the webhook that waits: none overtakes another. */
  nextEvent(webhook: string, nowMs: number): Promise<NextEvent | undefined>
  /** Relaxed: after a power failure it is delivered again, with the same id. */
  markDelivered(event: EventRow): Promise<void>
  /** Relaxed: after a power failure it is attempted sooner. */
  markUndelivered(event: EventRow, undelivered: Undelivered): Promise<void>
  /** `waiting`: oldest first; `dead`: newest first. A few hundred at most. */
  listEvents(which: 'waiting' | 'dead'): Promise<readonly EventRow[]>
  /** Queues events that were given up as if they were new. Durable. @returns the ids of those that it queued */
  retryEvents(ids: readonly number[], nowMs: number): Promise<readonly number[]>
  /** Deletes events. Durable. @returns the ids of those that it deleted */
  dropEvents(ids: readonly number[]): Promise<readonly number[]>
  /** Deletes the events of all webhooks but these. Relaxed: the next start does it again. @returns how many it were */
  keepWebhooks(webhooks: readonly string[]): Promise<number>
  eventCounts(): Promise<readonly EventCounts[]>
}
