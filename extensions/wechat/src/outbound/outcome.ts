/**
 * What becomes of a chunk whose send failed or was cut off. Pure; the outbox carries it out.
 */

import { codeOf, messageOf } from '@moltbot/channel-sdk'
import type { OutboxRow, Unsent } from '../store/store.ts'

/** An unconfirmed chunk is sent again while it is this young; an answer out of the blue is worse than none. */
export const resendWindowMs = 5 * 60_000
/** First send and one more. */
const maxUnconfirmedAttempts = 2
/** A chunk that could not go out for this long is given up: it is as old as iLink's longest window. */
export const parkLimitMs = 24 * 60 * 60_000
const shortestParkMs = 5_000
const longestParkMs = 10 * 60_000

/** May a chunk that was attempted and never confirmed be sent once more? */
export function mayResend(row: OutboxRow, nowMs: number, resendUncertain: boolean): boolean {
  const isYoung = nowMs - (row.attemptedMs ?? row.createdMs) < resendWindowMs
  return resendUncertain && isYoung && row.attempts < maxUnconfirmedAttempts
}

/** `unconfirmed`: leave it attempted, `mayResend` decides. Otherwise the state it goes to. */
export function afterFailure(row: OutboxRow, thrown: unknown, nowMs: number): Unsent | 'unconfirmed' {
  const facts = factsOf(thrown)
  if (!facts.certain) return 'unconfirmed'
  const reason = `${codeOf(thrown)}: ${messageOf(thrown)}`
  if (!facts.retryable) return { state: 'failed', reason }
  const ageMs = nowMs - row.createdMs
  if (ageMs > parkLimitMs) return { state: 'expired', reason }
  // Waiting as long again as it has waited already doubles the pause each time without a counter.
  const pauseMs = facts.retryAfterMs ?? Math.min(Math.max(ageMs, shortestParkMs), longestParkMs)
  return { state: 'parked', notBeforeMs: nowMs + pauseMs, reason }
}

/** Puppets of other hands throw plain errors: nothing is known then, so nothing is certain. */
function factsOf(thrown: unknown): {
  certain: boolean
  retryable: boolean
  retryAfterMs: number | undefined
} {
  const error: object = thrown instanceof Error ? thrown : {}
  return {
    certain: 'certain' in error && error.certain === true,
    retryable: 'retryable' in error && error.retryable === true,
    retryAfterMs:
      'retryAfterMs' in error && typeof error.retryAfterMs === 'number' ? error.retryAfterMs : undefined,
  }
}
