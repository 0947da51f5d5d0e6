/**
 * Files of messages, and of the parts of answers, that an operator can look at: moved here when the channel needs them no
 * more, and deleted with the texts of their messages. They are spare: their room on the disk is given to files in use.
 */

import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DiskBudget,
  type Logger,
  messageOf,
  type OpenedFile,
  type ReceivedFileQuery,
  type SpareFile,
  type SparePlace,
  type StoredFile,
} from '@moltbot/channel-sdk'
import { z } from 'zod'
import { contentOf } from '../files/content.ts'

/** The message, or the part of an answer, that a file belongs to. */
export type FileOwner = ReceivedFileQuery

export interface ShownFiles {
  /** Moves a file here. Never rejects: what cannot be moved is not shown. */
  keep(owner: FileOwner, path: string, name: string): Promise<void>
  /** What is said about a file; undefined where none is stored. */
  find(owner: FileOwner): Promise<StoredFile | undefined>
  open(owner: FileOwner): Promise<OpenedFile | undefined>
  forget(owner: FileOwner): Promise<void>
  /** Deletes files that are older than their account keeps texts. */
  prune(nowMs: number, accounts: ReadonlyMap<string, number>, otherMs: number): Promise<void>
  close(): void
}

export interface ShownFilesOptions {
  readonly folder: string
  readonly disk?: DiskBudget
  readonly log: Logger
  /** Are files stored at all? May change. */
  readonly isKept: () => boolean
}

/** Of all accounts together. Beyond it the oldest are deleted. */
const maxShownFiles = 10_000

const factsSchema = z.object({ name: z.string() })
const factsEnding = '.json'

export function openShownFiles(options: ShownFilesOptions): ShownFiles {
  return new FolderShownFiles(options)
}

class FolderShownFiles implements ShownFiles {
  readonly #options: ShownFilesOptions
  readonly #spare: SparePlace
  #bytes = 0

  constructor(options: ShownFilesOptions) {
    this.#options = options
    this.#spare = (options.disk ?? new DiskBudget()).addSpare(() => this.#list())
  }

  async keep(owner: FileOwner, path: string, name: string): Promise<void> {
    const { folder, log, isKept } = this.#options
    if (!isKept()) return
    try {
      const kept = this.#pathOf(owner)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await rename(path, kept) // First: a crash leaves no name without its file, which nothing would delete.
      await writeFile(kept + factsEnding, JSON.stringify({ name }), { mode: 0o600 })
      this.#bytes += (await stat(kept)).size
      this.#spare.counted(this.#bytes)
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'A file is not kept for the dashboard')
    }
  }

  async find(owner: FileOwner): Promise<StoredFile | undefined> {
    const path = this.#pathOf(owner)
    try {
      const { size } = await stat(path)
      const { kind, mimeType } = await contentOf(path)
      return { name: await nameAt(path), kind, mimeType, sizeBytes: size }
    } catch {
      return undefined
    }
  }

  async open(owner: FileOwner): Promise<OpenedFile | undefined> {
    const found = await this.find(owner)
    const file = found && (await open(this.#pathOf(owner)).catch(() => undefined))
    if (file === undefined || found === undefined) return undefined
    const { size } = await file.stat()
    // Not beyond what was announced, whatever happens to the file.
    const end = Math.max(0, size - 1)
    return { ...found, sizeBytes: size, content: file.createReadStream({ start: 0, end }) }
  }

  forget(owner: FileOwner): Promise<void> {
    return this.#remove(this.#pathOf(owner))
  }

  async prune(nowMs: number, accounts: ReadonlyMap<string, number>, otherMs: number): Promise<void> {
    const { isKept } = this.#options
    const keptMs = new Map([...accounts].map(([id, ms]) => [accountPart(id), ms] as const))
    const files = await this.#files()
    const newest = files.toSorted((one, other) => other.atMs - one.atMs)
    for (const [index, { name, atMs }] of newest.entries()) {
      const ms = keptMs.get(name.slice(0, accountPartLength)) ?? otherMs
      if (!isKept() || index >= maxShownFiles || atMs < nowMs - ms)
        await this.#remove(join(this.#options.folder, name))
    }
    this.#bytes = (await this.#files()).reduce((sum, { bytes }) => sum + bytes, 0)
    this.#spare.counted(this.#bytes)
  }

  close(): void {
    this.#spare.close()
  }

  /** No name or id of anybody else is a part of it. */
  #pathOf({ accountId, ...owner }: FileOwner): string {
    const key =
      'partId' in owner
        ? ['part', owner.partId]
        : [owner.conversation.kind, owner.conversation.id, owner.messageId]
    return join(this.#options.folder, `${accountPart(accountId)}-${hashOf(JSON.stringify(key)).slice(0, 40)}`)
  }

  /** The name first: alone it would be found no more, and stay. */
  async #remove(path: string): Promise<void> {
    await rm(path + factsEnding, { force: true })
    await rm(path, { force: true })
  }

  async #files() {
    const { folder } = this.#options
    const names = await readdir(folder).catch((): string[] => [])
    const files: { name: string; bytes: number; atMs: number }[] = []
    for (const name of names.filter((one) => !one.endsWith(factsEnding))) {
      const stats = await stat(join(folder, name)).catch(() => undefined)
      if (stats) files.push({ name, bytes: stats.size, atMs: stats.mtimeMs })
    }
    return files
  }

  async #list(): Promise<SpareFile[]> {
    const files = await this.#files()
    this.#bytes = files.reduce((sum, { bytes }) => sum + bytes, 0)
    return files.map(({ name, bytes, atMs }) => ({
      bytes,
      atMs,
      remove: async () => {
        await this.#remove(join(this.#options.folder, name))
        this.#bytes -= bytes
      },
    }))
  }
}

async function nameAt(path: string): Promise<string> {
  return factsSchema.parse(JSON.parse(await readFile(path + factsEnding, 'utf8'))).name
}

const accountPartLength = 16
const accountPart = (accountId: string) => hashOf(accountId).slice(0, accountPartLength)
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
