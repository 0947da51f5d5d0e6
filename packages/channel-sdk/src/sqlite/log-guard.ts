/**
 * Guards a write-ahead log against a disk that changes what it has confirmed. SQLite reads a log up to the first frame with
 * a wrong checksum and takes that for its end, because a power failure leaves such a frame; so one changed byte would
 * silently undo all writes after it. A file beside the log notes which frames are on the disk, and their parity (each word
 * is the exclusive or of the words in its place), from which any one of them can be restored.
 *
 * The note is not flushed: after a power failure an older one may be there, which is true as well.
 */

import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs'
import {
  frameBytes,
  headerBytes,
  isHeader,
  isNext,
  isOfLog,
  noChecksum,
  placeOfFrame,
  readFrame,
  readHeader,
  sum,
  wordsOf,
} from './log-format.ts'

/** `mended`: what had changed is as it was before. `damaged`: more has changed than one frame. */
export type LogState = 'sound' | 'mended' | 'damaged'

/** The part of a log that is on the disk. */
interface Confirmed {
  readonly header: Buffer
  readonly frames: number
  readonly parity: Buffer
}

const countBytes = 8
const checksumBytes = 8

export const guardFileOf = (file: string) => `${file}-guard`

/**
 * Of a log that is being written. What cannot be read or noted (a full disk, say) is not guarded, and nothing else comes of
 * it: whether the disk works is what the flush says.
 */
export class LogGuard {
  /** Of the note. */
  readonly #fd: number
  readonly #logFd: number
  #log: Confirmed | undefined

  /** @param file of the database, whose log `mendLog` has looked at */
  constructor(file: string, logFd: number) {
    this.#log = readNote(guardFileOf(file))
    this.#fd = openSync(guardFileOf(file), constants.O_RDWR | constants.O_CREAT, 0o600)
    this.#logFd = logFd
  }

  /** Reads the frames that a flush is about to confirm. @param countFrames those of the log, in all */
  begin(countFrames: () => number): void {
    try {
      this.#log = this.#read(countFrames())
    } catch {
      this.#log = undefined
    }
  }

  /** The flush has succeeded. */
  confirm(): void {
    if (this.#log === undefined) return
    const { header, frames, parity } = this.#log
    const count = Buffer.alloc(countBytes)
    count.writeUInt32BE(frames)
    const note = Buffer.concat([count, header, parity])
    try {
      writeSync(this.#fd, Buffer.concat([note, sum(noChecksum, note)]), 0, undefined, 0)
    } catch {
      // The last note is still true.
    }
  }

  #read(frames: number): Confirmed | undefined {
    const header = readHeader(this.#logFd)
    const isNew = header !== undefined && isHeader(header) && !this.#log?.header.equals(header)
    const known = isNew ? { header, frames: 0, parity: Buffer.alloc(frameBytes(header)) } : this.#log
    if (known === undefined) return undefined
    for (let n = known.frames + 1; n <= frames; n++)
      mix(known.parity, readFrame(this.#logFd, n, known.header))
    return { ...known, frames: Math.max(frames, known.frames) }
  }

  /** The log is empty. The parity of a few frames would still tell what was in them, so it is overwritten. */
  forget(): void {
    this.#log = undefined
    try {
      writeSync(this.#fd, Buffer.alloc(fstatSync(this.#fd).size), 0, undefined, 0)
    } catch {
      // The next note overwrites it.
    }
  }

  close(): void {
    closeSync(this.#fd)
  }

  /** Puts right what has changed in what was confirmed. Nothing may write to the log meanwhile. */
  mend(): LogState {
    return this.#log === undefined ? 'sound' : mend(this.#logFd, this.#log)
  }
}

/** Puts right what has changed in the log of a database that nobody uses. */
export function mendLog(file: string): LogState {
  const confirmed = readNote(guardFileOf(file))
  if (confirmed === undefined || !existsSync(`${file}-wal`)) return 'sound'
  const fd = openSync(`${file}-wal`, 'r+')
  try {
    return mend(fd, confirmed)
  } finally {
    closeSync(fd)
  }
}

/** Undefined: nothing is confirmed, or the note itself is damaged. */
function readNote(file: string): Confirmed | undefined {
  const bytes = existsSync(file) ? readFileSync(file) : noChecksum
  const [note, checksum] = [bytes.subarray(0, -checksumBytes), bytes.subarray(-checksumBytes)]
  if (note.length === 0 || note.length % 8 > 0 || !sum(noChecksum, note).equals(checksum)) return undefined
  const frames = note.readUInt32BE(0)
  const parityAt = countBytes + headerBytes
  const header = note.subarray(countBytes, parityAt)
  return frames === 0 ? undefined : { header, frames, parity: note.subarray(parityAt) }
}

function mend(fd: number, log: Confirmed): LogState {
  const header = readHeader(fd)
  // Another program may have copied the log, and begun it again.
  if (header === undefined || !isSame(header, fd, log)) return 'sound'
  if (!header.equals(log.header)) writeSync(fd, log.header, 0, undefined, 0)
  const n = firstWrong(fd, log)
  if (n === undefined) return header.equals(log.header) ? 'sound' : 'mended'
  const before = n === 1 ? log.header : readFrame(fd, n - 1, log.header)
  const frame = restored(fd, n, log)
  if (before === undefined || !isGood(frame, before, log.header)) return 'damaged'
  writeSync(fd, frame, 0, undefined, placeOfFrame(n, log.header))
  return firstWrong(fd, log) === undefined ? 'mended' : 'damaged'
}

function isSame(header: Buffer, fd: number, log: Confirmed): boolean {
  if (header.equals(log.header)) return true
  const first = readFrame(fd, 1, log.header)
  return !isHeader(header) && first !== undefined && isOfLog(first, log.header)
}

function firstWrong(fd: number, { header, frames }: Confirmed): number | undefined {
  let before = header
  for (let n = 1; n <= frames; n++) {
    const frame = readFrame(fd, n, header)
    if (frame === undefined || !isGood(frame, before, header)) return n
    before = frame
  }
  return undefined
}

const isGood = (frame: Buffer, before: Buffer, header: Buffer) =>
  isOfLog(frame, header) && isNext(frame, before)

/** Frame `n` as the others and the parity have it. */
function restored(fd: number, n: number, { header, frames, parity }: Confirmed): Buffer {
  const frame = Buffer.from(parity)
  for (let other = 1; other <= frames; other++) if (other !== n) mix(frame, readFrame(fd, other, header))
  return frame
}

function mix(parity: Buffer, frame: Buffer | undefined): void {
  if (frame === undefined) return
  const [all, one] = [wordsOf(parity), wordsOf(frame)]
  for (let n = 0; n < all.length; n++) all[n] = (all[n] ?? 0) ^ (one[n] ?? 0)
}
