import { setImmediate } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { recordingLog } from '../test/samples.ts'
import { SteadyClock } from './steady-clock.ts'

const hourMs = 3_600_000

function setStage(moveTimes = async (_byMs: number, onMoved: () => void): Promise<void> => onMoved()) {
  const at = { wall: 1_000_000, running: 0.123_456, sinceBoot: 50_000.01 }
  const moved = vi.fn(moveTimes)
  const sources = { wall: () => at.wall, running: () => at.running, sinceBoot: () => at.sinceBoot }
  const clock = new SteadyClock({ moveTimes: moved, log: recordingLog(), sources })
  return {
    at,
    clock,
    moved,
    passes: (ms: number) => {
      at.wall += ms
      at.running += ms
      at.sinceBoot += ms
    },
  }
}

it('follows the clock of the machine', () => {
  const { clock, passes, moved, at } = setStage()
  passes(hourMs)
  at.wall += 500 // Corrected in a small step.
  expect(clock.now()).toBe(1_000_500 + hourMs)
  expect(moved).not.toHaveBeenCalled()
})

it('takes a sleep of the machine for time that has passed', () => {
  const { clock, moved, at } = setStage()
  at.wall += 8 * hourMs
  at.sinceBoot += 8 * hourMs
  expect(clock.now()).toBe(1_000_000 + 8 * hourMs)
  expect(moved).not.toHaveBeenCalled()
})

it.each([
  ['back', -hourMs],
  ['forward', 24 * hourMs],
])('runs on evenly when the clock is set %s, until stored times have been moved', async (_where, byMs) => {
  const moving = Promise.withResolvers<void>()
  const { clock, passes, moved, at } = setStage((_byMs, onMoved) => moving.promise.then(onMoved))
  at.wall += byMs

  passes(10)
  expect(clock.now()).toBe(1_000_010)
  await setImmediate()
  expect(moved.mock.calls).toEqual([[byMs, expect.anything()]])
  moving.resolve()
  await setImmediate()
  passes(10)
  expect(clock.now()).toBe(1_000_020 + byMs)
  expect(moved).toHaveBeenCalledTimes(1)
})

it('moves times in memory in the moment in which the time changes', async () => {
  const moving = Promise.withResolvers<void>()
  const { clock, at } = setStage((_byMs, onMoved) => moving.promise.then(onMoved))
  const read: [byMs: number, nowMs: number][] = []
  const end = clock.onSet((byMs) => void read.push([byMs, clock.now()]))
  at.wall += hourMs
  clock.now()
  await setImmediate()
  expect(read).toEqual([])
  moving.resolve()
  await setImmediate()
  expect(read).toEqual([[hourMs, 1_000_000 + hourMs]])
  end()
  at.wall += hourMs
  clock.now()
  await setImmediate()
  expect(read).toHaveLength(1)
})

it('tells a clock that is set during a sleep by the time that has passed', async () => {
  const { clock, moved, at } = setStage()
  at.sinceBoot += 8 * hourMs
  at.wall += 8 * hourMs - hourMs
  expect(clock.now()).toBe(1_000_000 + 8 * hourMs)
  await setImmediate()
  expect(moved.mock.calls).toEqual([[-hourMs, expect.anything()]])
})

it('tries again when the store fails', async () => {
  let failures = 1
  const { clock, moved, at } = setStage(async (_byMs, onMoved) => {
    onMoved()
    if (failures-- > 0) throw new Error('the disk is full at the commit')
  })
  let inMemoryMs = 0
  clock.onSet((byMs) => {
    inMemoryMs += byMs
  })
  at.wall += hourMs
  clock.now()
  await vi.waitFor(() => expect(moved).toHaveBeenCalledTimes(2))
  expect(inMemoryMs).toBe(hourMs)
  expect(clock.now()).toBe(1_000_000 + hourMs)
})
