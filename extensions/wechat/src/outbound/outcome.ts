/**
 * Decides what happens to a part whose send failed or was interrupted. Pure. The outbox applies the result.
 */

import { codeOf, messageOf } from '@moltbot/channel-sdk'
import type { OutboxRow, ParkCause, Unsent } from '../model/outbox.ts'

/** How long a part of an answer may wait before it is given up, by the kind of its conversation, milliseconds. */
export interface ReplyAges {
  readonly direct: number
  readonly group: number
}

/** An unconfirmed part is sent again only up to this age, because a late duplicate is worse than a lost part. */
export const resendWindowMs = 5 * 60_000
const dayMs = 24 * 60 * 60_000
/** An operator chose the words and the time: they may wait as long as iLink's longest window. */
const manualLifeMs = dayMs
/** What must not be queued is taken back in seconds; after a crash in these, no one does that. */
const immediateLifeMs = resendWindowMs
/** A report of a loss and the text of a schedule wait for the person, who may be gone for days. */
const longLifeMs = 7 * dayMs
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
  network: 'offline',
  suspended: 'offline',
  'lease-lost': 'offline',
}

/** Whether a part that was attempted and not confirmed may be sent again with the same id. */
export function mayResend(
  { attempt, createdMs }: OutboxRow,
  nowMs: number,
  resendUncertain: boolean,
): boolean {
  return resendUncertain && nowMs - (attempt?.firstMs ?? createdMs) < resendWindowMs
}

/** The last moment at which a part may be sent. */
export function expiryOf({ purpose, conversation, createdMs }: OutboxRow, ages: ReplyAges): number {
  if (purpose === 'loss' || purpose === 'scheduled') return createdMs + longLifeMs
  if (purpose === 'immediate') return createdMs + immediateLifeMs
  return createdMs + (purpose === 'manual' ? manualLifeMs : ages[conversation.kind])
}

/** @param expiryMs see `expiryOf` */
export function afterFailure(row: OutboxRow, thrown: unknown, nowMs: number, expiryMs: number): Unsent {
  const { certain, retryable, retryAfterMs } = factsOf(thrown)
  const reason = `${codeOf(thrown)}: ${messageOf(thrown)}`
  if (!certain) return { state: 'attempted', notBeforeMs: nowMs + resendPauseMs(row), reason }
  if (!retryable) return { state: 'failed', reason }
  if (nowMs > expiryMs) return { state: 'expired', reason }
  const cause = causeByCode[codeOf(thrown)] ?? 'rate'
  const expiresMs = expiryMs + 1
  if (cause === 'window' || cause === 'quota')
    return { state: 'parked', cause, notBeforeMs: expiresMs, reason }
  // Where there are too many messages the whole account pauses, see rest.ts. Else a pause as long as the age of the part
  // doubles each time, without a counter.
  const ageMs = nowMs - row.createdMs
  const pauseMs = retryAfterMs ?? Math.min(Math.max(ageMs, shortestParkMs), longestParkMs)
  return { state: 'parked', cause, notBeforeMs: Math.min(nowMs + pauseMs, expiresMs), reason }
}

/** A part that waited longer than it may. */
export function expired({ reason }: OutboxRow): Unsent {
  return { state: 'expired', reason: withCause('too old to be sent', reason) }
}

/** A part that is not attempted again, because a second copy of it could arrive. */
export function uncertain({ reason }: OutboxRow): Unsent {
  return { state: 'uncertain', reason: withCause('attempted and never confirmed; not sent again', reason) }
}

/** @param cause why the last attempt failed; empty if that is not known */
function withCause(reason: string, cause: string): string {
  return cause === '' ? reason : `${reason} (${cause})`
}

function resendPauseMs({ attempt }: OutboxRow): number {
  return Math.min(firstResendMs * 2 ** Math.max(0, (attempt?.count ?? 1) - 1), longestResendMs)
}

/** Foreign puppets throw plain errors. The result of the send is then unknown, so it is not certain. */
export function factsOf(thrown: unknown) {
  const error: object = thrown instanceof Error ? thrown : {}
  const retryAfterMs = 'retryAfterMs' in error ? error.retryAfterMs : undefined
  return {
    certain: 'certain' in error && error.certain === true,
    retryable: 'retryable' in error && error.retryable === true,
    retryAfterMs: Number.isFinite(retryAfterMs) ? Number(retryAfterMs) : undefined,
  }
}
