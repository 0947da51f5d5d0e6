/**
 * What becomes of a part whose send failed or was cut off. Pure; the outbox carries it out.
 */

import { codeOf, messageOf } from '@moltbot/channel-sdk'
import type { OutboxRow, ParkCause, Unsent } from '../model/outbox.ts'

/** An unconfirmed part is sent again while it is this young; an answer out of the blue is worse than none. */
export const resendWindowMs = 5 * 60_000
/** A part that could not be sent for this long is given up: it is as old as iLink's longest window. */
export const parkLimitMs = 24 * 60 * 60_000
const shortestParkMs = 5_000
const longestParkMs = 10 * 60_000
const firstResendMs = 1_000
const longestResendMs = 30_000

/** What ends the wait for refusals that are known. Others end by time. */
const causeByCode: Readonly<Record<string, ParkCause>> = {
  'window-closed': 'window',
  quota: 'quota',
  'not-logged-in': 'offline',
  'session-expired': 'offline',
  'puppet-unreachable': 'offline',
}

/** May a part that was attempted and never confirmed be sent again, with the same id? */
export function mayResend(
  { attempt, createdMs }: OutboxRow,
  nowMs: number,
  resendUncertain: boolean,
): boolean {
  return resendUncertain && nowMs - (attempt?.firstMs ?? createdMs) < resendWindowMs
}

/** Too old to be sent at all. */
export function hasExpired({ createdMs }: OutboxRow, nowMs: number): boolean {
  return nowMs - createdMs > parkLimitMs
}

export function afterFailure(row: OutboxRow, thrown: unknown, nowMs: number): Unsent {
  const { certain, retryable, retryAfterMs } = factsOf(thrown)
  const reason = `${codeOf(thrown)}: ${messageOf(thrown)}`
  if (!certain) return { state: 'attempted', notBeforeMs: nowMs + resendPauseMs(row), reason }
  if (!retryable) return { state: 'failed', reason }
  if (hasExpired(row, nowMs)) return { state: 'expired', reason }
  const cause = causeByCode[codeOf(thrown)] ?? 'rate'
  const expiresMs = row.createdMs + parkLimitMs + 1
  if (cause === 'window' || cause === 'quota')
    return { state: 'parked', cause, notBeforeMs: expiresMs, reason }
  // Waiting as long again as it has waited already doubles the pause each time without a counter.
  const ageMs = nowMs - row.createdMs
  const pauseMs = retryAfterMs ?? Math.min(Math.max(ageMs, shortestParkMs), longestParkMs)
  return { state: 'parked', cause, notBeforeMs: Math.min(nowMs + pauseMs, expiresMs), reason }
}

/** How long the whole account should leave the backend alone, where the backend says so. */
export function restAfter(thrown: unknown): number {
  const { certain, retryAfterMs } = factsOf(thrown)
  return certain ? (retryAfterMs ?? 0) : 0
}

function resendPauseMs({ attempt }: OutboxRow): number {
  return Math.min(firstResendMs * 2 ** Math.max(0, (attempt?.count ?? 1) - 1), longestResendMs)
}

/** Foreign puppets throw plain errors: nothing is known then, so nothing is certain. */
function factsOf(thrown: unknown) {
  const error: object = thrown instanceof Error ? thrown : {}
  const retryAfterMs = 'retryAfterMs' in error ? error.retryAfterMs : undefined
  return {
    certain: 'certain' in error && error.certain === true,
    retryable: 'retryable' in error && error.retryable === true,
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : undefined,
  }
}
