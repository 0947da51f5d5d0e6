/**
 * When an event that was not delivered is tried again, and when it is given up. Pure.
 */

import type { EventRow, Undelivered } from '../model/webhook-event.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Before the second attempt, the third and so on; then the last one again and again. */
const pausesMs = [5_000, 30_000, 2 * minuteMs, 10 * minuteMs, 30 * minuteMs, hourMs]
/** An event that is older is given up. */
export const maxEventAgeMs = 24 * hourMs
/** An event that its receiver refuses itself would hold up all that come after it. */
const maxRefusals = 5

/** How an attempt failed. `refused`: the receiver answered that it does not want this event. */
export interface Failure {
  readonly kind: 'refused' | 'unreachable'
  readonly reason: string
}

/** HTTP statuses that are no word about the event: too early, too much, or a server in trouble. */
export function failureOf(status: number): Failure {
  const isPassing = status < 400 || status >= 500 || [408, 425, 429].includes(status)
  return { kind: isPassing ? 'unreachable' : 'refused', reason: `HTTP ${status}` }
}

export function isTooOld({ createdMs }: Pick<EventRow, 'createdMs'>, nowMs: number): boolean {
  return nowMs - createdMs >= maxEventAgeMs
}

/** @param event as it was before the attempt */
export function afterFailure(
  event: Pick<EventRow, 'attempts' | 'createdMs'>,
  { kind, reason }: Failure,
  nowMs: number,
): Undelivered {
  const attempts = event.attempts + 1
  if (kind === 'refused' && attempts >= maxRefusals) return { state: 'dead', reason }
  const pauseMs = pausesMs[Math.min(attempts, pausesMs.length) - 1] ?? hourMs
  const notBeforeMs = nowMs + pauseMs
  return isTooOld(event, notBeforeMs) ? { state: 'dead', reason } : { state: 'waiting', notBeforeMs, reason }
}
