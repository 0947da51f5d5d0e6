/**
 * Where files lie that wait to be sent: copies, since what they were made from may change or go before. A copy goes when
 * its outbox row has ended; one that a kill left without a row goes at the next start.
 */

import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { codeOf } from '@moltbot/channel-sdk'
import { writeCapped } from '../files/capped-file.ts'

export interface Blobs {
  /**
   * Keeps a copy of what a stream holds.
   * @returns its key
   * @throws `media-too-large`, what the stream fails with, the reason of `signal`; nothing is kept then
   */
  put(content: Readable, limit: { readonly maxBytes: number; readonly signal: AbortSignal }): Promise<string>
  /** Where a copy can be read on this machine. */
  path(key: string): Promise<string>
  /** Does nothing where there is no such copy. */
  remove(key: string): Promise<void>
  /** Removes the copies of earlier runs but those that are still needed. @returns how many */
  sweep(needed: readonly string[]): Promise<number>
}

/**
 * Copies as files of one folder.
 * @param runId prefix of the files written by this run. Other files without an outbox row are leftovers; this run's own
 * may still be about to get theirs.
 */
export function folderBlobs(folder: string, runId: string): Blobs {
  // A key is a plain file name, whatever a row says.
  const pathOf = (key: string) => join(folder, basename(key))
  return {
    async put(content, { maxBytes, signal }) {
      const key = `${runId}.${randomUUID()}`
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await writeCapped(content, pathOf(key), maxBytes, signal)
        return key
      } finally {
        content.destroy()
      }
    },
    path: async (key) => pathOf(key),
    remove: (key) => rm(pathOf(key), { force: true }),
    async sweep(needed) {
      const kept = new Set(needed)
      const leftovers = (await namesIn(folder)).filter((name) => !name.startsWith(runId) && !kept.has(name))
      for (const name of leftovers) await rm(pathOf(name), { force: true })
      return leftovers.length
    },
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
}
