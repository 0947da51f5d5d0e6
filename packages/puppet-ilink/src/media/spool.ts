/**
 * Writes a stream or buffer to a file before it is sent: the CDN needs size and hash before the first byte.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { addAbortSignal, Readable } from 'node:stream'
import { watched, watching } from './transfer.ts'
import { type StoredFile, storeWhole } from './whole-file.ts'

/**
 * Writes `source` to a new file of `folder` (mode 0600), which the caller removes. A stream that stands still for 60 s
 * ends with `media-timeout`.
 * @throws MediaError `media-too-large`, `media-timeout`, `media-file-failed`; the signal's reason; the stream's error
 */
export const spool = async (
  source: Readable | Uint8Array,
  folder: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<StoredFile & { path: string }> => {
  const path = join(folder, randomUUID())
  const stream = source instanceof Readable ? source : Readable.from([source])
  return watching(signal, undefined, async (guard) => {
    const chunks = watched(bytesOf(addAbortSignal(guard.signal, stream)), guard, (error) => error)
    return { path, ...(await storeWhole(chunks, path, { maxBytes })) }
  })
}

/** A stream with an encoding yields text. */
async function* bytesOf(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}
