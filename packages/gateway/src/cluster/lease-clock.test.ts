import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { ElapsedClock, LeaseTimes } from './lease-clock.ts'

const machine = { runningMs: 0, bootMs: 0 }
const clock = new ElapsedClock({ running: () => machine.runningMs, sinceBoot: () => machine.bootMs })

beforeEach(() => {
  machine.runningMs = 5_000
  machine.bootMs = 900_000
})

function pass(ms: number): void {
  machine.runningMs += ms
  machine.bootMs += ms
}

test('may not act before it was renewed for the first time', () => {
  expect(new LeaseTimes(6_000, clock).mayAct()).toBe(false)
})

test('ends before the lease ends, and counts from before the renewal was sent', () => {
  const lease = new LeaseTimes(6_000, clock)
  const before = clock.now()
  pass(3_000) // The database answers slowly.
  lease.renewed(before)
  expect(lease.mayAct()).toBe(true)
  expect(lease.stopInMs).toBe(600)
  pass(1_999)
  expect(lease.mayAct()).toBe(true)
  pass(1)
  expect(lease.mayAct()).toBe(false)
})

test('a renewal that arrives too late renews nothing', () => {
  const lease = new LeaseTimes(6_000, clock)
  const before = clock.now()
  pass(60_000) // The process was stopped meanwhile.
  lease.renewed(before)
  expect(lease.mayAct()).toBe(false)
})

test('counts time in which the machine slept, though one of its clocks stood still', () => {
  const lease = new LeaseTimes(6_000, clock)
  lease.renewed(clock.now())
  machine.bootMs += 60_000
  expect(lease.mayAct()).toBe(false)
  lease.renewed(clock.now())
  expect(lease.mayAct()).toBe(true)
})

test('a clock that counts whole seconds ends no lease too early', () => {
  const lease = new LeaseTimes(6_000, clock)
  machine.bootMs = 900_999
  lease.renewed({ ...clock.now(), bootMs: 900_000 })
  pass(4_900)
  expect(lease.mayAct()).toBe(true)
})

test('is over as soon as it is said to have ended', () => {
  const lease = new LeaseTimes(6_000, clock)
  lease.renewed(clock.now())
  lease.end()
  expect(lease.mayAct()).toBe(false)
})

test('renews several times before accounts are stopped, which is before nothing may be done, which is before its end', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 600_000 }), (leaseMs) => {
      const lease = new LeaseTimes(leaseMs, clock)
      lease.renewed(clock.now())
      expect(lease.renewEveryMs * 3).toBeLessThan(lease.stopInMs)
      expect(lease.stopInMs).toBeLessThan(lease.actMs)
      expect(lease.actMs).toBeLessThan(leaseMs)
    }),
  )
})
