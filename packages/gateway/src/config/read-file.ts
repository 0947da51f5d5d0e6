/**
 * Reading a configuration file: a regular one, of bounded size, in UTF-8, and nothing else.
 */

import { readFile, stat } from 'node:fs/promises'
import { maxFileBytes } from './limits.ts'

/** @throws an Error in words, or the file system's own. */
export async function readText(path: string): Promise<string> {
  const stats = await stat(path)
  // A pipe or a device could keep the gateway waiting for ever.
  if (!stats.isFile()) throw new Error('not a regular file')
  if (stats.size > maxFileBytes) throw new Error(`larger than ${maxFileBytes} bytes`)
  return decode(await readFile(path))
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Error('not UTF-8 text')
  }
}
