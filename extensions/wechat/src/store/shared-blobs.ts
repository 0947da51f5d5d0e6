/**
 * Files that wait to be sent, for a store that several machines use: the copy in the store is the one that counts, and the
 * folder of this machine is a cache of it. A file is written and read part by part, so that none is in memory whole.
 */

import { createReadStream, existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { MoltbotError } from '@moltbot/channel-sdk'
import { writeCapped } from '../files/capped-file.ts'
import type { Blobs } from './blobs.ts'

/** Parts of files in an account's store. */
export interface BlobParts {
  /** Durable. @throws `lease-lost` */
  put(key: string, part: number, bytes: Uint8Array): Promise<void>
  get(key: string, part: number): Promise<Uint8Array | undefined>
  remove(key: string): Promise<void>
  /** Removes the files that are neither needed nor of this run. @returns how many */
  sweep(needed: readonly string[], runId: string): Promise<number>
}

/** Bytes of a part. */
export const partBytes = 1024 * 1024
const never = new AbortController().signal

export interface SharedOptions {
  readonly runId: string
  /** Every machine sees the folder: a new file is in it only. What is in the store is read from there as ever. */
  readonly isFolderShared?: boolean
}

/** @param local where copies are on this machine, by the same keys */
export function sharedBlobs(
  local: Blobs,
  parts: BlobParts,
  { runId, isFolderShared = false }: SharedOptions,
): Blobs {
  return {
    async put(content, limit) {
      const key = await local.put(content, limit)
      if (isFolderShared) return key
      try {
        let part = 0
        for await (const bytes of createReadStream(await local.path(key), { highWaterMark: partBytes })) {
          limit.signal.throwIfAborted()
          await parts.put(key, part++, bytes)
        }
        return key
      } catch (error) {
        await local.remove(key)
        await parts.remove(key).catch(() => undefined) // The next sweep removes it.
        throw error
      }
    },
    async path(key) {
      const path = await local.path(key)
      if (!existsSync(path)) await fetchTo(path, key, parts)
      return path
    },
    async remove(key) {
      await local.remove(key)
      await parts.remove(key)
    },
    async sweep(needed) {
      await parts.sweep(needed, runId)
      return local.sweep(needed)
    },
    close: () => local.close(),
  }
}

async function fetchTo(path: string, key: string, parts: BlobParts): Promise<void> {
  const first = await parts.get(key, 0)
  if (first === undefined) throw new MoltbotError('media-gone', 'the file is not stored any more')
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const part = `${path}.part`
  await writeCapped(Readable.from(restOf(first, key, parts)), part, { maxBytes: Infinity, signal: never })
  await rename(part, path)
}

async function* restOf(first: Uint8Array, key: string, parts: BlobParts): AsyncGenerator<Uint8Array> {
  yield first
  for (let part = 1; ; part++) {
    const bytes = await parts.get(key, part)
    if (bytes === undefined) return
    yield bytes
  }
}
