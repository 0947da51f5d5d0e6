/**
 * The write-ahead log as SQLite writes it: a header, and frames with a page each. A checksum goes on from one to the next
 * (sqlite.org/fileformat.html#the_write_ahead_log).
 */

import { readSync } from 'node:fs'

export const headerBytes = 32
const frameHeaderBytes = 24
const wordBytes = 4
/** Before the first checksum of a log. */
export const noChecksum = Buffer.alloc(8)

/** Undefined: the file is shorter. */
export const readHeader = (fd: number) => read(fd, 0, headerBytes)

/** @param n counts from 1. Undefined: the file is shorter. */
export function readFrame(fd: number, n: number, header: Buffer): Buffer | undefined {
  return read(fd, placeOfFrame(n, header), frameBytes(header))
}

export const frameBytes = (header: Buffer) => frameHeaderBytes + header.readUInt32BE(8)

export const placeOfFrame = (n: number, header: Buffer) => headerBytes + (n - 1) * frameBytes(header)

export function isHeader(header: Buffer): boolean {
  return sum(noChecksum, header.subarray(0, 24)).equals(header.subarray(24))
}

/** Whether it belongs to the log with this header: one that is begun again gets other salts. */
export const isOfLog = (frame: Buffer, header: Buffer) =>
  frame.subarray(8, 16).equals(header.subarray(16, 24))

/** @param before the block before it: a frame, or the header */
export function isNext(frame: Buffer, before: Buffer): boolean {
  const atStart = before.length === headerBytes ? before.subarray(24) : before.subarray(16, 24)
  const atPage = sum(atStart, frame.subarray(0, 8))
  return sum(atPage, frame.subarray(frameHeaderBytes)).equals(frame.subarray(16, 24))
}

/** Adds `bytes` to a checksum: words in this machine's byte order, two at a time. */
export function sum(before: Buffer, bytes: Buffer): Buffer {
  const words = wordsOf(bytes)
  let [a, b] = [before.readInt32BE(0), before.readInt32BE(4)]
  for (let n = 0; n + 1 < words.length; n += 2) {
    a = (a + (words[n] ?? 0) + b) | 0
    b = (b + (words[n + 1] ?? 0) + a) | 0
  }
  const result = Buffer.alloc(8)
  result.writeInt32BE(a, 0)
  result.writeInt32BE(b, 4)
  return result
}

/** @param bytes whose place in memory is a multiple of a word's length */
export const wordsOf = ({ buffer, byteOffset, length }: Buffer) =>
  new Int32Array(buffer, byteOffset, length / wordBytes)

function read(fd: number, at: number, length: number): Buffer | undefined {
  const bytes = Buffer.alloc(length)
  return readSync(fd, bytes, 0, length, at) === length ? bytes : undefined
}
