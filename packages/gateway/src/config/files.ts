/**
 * The files of a configuration. Each is a regular one, of bounded size, in UTF-8, and nothing else. That one was saved is
 * noticed by looking twice a second: that also sees files that editors replace, links that a container's platform moves
 * on, and network folders, where events do not come.
 */

import type { Stats } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { codeOf } from '@moltbot/channel-sdk'

/** Generous for people, tight enough for a damaged or hostile file. */
const maxFileBytes = 1024 * 1024

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
  // A pipe or a device could keep the gateway waiting indefinitely.
  if (!stats.isFile()) throw new Error('not a regular file')
  if (stats.size > maxFileBytes) throw new Error(`larger than ${maxFileBytes} bytes`)
  return { text: decode(await readFile(path)), stamp: stampOf(stats) }
}

/** As the file is now. Never throws: a file that is not there is in a state too. */
async function stampFile(path: string): Promise<Stamp> {
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

export interface FileWatcher {
  close(): void
}

const lookEveryMs = 500
/** An editor may write in several steps, and several files may be saved at once. */
const settleMs = 200

/**
 * Calls `onChange` once for changes that come together. Does not keep the process alive.
 * @param read the state in which each file was read: what has changed since is found too
 */
export function watchFiles(read: ReadonlyMap<string, Stamp>, onChange: () => void): FileWatcher {
  const known = new Map(read)
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const later = (waitMs: number, step: () => void) => {
    if (!closed) timer = setTimeout(step, waitMs).unref()
  }
  const look = async () => {
    let changed = false
    for (const [file, stamp] of known) {
      const now = await stampFile(file)
      known.set(file, now)
      changed ||= now !== stamp
    }
    if (changed) later(settleMs, settled)
    else later(lookEveryMs, look)
  }
  const settled = () => {
    later(lookEveryMs, look)
    onChange()
  }
  later(lookEveryMs, look)
  return {
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}
