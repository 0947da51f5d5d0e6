/**
 * Reports what this process holds, on each SIGUSR2, as a line of the file SOAK_SAMPLES. Garbage is collected first, so that
 * memory which can be freed does not count, and the pause for it is no part of the delays.
 */

import { appendFileSync, readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { round } from '../support/figures.ts'

/** What a process holds at one moment. */
export interface Sample {
  readonly residentMb: number
  /** JavaScript objects and what they hold outside the heap, after a garbage collection. */
  readonly heapMb: number
  readonly fileDescriptors: number
  /** What keeps an event loop alive, by type. */
  readonly handles: Readonly<Record<string, number>>
  /** How late timers were since the sample before. */
  readonly delayMs: Delays
  /** The same since the start. */
  readonly delayMsOfAll: Delays
}

export interface Delays {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const bytesPerMb = 1024 * 1024
const nanosecondsPerMs = 1_000_000
/** Between two looks at the clock; part of what the histograms record. */
const resolution = 10

setFlagsFromString('--expose-gc')
const collectGarbage: unknown = runInNewContext('gc')
const file = process.env.SOAK_SAMPLES
if (typeof collectGarbage !== 'function' || file === undefined) throw new Error('the probe cannot work')
const histograms = {
  recent: monitorEventLoopDelay({ resolution }),
  all: monitorEventLoopDelay({ resolution }),
}
for (const histogram of Object.values(histograms)) histogram.enable()

process.on('SIGUSR2', () => {
  const delays = { delayMs: delaysIn(histograms.recent), delayMsOfAll: delaysIn(histograms.all) }
  for (const histogram of Object.values(histograms)) histogram.disable()
  Reflect.apply(collectGarbage, undefined, [])
  const sample: Sample = { ...holdings(), ...delays }
  appendFileSync(file, `${JSON.stringify(sample)}\n`)
  histograms.recent.reset()
  for (const histogram of Object.values(histograms)) histogram.enable()
})

// With the soak that started it, however that ends.
process.stdin.resume().on('end', () => process.exit(1))

function holdings() {
  const { rss, heapUsed, external } = process.memoryUsage()
  const handles: Record<string, number> = {}
  for (const type of process.getActiveResourcesInfo()) handles[type] = (handles[type] ?? 0) + 1
  return {
    residentMb: round(rss / bytesPerMb),
    heapMb: round((heapUsed + external) / bytesPerMb),
    fileDescriptors: readdirSync('/proc/self/fd').length,
    handles,
  }
}

function delaysIn(histogram: ReturnType<typeof monitorEventLoopDelay>): Delays {
  const late = (nanoseconds: number) => round(Math.max(0, nanoseconds / nanosecondsPerMs - resolution))
  return {
    p50: late(histogram.percentile(50)),
    p99: late(histogram.percentile(99)),
    max: late(histogram.max),
  }
}
