/**
 * What a power failure leaves of a folder: of each file, what was flushed, and by chance more of it. A system writes pages
 * back in any order and at any time, so anything between the flushed content and the newest one may be there: the newest
 * up to a point (also in the middle of a frame of a log), or single sectors of it. A file that was never flushed may be
 * missing, empty or full of zeros, and a removed one may be back.
 */

import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Dice } from '../chaos/dice.ts'
import { filesIn, keyOf, readImage } from './image.ts'

const sectorBytes = 512
/** A frame of SQLite's log: a page and its header (sqlite.org/fileformat.html#walformat). */
const frameBytes = 4_096 + 24
const logHeaderBytes = 32

/**
 * Changes `folder` into what is left of it.
 * @param image of what was flushed, see disk.ts
 */
export function cutPower(folder: string, image: string, dice: Dice): void {
  const flushed = new Map(readImage(image).map((file) => [file.key, file]))
  for (const path of filesIn(folder)) {
    const key = keyOf(statSync(path, { bigint: true }))
    const left = leftOf(path, flushed.get(key)?.bytes, dice)
    flushed.delete(key)
    if (left === undefined) rmSync(path)
    else writeFileSync(path, left)
  }
  for (const { path, bytes } of flushed.values()) {
    if (existsSync(dirname(path)) && !existsSync(path) && dice.chance(0.5)) {
      writeFileSync(path, bytes, { mode: 0o600 })
    }
  }
}

/** @returns what is left of a file; undefined: it is gone */
function leftOf(path: string, flushed: Buffer | undefined, dice: Dice): Buffer | undefined {
  const newest = readFileSync(path)
  // The index of a log is never flushed: SQLite makes it again from the log.
  if (path.endsWith('-shm')) return dice.chance(0.5) ? undefined : newest
  return flushed === undefined ? cutUnflushed(newest, dice) : cutFile(newest, flushed, dice)
}

function cutUnflushed(newest: Buffer, dice: Dice): Buffer | undefined {
  switch (dice.pick(['nothing', 'empty', 'zeros', 'sectors', 'all'])) {
    case 'nothing':
      return undefined
    case 'empty':
      return Buffer.alloc(0)
    case 'zeros':
      return Buffer.alloc(newest.length)
    case 'sectors':
      return mixed(newest, Buffer.alloc(0), dice)
    default:
      return newest
  }
}

function cutFile(newest: Buffer, flushed: Buffer, dice: Dice): Buffer {
  const from = firstDifference(newest, flushed)
  const left = dice.pick(['flushed', 'newest', 'frames', 'torn', 'sectors'])
  if (left === 'flushed') return flushed
  if (left === 'newest') return newest
  if (left === 'sectors') return mixed(newest, flushed, dice)
  const end = from + dice.below(Math.max(0, newest.length - from) + 1)
  const frames = Math.floor((end - logHeaderBytes) / frameBytes)
  const upTo = left === 'torn' ? end : Math.max(0, logHeaderBytes + frames * frameBytes)
  return Buffer.concat([newest.subarray(0, upTo), flushed.subarray(upTo)])
}

function firstDifference(one: Buffer, other: Buffer): number {
  for (let at = 0; ; at += sectorBytes) {
    const sector = one.subarray(at, at + sectorBytes)
    if (at >= one.length || !sector.equals(other.subarray(at, at + sectorBytes)))
      return Math.min(at, one.length)
  }
}

/** Some sectors are the newest ones; the others are as they were flushed, or zeros where nothing was. */
function mixed(newest: Buffer, flushed: Buffer, dice: Dice): Buffer {
  const result = Buffer.alloc(Math.max(newest.length, flushed.length))
  flushed.copy(result)
  const share = dice.roll()
  for (let at = 0; at < newest.length; at += sectorBytes) {
    if (dice.chance(share)) newest.copy(result, at, at, at + sectorBytes)
  }
  return result
}
