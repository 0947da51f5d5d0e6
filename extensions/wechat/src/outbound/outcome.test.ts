import { MoltbotError } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { withAlice } from '../../test/samples.ts'
import type { OutboxRow } from '../store/store.ts'
import { afterFailure, mayResend, parkLimitMs, resendWindowMs } from './outcome.ts'

const row = (changes: Partial<OutboxRow> = {}): OutboxRow => ({
  id: 1,
  accountId: 'default',
  conversation: withAlice,
  groupId: 'g',
  part: { text: 'one' },
  clientId: 'c',
  state: 'attempted',
  attempts: 1,
  createdMs: 0,
  attemptedMs: 0,
  notBeforeMs: 0,
  ...changes,
})
const refused = (retryable: boolean) => new MoltbotError('quota', 'used up', { retryable, certain: true })

describe('a chunk that was refused', () => {
  it('waits when time may cure it, each time as long as it has waited so far', () => {
    expect(afterFailure(row(), refused(true), 0)).toMatchObject({ state: 'parked', notBeforeMs: 5_000 })
    expect(afterFailure(row(), refused(true), 60_000)).toMatchObject({
      state: 'parked',
      notBeforeMs: 120_000,
    })
  })

  it('waits as long as the backend says, where it does', () => {
    const error = Object.assign(refused(true), { retryAfterMs: 30_000 })
    expect(afterFailure(row(), error, 1_000)).toMatchObject({ state: 'parked', notBeforeMs: 31_000 })
  })

  it('fails at once when nothing cures it', () => {
    expect(afterFailure(row(), refused(false), 0)).toEqual({ state: 'failed', reason: 'quota: used up' })
  })

  it('expires when it has waited a day', () => {
    expect(afterFailure(row(), refused(true), parkLimitMs + 1)).toMatchObject({ state: 'expired' })
  })
})

describe('a chunk that was not confirmed', () => {
  it('is what an error leaves that does not say otherwise', () => {
    expect(afterFailure(row(), new Error('socket hang up'), 0)).toBe('unconfirmed')
    expect(afterFailure(row(), 'not even an error', 0)).toBe('unconfirmed')
  })

  it.each([
    ['young and sent once', row(), resendWindowMs - 1, true, true],
    ['sent twice already', row({ attempts: 2 }), 1, true, false],
    ['old', row(), resendWindowMs, true, false],
    ['of a puppet that cannot repeat an id', row(), 1, false, false],
  ])('that is %s', (_name, given, nowMs, resendUncertain, expected) => {
    expect(mayResend(given, nowMs, resendUncertain)).toBe(expected)
  })
})
