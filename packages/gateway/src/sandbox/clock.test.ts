import { afterAll, expect, it, vi } from 'vitest'
import { passTime } from './clock.ts'

const minuteMs = 60_000
let nowMs = 1_000_000_000
vi.spyOn(Date, 'now').mockImplementation(() => nowMs)
afterAll(() => vi.restoreAllMocks())
const clock = {
  advance: (byMs: number) => {
    nowMs += byMs
  },
}

it('lets each thing happen at its own time, and looks every five minutes besides', async () => {
  const startMs = nowMs
  const dueMs = [3, 4, 17].map((minutes) => startMs + minutes * minuteMs)
  const looks: number[] = []
  await passTime(20 * minuteMs, clock, async () => {
    looks.push((nowMs - startMs) / minuteMs)
    return dueMs.find((ms) => ms > nowMs)
  })
  expect(looks).toEqual([0, 3, 4, 9, 14, 17, 20])
})

it('ends where something stays due', async () => {
  const startMs = nowMs
  const runDue = vi.fn(async () => startMs)
  await passTime(11 * minuteMs, clock, runDue)
  expect(nowMs - startMs).toBe(11 * minuteMs)
  expect(runDue).toHaveBeenCalledTimes(4)
})
