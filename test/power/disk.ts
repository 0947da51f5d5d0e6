/**
 * Loaded before the gateway (`--import`): a disk that loses its power. What is flushed is copied to the folder
 * MOLTBOT_DISK, so that the run knows what such a disk would hold; the real disk is left alone. From one flush on, the
 * disk holds every flush: nothing that waits for it goes on, everything else does, and a moment later the process is killed.
 *
 * MOLTBOT_DISK_HOLDS is the number of flushes before that one and the milliseconds until the kill, such as `12:300`.
 */

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { keep, keepOpenFile, keyOf } from './image.ts'

const image = process.env.MOLTBOT_DISK ?? ''
const [flushesLeft = 0, holdMs = 0] = (process.env.MOLTBOT_DISK_HOLDS ?? '').split(':').map(Number)
let left = flushesLeft
/** A flush takes this long, so that there are writes which wait for one that has begun. */
const flushMs = 3

/** @returns whether the disk takes the flush; otherwise it never ends */
function flush(fd: number): boolean {
  if (left === 0) setTimeout(() => process.kill(process.pid, 'SIGKILL'), holdMs)
  left -= 1
  if (left < 0) return false
  record(fd)
  return true
}

function record(fd: number): void {
  if (fs.fstatSync(fd).isDirectory()) recordDatabases(fs.readlinkSync(`/proc/self/fd/${fd}`))
  else keepOpenFile(image, fd)
}

/** A database is opened with flushes of SQLite's own, which end with one of its folder. */
function recordDatabases(folder: string): void {
  const names = fs.readdirSync(folder).filter((name) => /\.sqlite(?:-wal)?$/.test(name))
  for (const path of names.map((name) => join(folder, name))) {
    const bytes = execFileSync('cat', ['--', path], { env: {}, maxBuffer: 2 ** 30 })
    keep(image, { key: keyOf(fs.statSync(path, { bigint: true })), path, bytes })
  }
}

function fsync(fd: number, done: (error: null) => void): void {
  if (flush(fd)) setTimeout(() => done(null), flushMs)
}
/** Nothing can go on beside these, so they are never held. */
const syncFlushes = { fsyncSync: record, fdatasyncSync: record }
Object.assign(fs, { fsync, fdatasync: fsync, ...syncFlushes })
syncBuiltinESMExports()

const handle = await fs.promises.open(import.meta.filename)
const sync = function (this: fs.promises.FileHandle): Promise<void> {
  return new Promise((resolve) => fsync(this.fd, () => resolve()))
}
Object.assign(Object.getPrototypeOf(handle), { sync, datasync: sync })
await handle.close()
