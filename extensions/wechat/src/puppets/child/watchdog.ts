/**
 * Ties the life of this process to the gateway's, in a thread of its own: a puppet that never gives the main thread back
 * must not outlive the gateway either. The gateway holds the other end of a pipe and never writes to it; the kernel closes
 * it however the gateway ends, and then the thread ends this process and all that it started.
 */

import { Socket } from 'node:net'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { killDescendants, killTree, removeFolder } from './process-tree.ts'

interface WatchdogData {
  readonly runFolder: string
}

/** File descriptor of the pipe; `puppet-child.ts` passes it. */
const lifelineFd = 3
/** The thread reads from a pipe and needs next to no memory. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 }

/** @param runFolder removed before the end */
export function startWatchdog(runFolder: string): void {
  const data: WatchdogData = { runFolder }
  new Worker(new URL(import.meta.url), { workerData: data, resourceLimits }).unref()
}

/** This file is the thread, too. */
if (!isMainThread) watch(workerData)

function watch({ runFolder }: WatchdogData): void {
  const lifeline = new Socket({ fd: lifelineFd, readable: true, writable: false })
  lifeline.on('error', () => undefined) // `close` follows.
  lifeline.on('close', () => void end(runFolder))
  lifeline.resume()
}

async function end(runFolder: string): Promise<void> {
  await leaveNothing(runFolder)
  await killTree(process.pid)
}

/** Ends all that this process started, and removes its files. The gateway does so too, unless it has ended. Never rejects. */
export async function leaveNothing(runFolder: string): Promise<void> {
  try {
    await killDescendants(process.pid)
    await removeFolder(runFolder)
  } catch (error) {
    console.error(error)
  }
}
