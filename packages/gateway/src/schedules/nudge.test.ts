import type { SendForecast } from '@moltbot/channel-sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nudgeBeforeMs, nudgeFor } from './nudge.ts'
import { isQuiet } from './quiet-hours.ts'

const minuteMs = 60_000
const nowMs = Date.UTC(2026, 10, 28, 12)
const openedMs = nowMs - 23.6 * 60 * minuteMs
const closesMs = nowMs + 24 * minuteMs
const window = { openedMs, closesMs, left: 3 }
const facts = {
  forecast: { outcome: 'sent', window } as SendForecast,
  nextMs: closesMs + minuteMs,
  nowMs,
  quietHours: '22:00-08:00',
  timeZone: 'UTC',
} as const

describe('a person is asked for a word', () => {
  it('before the end of the window, if something is due after it', () => {
    expect(nudgeFor(facts)).toBe(openedMs)
  })

  it.each<[string, Partial<typeof facts> | object]>([
    [
      'earlier than half an hour before',
      { forecast: { outcome: 'sent', window: { ...window, closesMs: nowMs + nudgeBeforeMs + 1 } } },
    ],
    ['after the end', { forecast: { outcome: 'sent', window: { ...window, closesMs: nowMs } } }],
    ['where the next one is due before the end', { nextMs: closesMs - 1 }],
    [
      'where no message can be sent',
      { forecast: { outcome: 'queued', wait: { cause: 'quota', reason: '' }, window } },
    ],
    ['where the backend has no window', { forecast: { outcome: 'sent' } }],
    [
      'in the night',
      { timeZone: 'Asia/Tokyo', nowMs: Date.UTC(2026, 10, 28, 14), nextMs: Date.UTC(2026, 10, 29) },
    ],
  ])('never %s', (_, change) => {
    expect(nudgeFor({ ...facts, ...change })).toBeUndefined()
  })
})

describe('quiet hours', () => {
  it.each([
    ['22:00-08:00', '21:59', false],
    ['22:00-08:00', '22:00', true],
    ['22:00-08:00', '00:00', true],
    ['22:00-08:00', '07:59', true],
    ['22:00-08:00', '08:00', false],
    ['01:00-05:00', '00:59', false],
    ['01:00-05:00', '04:59', true],
  ])('%s at %s: %s', (span, clock, quiet) => {
    expect(isQuiet(span, Date.parse(`2026-11-28T${clock}:30Z`), 'UTC')).toBe(quiet)
  })

  it('are by the clock of the person, and can be switched off', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 24 * 60 - 1 }), (minutes) => {
        const atMs = Date.UTC(2026, 5, 1) + minutes * minuteMs
        expect(isQuiet(false, atMs, 'UTC')).toBe(false)
        expect(isQuiet('22:00-08:00', atMs, 'Asia/Shanghai')).toBe(isQuiet('14:00-00:00', atMs, 'UTC'))
      }),
    )
  })
})
