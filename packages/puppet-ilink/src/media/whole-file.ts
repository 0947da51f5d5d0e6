/**
 * Files that appear whole or not at all: written beside their destination under another name and renamed at the end.
 */
import { createHash, randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { fileFailure, MediaError } from './errors.ts'

/** How the names of files end that are not whole. */
export const partialExtension = '.part'

/** What a file that is being stored must keep to. */
export interface StoreLimits {
  /** Bytes. */
  readonly maxBytes: number
  /** Called with the bytes of the file before they are written; the file is given up when it rejects. */
  readonly grow?: ((bytes: number) => Promise<void>) | undefined
}

export interface StoredFile {
  /** Bytes. */
  size: number
  /** Lower-case hex. */
  md5: string
}

/**
 * Writes `chunks` to `destination` (mode 0600, replacing what is there); its folder must exist. `verify` may
 * throw before the file appears. Nothing is left on failure.
 * @throws MediaError `media-too-large` over `maxBytes`, `media-no-room`, `media-file-failed`; whatever `chunks` or
 * `verify` throw
 */
export const storeWhole = async (
  chunks: AsyncIterable<Uint8Array>,
  destination: string,
  limits: StoreLimits,
  verify?: (stored: StoredFile) => void,
): Promise<StoredFile> => {
  const partial = `${destination}.${randomBytes(6).toString('hex')}${partialExtension}`
  try {
    const stored = await write(chunks, partial, limits)
    verify?.(stored)
    await rename(partial, destination)
    return stored
  } catch (error) {
    await rm(partial, { force: true })
    throw fileFailure(error)
  }
}

const write = async (
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  { maxBytes, grow }: StoreLimits,
): Promise<StoredFile> => {
  const hash = createHash('md5')
  let size = 0
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of chunks) {
      size += chunk.length
      if (size > maxBytes) throw tooLarge(maxBytes)
      await grow?.(size).catch(noRoom)
      // Appends, while this thread hashes; both are done with the chunk before the next one comes into its buffer.
      const written = file.writeFile(chunk)
      hash.update(chunk)
      await written
    }
  } finally {
    await file.close()
  }
  return { size, md5: hash.digest('hex') }
}

const noRoom = (cause: unknown): never => {
  throw new MediaError('media-no-room', 'There is no room for the media on the disk', { cause })
}

/** The error for a file over its cap. */
export const tooLarge = (maxBytes: number): MediaError =>
  new MediaError('media-too-large', `The media is larger than ${maxBytes} bytes`)
