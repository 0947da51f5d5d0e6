import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planOf } from './planner.ts'
import { dueAfter, type When } from './when.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const startMs = Date.UTC(2026, 10, 28, 8)
const hourly: When = { everyMs: hourMs, fromMs: startMs - hourMs }
const plan = (when: When, lateMs: number, catchUpMs = hourMs, isPaused = false) =>
  planOf({ when, nextMs: startMs, isPaused }, startMs + lateMs, catchUpMs)

describe('what is due', () => {
  it('has one run, and its next time is the next one', () => {
    expect(plan(hourly, 0)).toEqual({
      runs: [{ dueMs: startMs, state: 'due', reason: '' }],
      nextMs: startMs + hourMs,
    })
  })

  it.each([
    ['runs once while it is young enough', { atMs: startMs }, 59 * minuteMs, ['due']],
    ['is missed when it is too old', { atMs: startMs }, 61 * minuteMs, ['missed']],
    ['runs for the newest time only', hourly, 3 * hourMs + minuteMs, ['due', 'missed', 'missed', 'missed']],
    [
      'is missed for all times where even the newest is too old',
      { everyMs: 10 * hourMs, fromMs: startMs - 10 * hourMs },
      15 * hourMs,
      ['missed', 'missed'],
    ],
  ])('after a stop %s', (_, when, lateMs, states) => {
    expect(plan(when, lateMs).runs.map(({ state }) => state)).toEqual(states)
  })

  it('passes while it is paused', () => {
    expect(plan(hourly, minuteMs, hourMs, true)).toEqual({ runs: [], nextMs: startMs + hourMs })
  })

  it('has at most one run for a stop, however long, and goes on after it', () => {
    const late = fc.integer({ min: 0, max: 400 * 24 * hourMs })
    fc.assert(
      fc.property(
        late,
        fc.integer({ min: 0, max: 3 * hourMs }),
        fc.boolean(),
        (lateMs, catchUpMs, isOften) => {
          const when: When = isOften ? { cron: '* * * * *', timeZone: 'UTC' } : hourly
          const { runs, nextMs } = plan(when, lateMs, catchUpMs)
          expect(runs.filter(({ state }) => state === 'due').length).toBeLessThanOrEqual(1)
          expect(new Set(runs.map(({ dueMs }) => dueMs)).size).toBe(runs.length)
          expect(nextMs).toBe(dueAfter(when, startMs + lateMs))
        },
      ),
      { numRuns: 50 },
    )
  })
})
