/**
 * Preloaded with `node --import`. All timers and clocks of the process run faster by a factor, so that a deadline of half a
 * minute takes half a second without a change in the tested code.
 */

import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'
import timersPromises from 'node:timers/promises'

const factor = 50

const { setTimeout: realSetTimeout, setInterval: realSetInterval } = timers
const { setTimeout: realSleep } = timersPromises
const realNow = Date.now
const realPerformanceNow = performance.now.bind(performance)
const [startedMs, startedPerformanceMs] = [realNow(), realPerformanceNow()]

const faster = (ms: unknown) => (typeof ms === 'number' ? ms / factor : ms)

function patched<Timer extends (handler: never, ms?: number, ...args: never[]) => unknown>(real: Timer) {
  const timer = (handler: unknown, ms?: unknown, ...args: unknown[]) =>
    Reflect.apply(real, undefined, [handler, faster(ms), ...args])
  // Keeps `util.promisify(setTimeout)` working.
  return Object.defineProperties(timer, Object.getOwnPropertyDescriptors(real))
}

const clock = { setTimeout: patched(realSetTimeout), setInterval: patched(realSetInterval) }
Object.assign(globalThis, clock)
Object.assign(timers, clock)
Object.assign(timersPromises, {
  setTimeout: (ms?: number, ...args: unknown[]) => Reflect.apply(realSleep, undefined, [faster(ms), ...args]),
})
syncBuiltinESMExports()
Date.now = () => startedMs + (realNow() - startedMs) * factor
performance.now = () => startedPerformanceMs + (realPerformanceNow() - startedPerformanceMs) * factor
