/**
 * The thread that ends this process, and all that it started, as soon as the gateway is gone. The gateway holds the other
 * end of a pipe and never writes to it; the kernel closes it however the gateway ends.
 */

import { rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { workerData } from 'node:worker_threads'
import { endFamily } from './family.ts'

export interface WatchdogData {
  readonly runFolder: string
}

/** File descriptor of the pipe; `puppet-child.ts` passes it. */
export const lifelineFd = 3

const { runFolder }: WatchdogData = workerData

const lifeline = new Socket({ fd: lifelineFd, readable: true, writable: false })
lifeline.on('error', () => undefined) // `close` follows.
lifeline.on('close', () => void end())
lifeline.resume()

async function end(): Promise<void> {
  try {
    rmSync(runFolder, { recursive: true, force: true })
  } finally {
    await endFamily(process.pid)
  }
}
