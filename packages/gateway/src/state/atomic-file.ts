/**
 * Small private files that are either whole or not there, whatever happens while they are written.
 */

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'

/** Replaces `file` with `text`, mode 0600: a reader sees the old content or the new one, a power cut too. */
export function writeFileAtomic(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`
  const handle = openSync(draft, 'w', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(draft, file)
}

/** Resolves when the content of a file, or the names in a folder, survive a power failure. Windows flushes no folders. */
export async function flushToDisk(path: string): Promise<void> {
  const isFolder = (await stat(path)).isDirectory()
  if (isFolder && process.platform === 'win32') return
  const handle = await open(path, isFolder ? 'r' : 'r+')
  await handle.sync().finally(() => handle.close())
}

/** The text of `file`, undefined where there is none. */
export function readFileIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
