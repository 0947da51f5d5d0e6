/**
 * Reading a configuration file: a regular one, of bounded size, in UTF-8, and nothing else.
 */

import type { Stats } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { codeOf } from '@moltbot/channel-sdk'
import { maxFileBytes } from './limits.ts'

/** Tells one state of a file from another. */
export type Stamp = string

export interface ReadFile {
  readonly text: string
  /** From just before it was read. */
  readonly stamp: Stamp
}

/** @throws an Error in words, or the file system's own. */
export async function readText(path: string): Promise<ReadFile> {
  const stats = await stat(path)
  // A pipe or a device could keep the gateway waiting for ever.
  if (!stats.isFile()) throw new Error('not a regular file')
  if (stats.size > maxFileBytes) throw new Error(`larger than ${maxFileBytes} bytes`)
  return { text: decode(await readFile(path)), stamp: stampOf(stats) }
}

/** As the file is now. Never throws: a file that is not there is in a state too. */
export async function stampFile(path: string): Promise<Stamp> {
  return stat(path).then(stampOf, (error: unknown) => codeOf(error))
}

function stampOf({ mtimeMs, size, ino }: Stats): Stamp {
  return [mtimeMs, size, ino].join()
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Error('not UTF-8 text')
  }
}
