import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clockIn } from './quiet-hours.ts'
import { dueAfter, dueBetween, shortestGapMs, type When, whenSchema } from './when.ts'

const dayMs = 24 * 60 * 60_000
const zones = [
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'UTC',
]
const cron = (expression: string, timeZone = 'UTC'): When => ({ cron: expression, timeZone })
const time = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2032, 0, 1) })
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString())

/** Of a time in a zone: `2026-03-29`. */
const dayIn = (ms: number, timeZone: string) => new Date(ms).toLocaleDateString('sv', { timeZone })

function next(when: When, fromMs: number, count: number): number[] {
  const found: number[] = []
  for (let ms = dueAfter(when, fromMs); ms !== undefined && found.length < count; ms = dueAfter(when, ms))
    found.push(ms)
  return found
}

describe('a daily time', () => {
  it('comes once on every day, at that time of the clock, over every change of the clock, except in a gap', () => {
    fc.assert(
      fc.property(time, fc.constantFrom(...zones), fc.nat(23), fc.nat(59), (fromMs, zone, hour, minute) => {
        const days = next(cron(`${minute} ${hour} * * *`, zone), fromMs, 40)
        expect(new Set(days.map((ms) => dayIn(ms, zone))).size).toBe(days.length)
        const clock = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
        // Where the clock jumps over the time there is none of it on that day: the next moment is taken.
        const moved = days.filter((ms) => clockIn(ms, zone) !== clock)
        expect(moved.length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    [
      'the clock jumps over it',
      '30 2 * * *',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
    ],
    [
      'the clock shows it twice',
      '30 2 * * *',
      '2026-10-24T12:00Z',
      ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
    ],
  ])('is due once on the day on which %s', (_, expression, from, expected) => {
    expect(next(cron(expression, 'Europe/Berlin'), Date.parse(from), 2).map(iso)).toEqual(expected)
  })
})

describe('the ends of months', () => {
  it('are the last day of each, and a 31st comes only where there is one', () => {
    const last = next(cron('0 9 L * *'), Date.UTC(2028, 0, 1), 12).map((ms) => new Date(ms).getUTCDate())
    expect(last).toEqual([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    const months = next(cron('0 9 31 * *'), Date.UTC(2026, 0, 1), 7).map(
      (ms) => new Date(ms).getUTCMonth() + 1,
    )
    expect(months).toEqual([1, 3, 5, 7, 8, 10, 12])
  })

  it('have a 29th of February in leap years only', () => {
    const years = next(cron('0 9 29 2 *'), Date.UTC(2026, 0, 1), 3).map((ms) => new Date(ms).getUTCFullYear())
    expect(years).toEqual([2028, 2032, 2036])
  })
})

const anyWhen: fc.Arbitrary<When> = fc.oneof(
  fc.record({
    cron: fc.constantFrom('*/15 * * * *', '0 8 * * 1-5', '30 2 * * *', '0 0 1 * *', '0 12 29 2 *'),
    timeZone: fc.constantFrom(...zones),
  }),
  fc.record({ everyMs: fc.integer({ min: 60_000, max: 40 * dayMs }), fromMs: time }),
  fc.record({ atMs: time }),
)

describe('any schedule', () => {
  it('is due after a time, never at it or before it, and nowhere between', () => {
    fc.assert(
      fc.property(anyWhen, time, (when, afterMs) => {
        const ms = dueAfter(when, afterMs)
        if (ms === undefined) return
        expect(ms).toBeGreaterThan(afterMs)
        expect(dueBetween(when, afterMs + 1, ms, 5)).toEqual([ms])
        const between = fc.sample(fc.integer({ min: afterMs, max: ms - 1 }), 1)[0] ?? afterMs
        expect(dueAfter(when, between)).toBe(ms)
      }),
      { numRuns: 200 },
    )
  })

  it('has the same times forwards and backwards', () => {
    fc.assert(
      fc.property(anyWhen, time, fc.integer({ min: 1, max: 8 }), (when, fromMs, count) => {
        const times = next(when, fromMs, count)
        const [last] = times.slice(-1)
        if (last !== undefined) expect(dueBetween(when, fromMs + 1, last, count)).toEqual(times.toReversed())
      }),
      { numRuns: 200 },
    )
  })
})

describe('what is no schedule', () => {
  it.each([
    ['six fields', { cron: '* * * * * *', timeZone: 'UTC' }],
    ['a day that never comes', { cron: '0 0 31 2 *', timeZone: 'UTC' }],
    ['words', { cron: 'every day', timeZone: 'UTC' }],
    ['an unknown zone', { cron: '0 8 * * *', timeZone: 'Asia/Beijing' }],
    ['no interval', { everyMs: 0, fromMs: 0 }],
  ])('is refused: %s', (_, when) => {
    expect(whenSchema.safeParse(when).success).toBe(false)
  })
})

it.each([
  ['* * * * *', 60_000],
  ['0,2 8 * * *', 120_000],
  ['0 8 * * *', dayMs],
])('the shortest gap of %s is known', (expression, gapMs) => {
  expect(shortestGapMs(cron(expression), Date.UTC(2026, 5, 1))).toBe(gapMs)
})
