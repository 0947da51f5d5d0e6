/**
 * Writes streams to private files with a size limit and little memory. A file that cannot be written completely is removed.
 */

import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type DiskShare, MoltbotError } from '@moltbot/channel-sdk'

const bytesPerMb = 1024 * 1024

export interface FileLimits {
  readonly maxBytes: number
  /** Takes room on the disk: called with the bytes of the file before they are written. */
  readonly grow?: DiskShare['grow']
  readonly signal: AbortSignal
  /** Resolves when the content is on the disk. */
  readonly flush?: boolean
}

/**
 * Stores a stream as the new file `path`.
 * @throws `media-too-large`, `media-no-room`, the error of the stream, and the reason of `signal` if it is aborted
 */
export async function writeCapped(
  content: Readable,
  path: string,
  { signal, flush = false, ...limits }: FileLimits,
): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600, flush })
  const closed = new Promise<void>((resolve) => file.once('close', resolve))
  try {
    await pipeline(content, capped(limits), file, { signal })
  } catch (error) {
    // Removing a file that is still being opened would have no effect.
    await closed
    await rm(path, { force: true })
    throw error
  }
}

export function mediaTooLarge(maxBytes: number): MoltbotError {
  const limit = `${maxBytes / bytesPerMb} MB`
  return new MoltbotError(
    'media-too-large',
    `the file is larger than ${limit}, the limit of the account (mediaMaxMb) or its backend`,
  )
}

function capped({ maxBytes, grow }: Omit<FileLimits, 'signal'>) {
  return async function* (source: AsyncIterable<Buffer>) {
    let bytes = 0
    for await (const piece of source) {
      bytes += piece.length
      if (bytes > maxBytes) throw mediaTooLarge(maxBytes)
      await grow?.(bytes)
      yield piece
    }
  }
}
