/**
 * The files of a conversation's last turns. On WeChat a picture and a question about it are two messages, so the turn
 * that asks seldom has the file. What a model was shown of a file is stored, not the file: it was checked and cut once,
 * and is never read again by anything that could be harmed by it.
 */

import { randomUUID } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  codeOf,
  DiskBudget,
  type DiskShare,
  type Logger,
  messageOf,
  type SpareFile,
  type SparePlace,
  type TurnMedia,
} from '@moltbot/channel-sdk'
import type { Database, Durability, Row, Writer } from '@moltbot/channel-sdk/sqlite'
import { z } from 'zod'
import { timeOf, type UnreadableRows } from '../gateway-database.ts'
import { makePrivateDir } from '../state/state-dir.ts'
import { type FileContent, named } from './file-content.ts'

/** `media` of the configuration. */
export interface KeptFilesLimits {
  /** Turns after which a file is removed. 0: none is kept. */
  readonly turns: number
  /** Of one session. */
  readonly bytes: number
  readonly days: number
}

/** What people see of a file. */
export type FileFacts = Pick<TurnMedia, 'kind' | 'name' | 'mimeType' | 'sizeBytes'>

/** A file of an earlier turn. */
export interface KeptFile extends FileFacts {
  readonly atMs: number
  /** What {@link read} gives, if the file is still there. */
  readonly shownAs: FileContent['kind']
  /** What the model was shown of it. Never rejects. */
  read(): Promise<FileContent>
}

export interface KeptFiles {
  /**
   * Stores the files of a turn; those of the same turn replace it. Never rejects: a file that cannot be stored is
   * logged, and the turn goes on.
   * @param isForgotten whether the session was reset meanwhile
   */
  keep(place: TurnPlace, files: readonly ShownFile[], isForgotten: () => boolean): Promise<void>
  /** The files of earlier turns, oldest first. @param isNew false for a turn that runs again */
  earlier(place: TurnPlace, isNew: boolean): Promise<KeptFile[]>
  /** Removes the files of a session. Durable: the person is told so. */
  forget(sessionKey: string): Promise<void>
  close(): void
}

export interface TurnPlace {
  readonly sessionKey: string
  readonly turnId: string
}

export interface ShownFile {
  readonly facts: FileFacts
  readonly content: FileContent
}

export interface KeptFilesOptions {
  /** Opened with `gatewayMigrations`. */
  readonly db: Database
  /** Of this store alone; made private. */
  readonly folder: string
  readonly unreadable: UnreadableRows
  /** The stored files are spare ones of it. Default: room without end. */
  readonly disk?: DiskBudget
  readonly log: Logger
  readonly now: () => number
  /** Read for each turn. */
  readonly limits: () => KeptFilesLimits
}

/** Files of one session. */
export const maxFilesPerSession = 20
/** Of all sessions together, whoever writes. Their bytes are the business of the disk budget. */
const maxFilesInAll = 10_000
const pruneEveryMs = 3_600_000
const dayMs = 86_400_000

/** What is in the row; the bytes or the text are in the file. */
const contentSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['image', 'voice']), mediaType: z.string() }),
  z.object({ kind: z.literal('text'), cut: z.boolean() }),
  z.object({ kind: z.literal('named'), why: z.string() }),
])
const mediaKind = z.enum(['image', 'voice', 'video', 'file'])

const insert = `
  INSERT INTO kept_file
  (session_key, turn_id, at_ms, kind, name, mime_type, size_bytes, content, file, kept_bytes)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const select = `
  SELECT CAST(seq AS TEXT) AS row_id, at_ms * 1.0 AS at_ms, kind, name, mime_type, size_bytes * 1.0 AS size_bytes, content, file
  FROM kept_file WHERE session_key = ? AND turn_id <> ? ORDER BY seq`
const grow = 'UPDATE kept_file SET turns_ago = turns_ago + 1 WHERE session_key = ? AND turn_id <> ?'
const removeTurn = 'DELETE FROM kept_file WHERE session_key = ? AND turn_id = ? RETURNING file'
const removeSession = 'DELETE FROM kept_file WHERE session_key = ? RETURNING file'
const removeOld = 'DELETE FROM kept_file WHERE turns_ago > ? OR at_ms < ? RETURNING file'
/** All but the newest that fit. */
const removeBeyond = (where: string) => `
  DELETE FROM kept_file WHERE seq IN (
    SELECT seq FROM (
      SELECT seq, sum(kept_bytes) OVER newest AS bytes, row_number() OVER newest AS files
      FROM kept_file ${where} WINDOW newest AS (ORDER BY seq DESC)
    ) WHERE bytes > ? OR files > ?
  ) RETURNING file`
const removeBeyondOfSession = removeBeyond('WHERE session_key = ?')
const removeBeyondInAll = removeBeyond('')
const selectSpare = "SELECT file, at_ms * 1.0 AS at_ms, kept_bytes FROM kept_file WHERE file <> ''"
const countSpare = 'SELECT coalesce(sum(kept_bytes), 0) AS bytes FROM kept_file'
const removeFile = 'DELETE FROM kept_file WHERE file = ? RETURNING file'

/** Removes what an earlier run left behind, and what is too old. */
export function openKeptFiles(options: KeptFilesOptions): KeptFiles {
  return new SqliteKeptFiles(options)
}

class SqliteKeptFiles implements KeptFiles {
  readonly #options: KeptFilesOptions
  readonly #pruning: NodeJS.Timeout
  readonly #disk: DiskBudget
  readonly #spare: SparePlace
  /** Prefix of the files of this run: others without a row are leftovers. */
  readonly #runId = randomUUID().slice(0, 8)

  constructor(options: KeptFilesOptions) {
    this.#options = options
    this.#disk = options.disk ?? new DiskBudget()
    makePrivateDir(options.folder)
    this.#spare = this.#disk.addSpare(async () => this.#spareFiles())
    this.#pruning = setInterval(() => void this.#tidy(() => this.#prune()), pruneEveryMs).unref()
    void this.#tidy(async () => {
      await this.#prune()
      await this.#sweep()
    })
  }

  async keep(place: TurnPlace, files: readonly ShownFile[], isForgotten: () => boolean): Promise<void> {
    const { turns, days } = this.#options.limits()
    if (files.length === 0 || turns === 0 || days === 0) return
    await this.#tidy(async () => {
      const written: Written[] = []
      // Until the rows are counted.
      const shares: DiskShare[] = []
      try {
        for (const file of files.slice(-maxFilesPerSession)) written.push(await this.#write(file, shares))
        await this.#remove((writer) =>
          isForgotten() ? names(written) : this.#insert(writer, place, written),
        )
      } catch (error) {
        await this.#unlink(names(written))
        throw error
      } finally {
        for (const share of shares) share.giveBack()
      }
    })
  }

  async earlier({ sessionKey, turnId }: TurnPlace, isNew: boolean): Promise<KeptFile[]> {
    const { db, unreadable } = this.#options
    const rows = () => db.all(select, sessionKey, turnId)
    if (rows().length === 0) return []
    if (isNew) {
      await this.#tidy(() =>
        this.#remove((writer) => {
          writer.run(grow, sessionKey, turnId)
          return this.#removeOld(writer)
        }),
      )
    }
    return unreadable.leaveOut('kept_file', rows(), (row) => this.#toFile(row))
  }

  async forget(sessionKey: string): Promise<void> {
    await this.#remove((writer) => filesIn(writer.all(removeSession, sessionKey)), 'durable')
  }

  close(): void {
    clearInterval(this.#pruning)
    this.#spare.close()
  }

  async #write({ facts, content }: ShownFile, shares: DiskShare[]): Promise<Written> {
    const bytes = bytesOf(content)
    if (bytes === undefined) return { facts, content, file: '', bytes: 0 }
    if (bytes.length > this.#options.limits().bytes)
      return { facts, content: named('it is too large to be stored'), file: '', bytes: 0 }
    const file = `${this.#runId}.${randomUUID()}`
    const share = this.#disk.share()
    shares.push(share)
    try {
      await share.grow(bytes.length)
      await writeFile(join(this.#options.folder, file), bytes, { mode: 0o600, flag: 'wx', flush: true })
      return { facts, content, file, bytes: bytes.length }
    } catch (error) {
      if (codeOf(error) !== 'media-no-room') throw error
      return { facts, content: named('there is no room to store it'), file: '', bytes: 0 }
    }
  }

  #insert(writer: Writer, { sessionKey, turnId }: TurnPlace, written: readonly Written[]): string[] {
    const { limits, now } = this.#options
    const replaced = filesIn(writer.all(removeTurn, sessionKey, turnId))
    for (const { facts, content, file, bytes } of written) {
      const { kind, name, mimeType, sizeBytes } = facts
      const stored = storedContent(content)
      writer.run(insert, sessionKey, turnId, now(), kind, name, mimeType, sizeBytes, stored, file, bytes)
    }
    return [
      ...replaced,
      ...filesIn(writer.all(removeBeyondOfSession, sessionKey, limits().bytes, maxFilesPerSession)),
      ...filesIn(writer.all(removeBeyondInAll, Number.MAX_SAFE_INTEGER, maxFilesInAll)),
    ]
  }

  #removeOld(writer: Writer): string[] {
    const { limits, now } = this.#options
    const { turns, days } = limits()
    return filesIn(writer.all(removeOld, turns, now() - days * dayMs))
  }

  #prune(): Promise<void> {
    return this.#remove((writer) => this.#removeOld(writer))
  }

  /** @param work removes rows. @returns the files of those rows, which are removed after the commit */
  async #remove(work: (writer: Writer) => string[], durability: Durability = 'relaxed'): Promise<void> {
    const { files, bytes } = await this.#options.db.write(durability, (writer) => ({
      files: work(writer),
      bytes: Number(writer.all(countSpare)[0]?.bytes),
    }))
    await this.#unlink(files)
    this.#spare.counted(bytes)
  }

  #spareFiles(): SpareFile[] {
    return this.#options.db.all(selectSpare).map(({ file, at_ms, kept_bytes }) => ({
      bytes: Number(kept_bytes),
      atMs: Number(at_ms),
      // The budget counts it itself.
      remove: async () => {
        const { db } = this.#options
        await this.#unlink(
          await db.write('relaxed', (writer) => filesIn(writer.all(removeFile, String(file)))),
        )
      },
    }))
  }

  async #unlink(files: readonly string[]): Promise<void> {
    for (const file of files) if (file !== '') await rm(join(this.#options.folder, file), { force: true })
  }

  async #sweep(): Promise<void> {
    const { db, folder } = this.#options
    const known = new Set(filesIn(db.all('SELECT file FROM kept_file')))
    const left = await readdir(folder)
    await this.#unlink(left.filter((name) => !known.has(name) && !name.startsWith(this.#runId)))
  }

  #toFile(row: Row): KeptFile | undefined {
    const { file } = row
    if (typeof file !== 'string') return undefined
    return keptFileOf(row, (content) => this.#read(content, file))
  }

  async #read(content: StoredContent, file: string): Promise<FileContent> {
    if (content.kind === 'named') return content
    try {
      const bytes = await readFile(join(this.#options.folder, file))
      return content.kind === 'text' ? { ...content, text: bytes.toString() } : { ...content, bytes }
    } catch (error) {
      this.#options.log.warn({ code: codeOf(error) }, `a kept file cannot be read: ${messageOf(error)}`)
      return { kind: 'named', why: 'it is no longer stored' }
    }
  }

  /** Files of earlier turns are a convenience: no answer fails because of them. */
  async #tidy(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) =>
      this.#options.log.error(
        { event: 'files.not-kept', code: codeOf(error) },
        `the files of a conversation could not be stored or removed: ${messageOf(error)}`,
      ),
    )
  }
}

export type StoredContent = z.output<typeof contentSchema>

interface Written extends ShownFile {
  /** Empty: nothing of it was shown. */
  readonly file: string
  readonly bytes: number
}

/** What is stored of a file; undefined where nothing of it was shown. */
export function bytesOf(content: FileContent): Uint8Array | undefined {
  if (content.kind === 'named') return undefined
  return content.kind === 'text' ? Buffer.from(content.text) : content.bytes
}

const names = (written: readonly Written[]): string[] => written.map(({ file }) => file)

function filesIn(rows: readonly Row[]): string[] {
  return rows.flatMap(({ file }) => (typeof file === 'string' && file !== '' ? [file] : []))
}

/** What is in the row; the bytes or the text are beside it. */
export function storedContent(content: FileContent): string {
  return JSON.stringify(contentSchema.parse(content))
}

/** @returns undefined for a row that cannot be read */
export function keptFileOf(
  row: Readonly<Record<string, unknown>>,
  read: (content: StoredContent) => Promise<FileContent>,
): KeptFile | undefined {
  const atMs = timeOf(row.at_ms)
  const sizeBytes = timeOf(row.size_bytes)
  const { data: kind } = mediaKind.safeParse(row.kind)
  const content = parsedContent(row.content)
  const { name, mime_type: mimeType } = row
  if (atMs === undefined || sizeBytes === undefined || kind === undefined || content === undefined)
    return undefined
  if (typeof name !== 'string' || typeof mimeType !== 'string') return undefined
  return { kind, name, mimeType, sizeBytes, atMs, shownAs: content.kind, read: () => read(content) }
}

function parsedContent(stored: unknown): StoredContent | undefined {
  try {
    return contentSchema.safeParse(JSON.parse(String(stored))).data
  } catch {
    return undefined
  }
}
