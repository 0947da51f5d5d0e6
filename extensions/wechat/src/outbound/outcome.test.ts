import { MoltbotError } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { withAlice } from '../../test/samples.ts'
import type { OutboxRow } from '../model/outbox.ts'
import { afterFailure, mayResend, parkLimitMs, resendWindowMs, restAfter } from './outcome.ts'

const row = (changes: Partial<OutboxRow> = {}): OutboxRow => ({
  id: 1,
  conversation: withAlice,
  groupId: 'g',
  part: { text: 'one' },
  clientId: 'c',
  state: 'attempted',
  createdMs: 0,
  attempt: { firstMs: 0, lastMs: 0, count: 1 },
  isCutOff: false,
  notBeforeMs: 0,
  ...changes,
})
const refused = (retryable: boolean, code = 'system-busy') =>
  new MoltbotError(code, 'refused', { retryable, certain: true })
const afterAttempts = (count: number) => row({ attempt: { firstMs: 0, lastMs: 0, count } })

describe('a part that was refused', () => {
  it('is parked after a retryable refusal, for as long as its age', () => {
    const waits = (notBeforeMs: number) => ({ state: 'parked', cause: 'rate', notBeforeMs })
    expect(afterFailure(row(), refused(true), 0)).toMatchObject(waits(5_000))
    expect(afterFailure(row(), refused(true), 60_000)).toMatchObject(waits(120_000))
  })

  it('is parked at least for the retry-after of the backend, longer each time, and the account pauses', () => {
    const error = Object.assign(refused(true, 'rate-limited'), { retryAfterMs: 30_000 })
    expect(afterFailure(row(), error, 1_000)).toMatchObject({ cause: 'rate', notBeforeMs: 31_000 })
    const minutesLater = 8 * 60_000
    expect(afterFailure(row(), error, minutesLater)).toMatchObject({ notBeforeMs: 2 * minutesLater })
    expect(restAfter(error)).toBe(30_000)
    expect(restAfter(refused(true, 'quota'))).toBe(0)
  })

  it.each([
    ['window-closed', 'window'],
    ['quota', 'quota'],
  ])('is parked after "%s" until the user writes, for a day at most', (code, cause) => {
    const parked = afterFailure(row(), refused(true, code), 0)
    expect(parked).toMatchObject({ state: 'parked', cause, notBeforeMs: parkLimitMs + 1 })
  })

  it.each(['not-logged-in', 'session-expired', 'puppet-unreachable'])(
    'is parked after "%s" until the account is connected',
    (code) => {
      expect(afterFailure(row(), refused(true, code), 0)).toMatchObject({ state: 'parked', cause: 'offline' })
    },
  )

  it('fails at once after a final refusal', () => {
    expect(afterFailure(row(), refused(false), 0)).toEqual({
      state: 'failed',
      reason: 'system-busy: refused',
    })
  })

  it('expires after a day', () => {
    expect(afterFailure(row(), refused(true), parkLimitMs + 1)).toMatchObject({ state: 'expired' })
  })
})

describe('a part that was not confirmed', () => {
  it.each([
    ['an error without further facts', new Error('socket hang up')],
    ['a thrown string', 'reset'],
  ])('stays attempted after %s', (_name, thrown) => {
    expect(afterFailure(row(), thrown, 0)).toMatchObject({ state: 'attempted' })
  })

  it('is retried after a growing pause', () => {
    const pauses = [1, 2, 3, 10].map((count) => afterFailure(afterAttempts(count), new Error('reset'), 100))
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
