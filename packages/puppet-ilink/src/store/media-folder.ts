/**
 * The folder for media as plain files: received ones until newer ones replace them, outgoing ones until they are sent.
 * It is private and made when it is first needed; without a state folder it is temporary and deleted by `stop`.
 */

import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mediaFolderLimits } from '../limits.ts'

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

export class MediaFolder {
  readonly #permanent: string | undefined
  #path: Promise<string> | undefined

  /** @param permanent undefined: a temporary folder */
  constructor(permanent: string | undefined) {
    this.#permanent = permanent
  }

  /** The folder, which exists from now on. */
  async path(): Promise<string> {
    this.#path ??= this.#make()
    return await this.#path
  }

  /** Path of the file with this key, whether it exists or not. */
  async fileFor(key: string): Promise<string> {
    return join(await this.path(), createHash('sha256').update(key).digest('hex').slice(0, 32))
  }

  async prune(): Promise<void> {
    const folder = await this.path()
    const names = await readdir(folder)
    const files = await Promise.all(names.map((name) => describe(join(folder, name))))
    for (const { path } of surplus(files.flat(), mediaFolderLimits)) await rm(path, { force: true })
  }

  /** Removes a temporary folder with everything in it. */
  async dispose(): Promise<void> {
    if (this.#permanent !== undefined || this.#path === undefined) return
    await rm(await this.#path, { recursive: true, force: true })
    this.#path = undefined
  }

  async #make(): Promise<string> {
    if (this.#permanent === undefined) return await mkdtemp(join(tmpdir(), `puppet-ilink-${randomUUID()}-`))
    await mkdir(this.#permanent, { recursive: true, mode: 0o700 })
    return this.#permanent
  }
}

/** Empty for a file that was deleted meanwhile. */
const describe = async (path: string): Promise<StoredFile[]> => {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() ? [{ path, bytes: found.size, atMs: found.mtimeMs }] : []
}
