/**
 * Preloaded with `node --import`: the clocks of the process are ahead by what a file says, and timers of the outbox and of
 * schedules, which wait for a time of the clock, end when it is moved there. All other timers stay real: a request that takes
 * two seconds takes two seconds.
 */

import { closeSync, openSync, readSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

const file = openSync(process.env.MOLTBOT_CLOCK_FILE ?? '', 'r')
process.on('exit', () => closeSync(file))
const buffer = Buffer.alloc(8)
const lookEveryMs = 3
const waitsForClock = /wake-timers|schedules\/runner/

const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis
const realNow = Date.now
const realPerformanceNow = performance.now.bind(performance)
const realUptime = os.uptime

interface Waiting {
  readonly dueMs: number
  readonly fire: () => void
}
const waiting = new Map<NodeJS.Timeout, Waiting>()
let aheadMs = readAhead()

Date.now = () => realNow() + aheadMs
performance.now = () => realPerformanceNow() + aheadMs
os.uptime = () => realUptime() + aheadMs / 1_000
syncBuiltinESMExports()

globalThis.setTimeout = Object.assign((handler: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
  if (!waitsForClock.test(new Error().stack ?? '')) return realSetTimeout(handler, ms, ...args)
  const timer = realSetTimeout(() => end(timer), ms)
  waiting.set(timer, { dueMs: Date.now() + ms, fire: () => handler(...args) })
  return timer
}, realSetTimeout)
globalThis.clearTimeout = (timer) => {
  if (typeof timer === 'object') waiting.delete(timer)
  realClearTimeout(timer)
}

// The clock moves between two turns of the event loop, as it does for a machine that was asleep.
setInterval(() => {
  const now = readAhead()
  if (now === aheadMs) return
  aheadMs = now
  for (const [timer, { dueMs }] of [...waiting].toSorted(([, one], [, other]) => one.dueMs - other.dueMs))
    if (dueMs <= Date.now()) end(timer)
}, lookEveryMs).unref()

function end(timer: NodeJS.Timeout): void {
  const found = waiting.get(timer)
  waiting.delete(timer)
  realClearTimeout(timer)
  found?.fire()
}

function readAhead(): number {
  readSync(file, buffer, 0, 8, 0)
  return buffer.readDoubleLE(0)
}
