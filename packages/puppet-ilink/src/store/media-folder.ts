/**
 * The folder for media as plain files: received ones until newer ones replace them, outgoing ones until they are sent.
 * It is private and made when it is first needed; without a state folder it is temporary and deleted by `stop`.
 */

import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { mediaFolderLimits } from '../limits.ts'
import { partialExtension } from '../media/index.ts'
import type { MediaRoom, SparePlace } from './media-room.ts'

interface StoredFile {
  path: string
  bytes: number
  atMs: number
}

/** The files that exceed the caps, counted from the newest. */
export const surplus = (
  files: readonly StoredFile[],
  { maxFiles, maxBytes }: { maxFiles: number; maxBytes: number },
): StoredFile[] => {
  const newestFirst = [...files].sort((a, b) => b.atMs - a.atMs)
  let bytes = 0
  return newestFirst.filter((file, index) => {
    bytes += file.bytes
    return index > 0 && (index >= maxFiles || bytes > maxBytes)
  })
}

const keyLength = 32
/** Files made from the same received file have the same key, such as a voice message and its WAV. */
const keyOf = (path: string) => basename(path).slice(0, keyLength)

export class MediaFolder {
  readonly #permanent: string | undefined
  readonly #room: MediaRoom | undefined
  readonly #spare: SparePlace | undefined
  /** How many readers each key has. */
  readonly #inUse = new Map<string, number>()
  #path: Promise<string> | undefined
  #pruned: Promise<void> = Promise.resolve()

  /**
   * @param permanent undefined: a temporary folder
   * @param room for received files; undefined: the caps of this folder alone count
   */
  constructor(permanent: string | undefined, room?: MediaRoom) {
    this.#permanent = permanent
    this.#room = room
    this.#spare = room?.addSpare(async () => (await this.#files()).map((file) => this.#asSpare(file)))
  }

  /** The folder, which exists from now on. */
  async path(): Promise<string> {
    this.#path ??= this.#make()
    return await this.#path
  }

  /** Path of the file with this key, whether it exists or not. */
  async fileFor(key: string): Promise<string> {
    return join(await this.path(), createHash('sha256').update(key).digest('hex').slice(0, keyLength))
  }

  /** The file at `path`, and what is made from it, is not deleted before `until` aborts. */
  use(path: string, until: AbortSignal): void {
    if (until.aborted) return
    const key = keyOf(path)
    const count = (by: number) => this.#inUse.set(key, (this.#inUse.get(key) ?? 0) + by)
    count(1)
    const end = () => {
      count(-1)
      if (this.#inUse.get(key) === 0) this.#inUse.delete(key)
    }
    until.addEventListener('abort', end, { once: true })
  }

  /**
   * Stores a received file. `write` calls `grow` with the bytes of the file before it writes them.
   * @throws what `write` throws
   */
  async add(write: (grow?: (bytes: number) => Promise<void>) => Promise<unknown>): Promise<void> {
    const share = this.#room?.share()
    try {
      await write(share?.grow)
      // One after the other: a count that is overtaken by a later one lacks a file.
      this.#pruned = this.#pruned.catch(() => undefined).then(() => this.#prune())
      await this.#pruned
    } finally {
      share?.giveBack()
    }
  }

  async #prune(): Promise<void> {
    const files = await this.#files()
    const old = surplus(files, mediaFolderLimits).filter(({ path }) => !this.#inUse.has(keyOf(path)))
    for (const { path } of old) await rm(path, { force: true })
    this.#spare?.counted(sizeOf(files) - sizeOf(old))
  }

  /** Removes a temporary folder with everything in it. */
  async dispose(): Promise<void> {
    this.#spare?.close()
    if (this.#permanent !== undefined || this.#path === undefined) return
    await rm(await this.#path, { recursive: true, force: true })
    this.#path = undefined
  }

  async #make(): Promise<string> {
    if (this.#permanent === undefined) return await mkdtemp(join(tmpdir(), `puppet-ilink-${randomUUID()}-`))
    await mkdir(this.#permanent, { recursive: true, mode: 0o700 })
    const left = (await readdir(this.#permanent)).filter((name) => name.endsWith(partialExtension))
    for (const name of left) await rm(join(this.#permanent, name), { force: true })
    return this.#permanent
  }

  /** Those that are whole. */
  async #files(): Promise<StoredFile[]> {
    const folder = (await this.#path) ?? this.#permanent
    if (folder === undefined) return []
    const names = await readdir(folder).catch((): string[] => [])
    const whole = names.filter((name) => !name.endsWith(partialExtension))
    return (await Promise.all(whole.map((name) => describe(join(folder, name))))).flat()
  }

  #asSpare({ path, bytes, atMs }: StoredFile) {
    const inUse = this.#inUse.has(keyOf(path))
    return { bytes, atMs, inUse, remove: () => rm(path, { force: true }) }
  }
}

const sizeOf = (files: readonly StoredFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0)

/** Empty for a file that was deleted meanwhile. */
const describe = async (path: string): Promise<StoredFile[]> => {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() ? [{ path, bytes: found.size, atMs: found.mtimeMs }] : []
}
