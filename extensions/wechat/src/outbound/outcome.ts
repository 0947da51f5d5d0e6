/**
 * Decides what happens to a part whose send failed or was interrupted. Pure. The outbox applies the result.
 */

import { codeOf, messageOf } from '@moltbot/channel-sdk'
import type { OutboxRow, ParkCause, Unsent } from '../model/outbox.ts'

/** An unconfirmed part is sent again only up to this age, because a late duplicate is worse than a lost part. */
export const resendWindowMs = 5 * 60_000
/** A part expires at this age, which is iLink's longest window. */
export const parkLimitMs = 24 * 60 * 60_000
const shortestParkMs = 5_000
const longestParkMs = 10 * 60_000
const firstResendMs = 1_000
const longestResendMs = 30_000

/** The event that ends the wait after a known refusal. Any other refusal is retried after a pause. */
const causeByCode: Readonly<Record<string, ParkCause>> = {
  'window-closed': 'window',
  quota: 'quota',
  'not-logged-in': 'offline',
  'session-expired': 'offline',
  'puppet-unreachable': 'offline',
}

/** Whether a part that was attempted and not confirmed may be sent again with the same id. */
export function mayResend(
  { attempt, createdMs }: OutboxRow,
  nowMs: number,
  resendUncertain: boolean,
): boolean {
  return resendUncertain && nowMs - (attempt?.firstMs ?? createdMs) < resendWindowMs
}

/** Whether a part is too old to be sent. */
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
  // A pause as long as the age of the part doubles each time, without a counter: attempts during a penalty prolong it.
  const ageMs = nowMs - row.createdMs
  const pauseMs = Math.max(Math.min(Math.max(ageMs, shortestParkMs), longestParkMs), retryAfterMs ?? 0)
  return { state: 'parked', cause, notBeforeMs: Math.min(nowMs + pauseMs, expiresMs), reason }
}

/** How long the whole account must pause, in milliseconds, if the backend asks for it. Otherwise 0. */
export function restAfter(thrown: unknown): number {
  const { certain, retryAfterMs } = factsOf(thrown)
  return certain ? (retryAfterMs ?? 0) : 0
}

function resendPauseMs({ attempt }: OutboxRow): number {
  return Math.min(firstResendMs * 2 ** Math.max(0, (attempt?.count ?? 1) - 1), longestResendMs)
}

/** Foreign puppets throw plain errors. The result of the send is then unknown, so it is not certain. */
function factsOf(thrown: unknown) {
  const error: object = thrown instanceof Error ? thrown : {}
  const retryAfterMs = 'retryAfterMs' in error ? error.retryAfterMs : undefined
  return {
    certain: 'certain' in error && error.certain === true,
    retryable: 'retryable' in error && error.retryable === true,
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : undefined,
  }
}
