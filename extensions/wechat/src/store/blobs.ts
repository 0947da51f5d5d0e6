/**
 * Where files lie that wait to be sent: copies, since what they were made from may change or go before. A copy goes when
 * its outbox row has ended; one that a kill left without a row goes at the next start.
 */

import { randomUUID } from 'node:crypto'
import type { Stats } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { codeOf, DiskBudget, type DiskShare } from '@moltbot/channel-sdk'
import { writeCapped } from '../files/capped-file.ts'

/** Below the channel's folder, with a folder for each account. */
export const outgoingFolder = 'outgoing'

export interface BlobLimit {
  readonly maxBytes: number
  readonly isText?: boolean
  readonly signal: AbortSignal
}

export interface Blobs {
  /**
   * Keeps a copy of what a stream holds. Resolves when it is on the disk, as the reply that needs it will be.
   * @returns its key
   * @param limit `isText`: part of the text of an answer, which is stored even if there is no room for files
   * @throws `media-too-large`, `media-no-room`, what the stream fails with, the reason of `signal`; nothing is kept then
   */
  put(content: Readable, limit: BlobLimit): Promise<string>
  /** Where a copy can be read on this machine. */
  path(key: string): Promise<string>
  /** Does nothing where there is no such copy. */
  remove(key: string): Promise<void>
  /** Removes the copies of earlier runs but those that are still needed, which take their room again. @returns how many */
  sweep(needed: readonly string[]): Promise<number>
  /** The copies stay, and their room is not counted any more. */
  close(): void
}

/**
 * Copies as files of one folder.
 * @param runId prefix of the files written by this run. Other files without an outbox row are leftovers; this run's own
 * may still be about to get theirs.
 * @param disk the copies take room of it until they are removed. Default: room without end
 * @param mayRemove asked for each leftover, right before it is removed. Default: every one
 */
export function folderBlobs(
  folder: string,
  runId: string,
  disk: Pick<DiskBudget, 'share'> = new DiskBudget(),
  mayRemove: (file: Stats) => boolean = () => true,
): Blobs {
  // A key is a plain file name, whatever a row says.
  const pathOf = (key: string) => join(folder, basename(key))
  const shares = new Map<string, DiskShare>()
  const settle = async (key: string, share: DiskShare) => {
    share.settle((await stat(pathOf(key))).size)
    shares.set(key, share)
  }
  return {
    async put(content, { maxBytes, isText = false, signal }) {
      const key = `${runId}.${randomUUID()}`
      const share = disk.share()
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await writeCapped(content, pathOf(key), {
          maxBytes,
          signal,
          flush: true,
          ...(!isText && { grow: share.grow }),
        })
        await settle(key, share)
        return key
      } catch (error) {
        share.giveBack()
        throw error
      } finally {
        content.destroy()
      }
    },
    path: async (key) => pathOf(key),
    async remove(key) {
      await rm(pathOf(key), { force: true })
      shares.get(key)?.giveBack()
      shares.delete(key)
    },
    async sweep(needed) {
      const kept = new Set(needed)
      const names = await namesIn(folder)
      let removed = 0
      for (const name of names.filter((one) => !one.startsWith(runId) && !kept.has(one))) {
        const file = await stat(pathOf(name)).catch(() => undefined)
        if (file === undefined || !mayRemove(file)) continue
        await rm(pathOf(name), { force: true })
        removed += 1
      }
      for (const name of names) if (kept.has(name) && !shares.has(name)) await settle(name, disk.share())
      return removed
    },
    close() {
      for (const share of shares.values()) share.giveBack()
    },
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
}
