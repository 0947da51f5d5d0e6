import { MoltbotError } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { withAlice } from '../../test/samples.ts'
import type { OutboxRow } from '../model/outbox.ts'
import { afterFailure, expiryOf, mayResend, resendWindowMs } from './outcome.ts'

const row = (changes: Partial<OutboxRow> = {}): OutboxRow => ({
  id: 1,
  conversation: withAlice,
  groupId: 'g',
  part: { text: 'one' },
  clientId: 'c',
  purpose: 'answer',
  reason: '',
  state: 'attempted',
  createdMs: 0,
  attempt: { firstMs: 0, lastMs: 0, count: 1 },
  isCutOff: false,
  notBeforeMs: 0,
  ...changes,
})
const dayMs = 24 * 60 * 60_000
const failed = (given: OutboxRow, thrown: unknown, nowMs: number) => afterFailure(given, thrown, nowMs, dayMs)
const refused = (retryable: boolean, code = 'system-busy') =>
  new MoltbotError(code, 'refused', { retryable, certain: true })
const afterAttempts = (count: number) => row({ attempt: { firstMs: 0, lastMs: 0, count } })

describe('a part that was refused', () => {
  it('is parked after a retryable refusal, for as long as its age', () => {
    const waits = (notBeforeMs: number) => ({ state: 'parked', cause: 'rate', notBeforeMs })
    expect(failed(row(), refused(true), 0)).toMatchObject(waits(5_000))
    expect(failed(row(), refused(true), 60_000)).toMatchObject(waits(120_000))
  })

  it('is parked for the time that the backend names; the pauses of the account grow', () => {
    const error = Object.assign(refused(true, 'rate-limited'), { retryAfterMs: 30_000 })
    expect(failed(row(), error, 1_000)).toMatchObject({ cause: 'rate', notBeforeMs: 31_000 })
    const minutesLater = 8 * 60_000
    expect(failed(row(), error, minutesLater)).toMatchObject({ notBeforeMs: minutesLater + 30_000 })
  })

  it.each([
    ['window-closed', 'window'],
    ['quota', 'quota'],
  ])('is parked after "%s" until the user writes, for a day at most', (code, cause) => {
    const parked = failed(row(), refused(true, code), 0)
    expect(parked).toMatchObject({ state: 'parked', cause, notBeforeMs: dayMs + 1 })
  })

  it.each(['not-logged-in', 'session-expired', 'puppet-unreachable', 'network'])(
    'is parked after "%s" until the account is connected',
    (code) => {
      expect(failed(row(), refused(true, code), 0)).toMatchObject({ state: 'parked', cause: 'offline' })
    },
  )

  it('fails at once after a final refusal', () => {
    expect(failed(row(), refused(false), 0)).toEqual({
      state: 'failed',
      reason: 'system-busy: refused',
    })
  })

  it('expires after a day', () => {
    expect(failed(row(), refused(true), dayMs + 1)).toMatchObject({ state: 'expired' })
  })
})

describe('a part that was not confirmed', () => {
  it.each([
    ['an error without further facts', new Error('socket hang up')],
    ['a thrown string', 'reset'],
  ])('stays attempted after %s', (_name, thrown) => {
    expect(failed(row(), thrown, 0)).toMatchObject({ state: 'attempted' })
  })

  it('is retried after a growing pause', () => {
    const pauses = [1, 2, 3, 10].map((count) => failed(afterAttempts(count), new Error('reset'), 100))
    expect(pauses).toMatchObject([1_100, 2_100, 4_100, 30_100].map((notBeforeMs) => ({ notBeforeMs })))
  })

  it.each([
    ['young', row(), resendWindowMs - 1, true, true],
    ['young and attempted often', afterAttempts(20), resendWindowMs - 1, true, true],
    ['old', row(), resendWindowMs, true, false],
    ['of a puppet that cannot repeat an id', row(), 1, false, false],
  ])('that is %s', (_name, given, nowMs, resendUncertain, expected) => {
    expect(mayResend(given, nowMs, resendUncertain)).toBe(expected)
  })
})

describe('a part may wait', () => {
  const ages = { direct: dayMs, group: 30 * 60_000 }
  const group = { kind: 'group', id: 'room1' } as const

  it.each([
    ['of an answer to a person', row(), ages.direct],
    ['of an answer in a group', row({ conversation: group }), ages.group],
    ['of a notice in a group', row({ conversation: group, purpose: 'notice' }), ages.group],
    ["of an operator's text in a group", row({ conversation: group, purpose: 'manual' }), dayMs],
    ['that must not be queued', row({ purpose: 'immediate' }), resendWindowMs],
    ['that reports a loss', row({ purpose: 'loss' }), 7 * dayMs],
  ])('%s: for its time from when it was stored', (_name, given, lifeMs) => {
    expect(expiryOf({ ...given, createdMs: 5 }, ages)).toBe(5 + lifeMs)
  })
})
