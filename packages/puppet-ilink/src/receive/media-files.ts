/**
 * The file of a received message: downloaded when it is asked for, deciphered, and stored for the next time. Voice
 * messages are converted to WAV if possible.
 */

import { stat } from 'node:fs/promises'
import { FileBox, type FileBoxInterface } from 'file-box'
import { mediaFailure, refusedLocally } from '../errors.ts'
import { maxMediaBytes } from '../limits.ts'
import { contentTypeOfFile, downloadMedia, MediaError, mediaRefOf, silkToWav } from '../media/index.ts'
import type { MediaContent } from '../schema/content.ts'
import { fileNameOf } from '../schema/message.ts'
import type { MediaFolder } from '../store/media-folder.ts'

const exists = async (path: string) => (await stat(path).catch(() => undefined)) !== undefined

export class MediaFiles {
  readonly #folder: MediaFolder
  readonly #cdnBaseUrl: string
  readonly #signal: AbortSignal
  /** Running downloads: a file that is asked for twice is downloaded once. */
  readonly #underWay = new Map<string, Promise<string>>()

  constructor(folder: MediaFolder, cdnBaseUrl: string, signal: AbortSignal) {
    this.#folder = folder
    this.#cdnBaseUrl = cdnBaseUrl
    this.#signal = signal
  }

  /**
   * @param id of the message, or of a quoted file
   * @throws ILinkError: `media-…`, aborted, invalid-argument when the item has no location
   */
  async file(id: string, content: MediaContent): Promise<FileBoxInterface> {
    return await this.#box(id, content).catch((error: unknown) => {
      throw mediaFailure(error, this.#signal)
    })
  }

  async #box(id: string, content: MediaContent): Promise<FileBoxInterface> {
    const path = await this.#fetched(id, content)
    if (content.kind === 'voice') return await this.#voice(id, content, path)
    const type = content.kind === 'file' ? undefined : await contentTypeOfFile(path)
    return FileBox.fromFile(path, fileNameOf(id, content, type?.extension))
  }

  async #fetched(id: string, content: MediaContent): Promise<string> {
    const known = this.#underWay.get(id)
    if (known !== undefined) return await known
    const work = this.#fetch(id, content)
    this.#underWay.set(id, work)
    try {
      return await work
    } finally {
      this.#underWay.delete(id)
    }
  }

  async #fetch(id: string, content: MediaContent): Promise<string> {
    const path = await this.#folder.fileFor(id)
    if (await exists(path)) return path
    const ref = mediaRefOf(content.item)
    if (ref === undefined) {
      throw refusedLocally('invalid-argument', `The ${content.kind} of message ${id} has no location`, false)
    }
    const options = { cdnBaseUrl: this.#cdnBaseUrl, signal: this.#signal, maxBytes: maxMediaBytes }
    await downloadMedia(ref, path, options)
    await this.#folder.prune()
    return path
  }

  /** WAV, or the raw bytes when they cannot be decoded. */
  async #voice(id: string, content: MediaContent, path: string): Promise<FileBoxInterface> {
    const wav = `${path}.wav`
    try {
      if (!(await exists(wav))) await silkToWav(path, wav)
      return FileBox.fromFile(wav, fileNameOf(id, content, '.wav'))
    } catch (error) {
      if (!(error instanceof MediaError)) throw error
      return FileBox.fromFile(path, fileNameOf(id, content, '.silk'))
    }
  }
}
