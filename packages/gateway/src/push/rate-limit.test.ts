import { beforeEach, expect, it } from 'vitest'
import { RateLimit } from './rate-limit.ts'

let nowMs: number
let rate: RateLimit
beforeEach(() => {
  nowMs = 0
  rate = new RateLimit(60, () => nowMs)
})

const usesOf = (caller: string) => {
  for (let uses = 0; ; uses++) {
    try {
      rate.use(caller)
    } catch {
      return uses
    }
  }
}

it('admits a minute at once, and what a minute brings after it, for each caller', () => {
  expect(usesOf('a')).toBe(60)
  expect(usesOf('b')).toBe(60)
  nowMs += 5_000
  expect(usesOf('a')).toBe(5)
  nowMs += 3_600_000
  expect(usesOf('a')).toBe(60)
})

it('says when the next one is admitted, and uses nothing where it only checks', () => {
  usesOf('a')
  expect(() => rate.check('a')).toThrow(expect.objectContaining({ retryAfterMs: 1_000 }))
  nowMs += 1_000
  rate.check('a')
  rate.use('a')
  expect(() => rate.use('a')).toThrow('at most 60 a minute')
})

it('admits no more when the clock is set back', () => {
  usesOf('a')
  nowMs -= 3_600_000
  expect(usesOf('a')).toBe(0)
  nowMs += 1_000
  expect(usesOf('a')).toBe(1)
})
