import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterFailure, failureOf, maxEventAgeMs } from './schedule.ts'

const refused = { kind: 'refused', reason: 'HTTP 400' } as const
const unreachable = { kind: 'unreachable', reason: 'HTTP 503' } as const

it.each([
  [400, 'refused'],
  [401, 'refused'],
  [404, 'refused'],
  [410, 'refused'],
  [408, 'unreachable'],
  [425, 'unreachable'],
  [429, 'unreachable'],
  [500, 'unreachable'],
  [503, 'unreachable'],
  [304, 'unreachable'],
])('HTTP %s is %s', (status, kind) => {
  expect(failureOf(status)).toEqual({ kind, reason: `HTTP ${status}` })
})

describe('an event that was not delivered', () => {
  const pauses = (failure: typeof refused | typeof unreachable, createdMs: number, attempts: number) =>
    Array.from({ length: attempts }, (_, n) => {
      const outcome = afterFailure({ attempts: n, createdMs }, failure, 0)
      return outcome.state === 'dead' ? 'dead' : outcome.notBeforeMs / 1_000
    })

  it('is tried again after growing pauses', () => {
    expect(pauses(unreachable, 0, 8)).toEqual([5, 30, 120, 600, 1_800, 3_600, 3_600, 3_600])
  })

  it('is given up sooner where the receiver refuses it', () => {
    expect(pauses(refused, 0, 6)).toEqual([5, 30, 120, 600, 'dead', 'dead'])
  })

  it('is given up where its next attempt would come too late', () => {
    expect(pauses(unreachable, 5_001 - maxEventAgeMs, 1)).toEqual([5])
    expect(pauses(unreachable, 5_000 - maxEventAgeMs, 1)).toEqual(['dead'])
  })

  it('is always given up in the end (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (answers) => {
        let nowMs = 0
        let attempts = 0
        for (const isRefused of answers) {
          const outcome = afterFailure({ attempts, createdMs: 0 }, isRefused ? refused : unreachable, nowMs)
          if (outcome.state === 'dead') return
          expect(outcome.notBeforeMs).toBeGreaterThan(nowMs)
          expect(outcome.notBeforeMs).toBeLessThan(maxEventAgeMs)
          nowMs = outcome.notBeforeMs
          attempts++
        }
        expect.unreachable('it was tried for ever')
      }),
    )
  })
})
