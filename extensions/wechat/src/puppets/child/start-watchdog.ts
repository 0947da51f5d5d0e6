/**
 * Ties the life of this process to the gateway's, in a thread of its own: a puppet that never gives the main thread back
 * must not outlive the gateway either.
 */

import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { WatchdogData } from './watchdog.ts'

/** The thread reads from a pipe and needs next to no memory. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 }

/** @param runFolder removed before the end */
export function startWatchdog(runFolder: string): void {
  const file = new URL(`./watchdog${extname(import.meta.url)}`, import.meta.url)
  const workerData: WatchdogData = { runFolder }
  new Worker(file, { workerData, resourceLimits }).unref()
}
