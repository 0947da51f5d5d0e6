/**
 * Kills this process when it holds too much memory or takes too long. It runs in a thread of its own, since the main one
 * may be in a loop. A limit for V8's heap would not count what WebAssembly and buffers hold.
 */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { ChildLimits } from './job.ts'

const lookEveryMs = 20

const code = `
const { parentPort, workerData: { memoryBytes, timeoutMs } } = require('node:worker_threads')
const started = performance.now()
const look = () => {
  const isTooMuch = process.memoryUsage.rss() > memoryBytes || performance.now() - started > timeoutMs
  if (isTooMuch) process.kill(process.pid, 'SIGKILL')
}
look()
setInterval(look, ${lookEveryMs})
parentPort.postMessage('watching')`

/** Resolves as soon as it watches. */
export async function watch(limits: ChildLimits): Promise<void> {
  await once(new Worker(code, { eval: true, workerData: limits }), 'message')
}
