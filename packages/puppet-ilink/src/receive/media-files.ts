/**
 * The file of a received message: downloaded when it is asked for, deciphered, and stored for the next time. Voice
 * messages are converted to WAV if possible.
 */

import { stat, utimes } from 'node:fs/promises'
import { FileBox, type FileBoxInterface } from 'file-box'
import { mediaFailure, refusedLocally } from '../errors.ts'
import { maxMediaBytes } from '../limits.ts'
import {
  type Cdn,
  contentTypeOfFile,
  downloadMedia,
  MediaError,
  mediaRefOf,
  silkToWav,
} from '../media/index.ts'
import type { MediaContent } from '../schema/content.ts'
import { fileNameOf } from '../schema/message.ts'
import type { MediaFolder } from '../store/media-folder.ts'

const exists = async (path: string) => (await stat(path).catch(() => undefined)) !== undefined

/** Whether the file is there. The files that were used last are the last to be deleted. */
const touched = (path: string) =>
  utimes(path, new Date(), new Date()).then(
    () => true,
    () => false,
  )

/** What one caller is ready to wait for. */
export interface FileLimits {
  /** A larger file is not downloaded. */
  readonly maxBytes?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** The stored file is not deleted before this aborts. Default: it may be, as soon as newer ones need its room. */
  readonly until?: AbortSignal | undefined
}

interface Download {
  readonly path: Promise<string>
  /** Ends it. */
  readonly over: AbortController
  /** Callers who wait for it. */
  waiting: number
}

export class MediaFiles {
  readonly #folder: MediaFolder
  readonly #cdn: Cdn
  readonly #signal: AbortSignal
  /** Running downloads by destination: a file that is asked for twice is downloaded once. */
  readonly #underWay = new Map<string, Download>()

  constructor(folder: MediaFolder, cdn: Cdn, signal: AbortSignal) {
    this.#folder = folder
    this.#cdn = cdn
    this.#signal = signal
  }

  /**
   * @param id of the message, or of a quoted file
   * @param limits `maxBytes` defaults to the largest file that iLink takes; a download ends when the `signal` of each
   * caller who waits for it has aborted
   * @throws ILinkError: `media-…`, aborted, invalid-argument when the item has no location
   */
  async file(id: string, content: MediaContent, limits: FileLimits = {}): Promise<FileBoxInterface> {
    return await this.#box(id, content, limits).catch((error: unknown) => {
      limits.signal?.throwIfAborted()
      throw mediaFailure(error, this.#signal)
    })
  }

  async #box(id: string, content: MediaContent, limits: FileLimits): Promise<FileBoxInterface> {
    if (limits.until) this.#folder.use(await this.#folder.fileFor(id), limits.until)
    const path = await this.#fetched(id, content, limits)
    if (content.kind === 'voice') return await this.#voice(id, content, path, limits)
    const type = content.kind === 'file' ? undefined : await contentTypeOfFile(path)
    return FileBox.fromFile(path, fileNameOf(id, content, type?.extension))
  }

  async #fetched(id: string, content: MediaContent, { signal, maxBytes }: FileLimits): Promise<string> {
    signal?.throwIfAborted()
    const limit = Math.min(maxBytes ?? maxMediaBytes, maxMediaBytes)
    const key = `${limit} ${id}`
    const download = this.#underWay.get(key) ?? this.#begin(key, id, content, limit)
    download.waiting += 1
    const left = Promise.withResolvers<never>()
    const onAbort = () => left.reject(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([download.path, left.promise])
    } finally {
      signal?.removeEventListener('abort', onAbort)
      download.waiting -= 1
      if (download.waiting === 0) this.#end(key, download)
    }
  }

  #begin(key: string, id: string, content: MediaContent, maxBytes: number): Download {
    const over = new AbortController()
    const signal = AbortSignal.any([this.#signal, over.signal])
    const download: Download = { path: this.#fetch(id, content, maxBytes, signal), over, waiting: 0 }
    // Of a download that everyone has given up, no one hears.
    download.path.catch(() => undefined)
    this.#underWay.set(key, download)
    return download
  }

  #end(key: string, download: Download): void {
    download.over.abort()
    if (this.#underWay.get(key) === download) this.#underWay.delete(key)
  }

  async #fetch(id: string, content: MediaContent, maxBytes: number, signal: AbortSignal): Promise<string> {
    const path = await this.#folder.fileFor(id)
    if (await touched(path)) return path
    const ref = mediaRefOf(content.item)
    if (ref === undefined) {
      throw refusedLocally('invalid-argument', `The ${content.kind} of message ${id} has no location`, false)
    }
    await this.#folder.add((grow) => downloadMedia(ref, path, { ...this.#cdn, signal, maxBytes, grow }))
    return path
  }

  /** WAV, or the raw bytes when they cannot be decoded. */
  async #voice(
    id: string,
    content: MediaContent,
    path: string,
    limits: FileLimits,
  ): Promise<FileBoxInterface> {
    const wav = `${path}.wav`
    const signal = AbortSignal.any([this.#signal, ...(limits.signal ? [limits.signal] : [])])
    try {
      if (!(await exists(wav))) await this.#folder.add((grow) => silkToWav(path, wav, { signal, grow }))
      return FileBox.fromFile(wav, fileNameOf(id, content, '.wav'))
    } catch (error) {
      if (!(error instanceof MediaError)) throw error
      return FileBox.fromFile(path, fileNameOf(id, content, '.silk'))
    }
  }
}
