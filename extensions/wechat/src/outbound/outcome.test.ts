import { MoltbotError } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { withAlice } from '../../test/samples.ts'
import type { OutboxRow } from '../model/outbox.ts'
import { afterFailure, expiryOf, mayResend, resendWindowMs } from './outcome.ts'
import { Rest } from './rest.ts'

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

  it('is parked at least for the retry-after of the backend, longer each time', () => {
    const error = Object.assign(refused(true, 'rate-limited'), { retryAfterMs: 30_000 })
    expect(failed(row(), error, 1_000)).toMatchObject({ cause: 'rate', notBeforeMs: 31_000 })
    const minutesLater = 8 * 60_000
    expect(failed(row(), error, minutesLater)).toMatchObject({ notBeforeMs: 2 * minutesLater })
  })

  it.each([
    ['window-closed', 'window'],
    ['quota', 'quota'],
  ])('is parked after "%s" until the user writes, for a day at most', (code, cause) => {
    const parked = failed(row(), refused(true, code), 0)
    expect(parked).toMatchObject({ state: 'parked', cause, notBeforeMs: dayMs + 1 })
  })

  it.each(['not-logged-in', 'session-expired', 'puppet-unreachable'])(
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
    ['that reports a loss', row({ purpose: 'loss' }), 7 * dayMs],
  ])('%s: for its time from when it was stored', (_name, given, lifeMs) => {
    expect(expiryOf({ ...given, createdMs: 5 }, ages)).toBe(5 + lifeMs)
  })
})

describe('the account rests', () => {
  const tooMany = (retryAfterMs = 30_000) => Object.assign(refused(true, 'rate-limited'), { retryAfterMs })
  const minuteMs = 60_000

  it('longer after each refusal for too many messages, until there is one attempt an hour', () => {
    const rest = new Rest()
    let nowMs = 0
    for (const pauseMs of [0.5, 2, 10, 30, 60, 60].map((minutes) => minutes * minuteMs)) {
      rest.refused(tooMany(), nowMs)
      expect(rest.leftMs(nowMs)).toBe(pauseMs)
      nowMs += pauseMs
      expect(rest.leftMs(nowMs)).toBe(0)
    }
    rest.ended()
    rest.refused(tooMany(), nowMs)
    expect(rest.leftMs(nowMs)).toBe(30_000)
  })

  it('at least as long as the backend says, and counts refusals of the same moment once', () => {
    const rest = new Rest()
    rest.refused(tooMany(45_000), 0)
    rest.refused(tooMany(45_000), 10)
    expect(rest.leftMs(0)).toBe(45_000)
    rest.refused(tooMany(), 45_000)
    expect(rest.leftMs(45_000)).toBe(2 * minuteMs)
  })

  it('until the first send after a pause has passed, which the others wait for', () => {
    const rest = new Rest()
    expect(rest.begin()).toBeTypeOf('function')
    expect(rest.leftMs(0)).toBe(0)
    rest.refused(tooMany(), 0)
    const isOver = rest.begin()
    expect(rest.leftMs(30_000)).toBeGreaterThan(0)
    rest.begin()()
    expect(rest.leftMs(30_000)).toBeGreaterThan(0)
    rest.refused(tooMany(), 30_000)
    isOver()
    expect(rest.leftMs(30_000)).toBe(2 * minuteMs)
    const isSent = rest.begin()
    rest.ended()
    isSent()
    expect(rest.leftMs(3 * minuteMs)).toBe(0)
    expect(rest.isPenalised).toBe(false)
  })

  it('after no other refusal', () => {
    const rest = new Rest()
    rest.refused(refused(true, 'quota'), 0)
    rest.refused(Object.assign(new Error('reset'), { retryAfterMs: 1_000 }), 0)
    expect(rest.leftMs(0)).toBe(0)
  })
})
