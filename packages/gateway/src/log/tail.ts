/**
 * The end of the log, over the files that it was rotated into.
 */

import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import type { LogLine } from './guidance.ts'

/** Old files that are looked for; `logging.maxFiles` may keep more. */
const maxOldFiles = 20

/**
 * The newest lines of the log, oldest first. A line that is not JSON is left out.
 * @param path the file that is being written
 * @param maxBytes what is read at most; a line that is only partly in it is left out
 * @throws what the system says about a file that cannot be read
 */
export function tailOfLog(path: string, maxBytes: number): LogLine[] {
  const texts: string[] = []
  let left = maxBytes
  for (let index = 0; index <= maxOldFiles && left > 0; index++) {
    const text = endOf(index === 0 ? path : `${path}.${index}`, left)
    if (text === undefined) break
    texts.unshift(text)
    left -= Buffer.byteLength(text)
  }
  return texts.flatMap((text) => text.split('\n')).flatMap(parsedLine)
}

/** Whole lines from the end of a file. Undefined where there is no file. */
function endOf(path: string, maxBytes: number): string | undefined {
  if (!existsSync(path)) return undefined
  const fd = openSync(path, 'r')
  try {
    const { size } = fstatSync(fd)
    const from = Math.max(0, size - maxBytes - 1) // With the end of the line before, if that is whole.
    const data = Buffer.alloc(size - from)
    const bytes = readSync(fd, data, 0, data.length, from)
    const text = data.subarray(0, bytes).toString()
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    closeSync(fd)
  }
}

export function parsedLine(text: string): LogLine[] {
  if (text.trim() === '') return []
  try {
    const line: unknown = JSON.parse(text)
    return typeof line === 'object' && line !== null && !Array.isArray(line) ? [{ ...line }] : []
  } catch {
    return [] // Cut off by a crash, or by the end of what was read.
  }
}
