import { MoltbotError } from '@moltbot/channel-sdk'
import { describe, expect, test } from 'vitest'
import { Restarts } from './restarts.ts'

const minuteMs = 60_000
const fault = new MoltbotError('puppet-exited', 'exit code 1', { retryable: true })
const noNetwork = new MoltbotError('puppet-start-failed', 'no network', { retryable: true })
/** The end of a short attempt. */
const ended = (endedMs: number, error: unknown = fault) => ({ startedMs: endedMs, endedMs, error })

describe('faults of a puppet', () => {
  test('are allowed as often as the limit says within an hour, and not once more', () => {
    const restarts = new Restarts(2, () => 0)
    expect(restarts.after(ended(0)).error).toBe(fault)
    expect(restarts.after(ended(minuteMs)).error).toBe(fault)
    expect(restarts.after(ended(2 * minuteMs))).toMatchObject({
      delayMs: undefined,
      error: {
        code: 'puppet-restarts-too-often',
        retryable: false,
        message: expect.stringContaining('exit code 1'),
      },
    })
  })

  test('are allowed again an hour later', () => {
    const restarts = new Restarts(1, () => 0)
    restarts.after(ended(0))
    expect(restarts.after(ended(61 * minuteMs)).error).toBe(fault)
  })

  test('do not include an unreachable backend', () => {
    expect(new Restarts(0, () => 0).after(ended(0, noNetwork)).error).toBe(noNetwork)
  })
})

describe('the pause before the next attempt', () => {
  const delays = (random: number, count: number) => {
    const restarts = new Restarts(0, () => random)
    return Array.from({ length: count }, () => restarts.after(ended(0, noNetwork)).delayMs)
  }

  test('doubles from a second to a minute, less a jitter of up to a half', () => {
    expect(delays(1, 8)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
    expect(delays(0, 2)).toEqual([500, 1_000])
  })

  test('is short again after five minutes', () => {
    const restarts = new Restarts(0, () => 1)
    restarts.after(ended(0, noNetwork))
    restarts.after(ended(0, noNetwork))
    expect(restarts.after({ startedMs: 0, endedMs: 6 * minuteMs, error: noNetwork }).delayMs).toBe(1_000)
  })

  test('does not come after an error that time does not cure', () => {
    const hopeless = new MoltbotError('puppet-missing', 'not installed')
    expect(new Restarts(0, () => 0).after(ended(0, hopeless)).delayMs).toBeUndefined()
  })
})

test('five fruitless attempts in a row are a failure, until one comes to a QR code or a login', () => {
  const restarts = new Restarts(0, () => 0)
  for (let n = 0; n < 4; n++) restarts.after(ended(0, noNetwork))
  expect(restarts.hasFailed).toBe(false)
  restarts.after(ended(0, noNetwork))
  expect(restarts.hasFailed).toBe(true)
  restarts.bearsFruit()
  expect(restarts.hasFailed).toBe(false)
})
