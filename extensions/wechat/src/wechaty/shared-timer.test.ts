import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { every } from './shared-timer.ts'

const ms = 7_654

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('a thousand calls of one interval have one timer, and none when all have ended', () => {
  let calls = 0
  const ends = Array.from({ length: 1_000 }, () => every(ms, () => calls++))
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(2 * ms)
  expect(calls).toBe(2_000)
  for (const end of ends) end()
  expect(vi.getTimerCount()).toBe(0)
})

it('a call that ends, once or twice, leaves the others', () => {
  const heard: string[] = []
  const endFirst = every(ms, () => heard.push('first'))
  endFirst()
  const endSecond = every(ms, () => heard.push('second'))
  endFirst()
  const endThird = every(ms, () => heard.push('third'))
  vi.advanceTimersByTime(ms)
  endSecond()
  vi.advanceTimersByTime(ms)
  endThird()
  expect(heard).toEqual(['second', 'third', 'third'])
})
