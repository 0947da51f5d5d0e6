/**
 * Files that tools returned in a turn: the model is shown the pictures, and `send_file` can send each of them under the
 * name that the model was told.
 */

import { extname } from 'node:path'
import type { FilePart, UserModelMessage } from 'ai'
import { untrustedItems } from '../agent/untrusted.ts'
import type { ToolFile } from '../tools/tool.ts'
import { maxImageBytes, readPicture } from './picture.ts'
import { maxImages } from './read-files.ts'
import type { TurnFolder } from './turn-folder.ts'
import type { TurnMemory } from './turn-memory.ts'

/** Of one turn. */
const maxFiles = 20
const maxBytesInAll = 32 * 1024 * 1024
const maxNameLength = 60
const unseen = 'you cannot see it'

export interface ProducedFilesOptions {
  readonly folder: TurnFolder
  /** Of the turn; pictures stay in it until the turn is over. */
  readonly memory: Pick<TurnMemory, 'tryHold'>
  readonly takesImages: boolean
  readonly signal: AbortSignal
}

export class ProducedFiles {
  readonly #options: ProducedFilesOptions
  readonly #paths = new Map<string, string>()
  #bytes = 0
  #images = 0
  /** Pictures that the model has not been shown yet. */
  #unseen: { readonly name: string; readonly part: FilePart }[] = []

  constructor(options: ProducedFilesOptions) {
    this.#options = options
  }

  /** Stores a file. @returns words about it, which take its place in the tool's result. Never rejects. */
  async add({ bytes, mimeType, name: wanted }: ToolFile): Promise<string> {
    const what = `${mimeType.slice(0, maxNameLength)}, ${bytes.length} bytes`
    if (this.#paths.size === maxFiles || this.#bytes + bytes.length > maxBytesInAll)
      return `(${what}: left out, this turn has too many files from tools)`
    const name = this.#freeName(wanted)
    const { folder, signal } = this.#options
    this.#bytes += bytes.length
    try {
      this.#paths.set(name, '') // Taken while it is written.
      this.#paths.set(name, await folder.store(bytes, bytes.length, signal))
    } catch {
      this.#paths.delete(name)
      return `(${what}: it could not be stored)`
    }
    const seen = await this.#show(name, mimeType, bytes.length)
    return `(${what}: ${seen}; send_file sends it to the person if you give the path ${JSON.stringify(name)})`
  }

  /** @returns where the file of this name is; undefined where there is none */
  path(name: string): string | undefined {
    return this.#paths.get(name) || undefined
  }

  /** What the model is shown before its next step: each picture once. */
  takeUnseen(): UserModelMessage[] {
    const images = this.#unseen
    if (images.length === 0) return []
    this.#unseen = []
    const about = 'pictures that tools returned, in the order in which they follow'
    const text = untrustedItems(
      about,
      images.map(({ name }) => ({ name })),
    )
    return [{ role: 'user', content: [{ type: 'text', text }, ...images.map(({ part }) => part)] }]
  }

  /** @returns whether the model sees it, in words for it */
  async #show(name: string, mimeType: string, bytes: number): Promise<string> {
    const { memory, takesImages, signal } = this.#options
    const path = this.path(name)
    if (path === undefined || !takesImages || this.#images === maxImages) return unseen
    // Without waiting: turns that hold files and wait for each other would never end.
    if (!memory.tryHold(Math.min(bytes, maxImageBytes))) return `${unseen} now, there is no memory for it`
    this.#images++
    const content = await readPicture({ path, mimeType }, signal).catch(() => undefined)
    if (content?.kind !== 'image') return unseen
    this.#unseen.push({ name, part: { type: 'file', mediaType: content.mediaType, data: content.bytes } })
    return 'you see it after this result'
  }

  #freeName(wanted: string): string {
    const clean = wanted.replaceAll(/[^\p{L}\p{N}._-]/gu, '_').replace(/^[._]+/, '') || 'file'
    const extension = extname(clean).slice(0, 10)
    const stem = clean.slice(0, clean.length - extname(clean).length).slice(0, maxNameLength)
    let name = stem + extension
    for (let n = 2; this.#paths.has(name); n++) name = `${stem}-${n}${extension}`
    return name
  }
}
