/**
 * Loaded before the gateway (`--import`): counts the flushes that go through node:fs, by file name, and the longest
 * time that the event loop stood still. SIGUSR2 writes both to the file that MOLTBOT_BENCH_COUNTS names and begins
 * again. Flushes inside SQLite do not come by here; a tracer sees those.
 */

import fs from 'node:fs'
import { open } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { basename } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const resolutionMs = 20
const file = process.env.MOLTBOT_BENCH_COUNTS
if (file === undefined) throw new Error('MOLTBOT_BENCH_COUNTS names no file')

let flushes: Record<string, number> = {}
const { fsync, fdatasync, fsyncSync, fdatasyncSync } = fs
Object.assign(fs, {
  fsync: counted(fsync),
  fdatasync: counted(fdatasync),
  fsyncSync: counted(fsyncSync),
  fdatasyncSync: counted(fdatasyncSync),
})
syncBuiltinESMExports()
await countInFileHandles()

const delay = monitorEventLoopDelay({ resolution: resolutionMs })
delay.enable()
process.on('SIGUSR2', () => {
  const loopStallMs = delay.max / 1e6 - resolutionMs
  fs.writeFileSync(`${file}.new`, JSON.stringify({ flushes, loopStallMs }))
  fs.renameSync(`${file}.new`, file)
  flushes = {}
  delay.reset()
})

function count(fd: number): void {
  const name = basename(fs.readlinkSync(`/proc/self/fd/${fd}`))
  flushes[name] = (flushes[name] ?? 0) + 1
}

function counted<Args extends unknown[], Result>(flush: (fd: number, ...args: Args) => Result) {
  return (fd: number, ...args: Args): Result => {
    count(fd)
    return flush(fd, ...args)
  }
}

/** `sync` and `datasync` of all that `open` of node:fs/promises returns. */
async function countInFileHandles(): Promise<void> {
  await using handle = await open('/dev/null')
  const prototype = Object.getPrototypeOf(handle)
  for (const name of ['sync', 'datasync']) {
    const flush = prototype[name]
    prototype[name] = function (this: { readonly fd: number }) {
      count(this.fd)
      return flush.call(this)
    }
  }
}
