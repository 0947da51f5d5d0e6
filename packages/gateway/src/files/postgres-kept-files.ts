/**
 * The files of a conversation's last turns in PostgreSQL, with what the model was shown of them, so that another gateway has
 * them too.
 */

import { codeOf, type Logger, messageOf } from '@moltbot/channel-sdk'
import type { SqlRow, SqlSession } from '@moltbot/channel-sdk/sql'
import type { PostgresDatabase } from '../postgres/database.ts'
import { schema } from '../postgres/gateway-tables.ts'
import { type FileContent, named } from './file-content.ts'
import {
  bytesOf,
  type KeptFile,
  type KeptFiles,
  type KeptFilesLimits,
  keptFileOf,
  maxFilesPerSession,
  type ShownFile,
  type StoredContent,
  storedContent,
  type TurnPlace,
} from './kept-files.ts'

export interface PostgresKeptFilesOptions {
  /** With the tables of the gateway. */
  readonly db: Pick<PostgresDatabase, 'query' | 'queryWithNext' | 'transaction'>
  readonly log: Logger
  readonly now: () => number
  /** Read for each turn. */
  readonly limits: () => KeptFilesLimits
}

const pruneEveryMs = 3_600_000
const dayMs = 86_400_000
/** Of all sessions together. The oldest go first. */
const maxBytesInAll = 50_000_000_000
const table = `${schema}.kept_file`
const sql = {
  // The row stays locked by the session's turns, which follow each other, until the commit.
  removeTurn: `DELETE FROM ${table} WHERE session_key = $1 AND turn_id = $2`,
  insert: `
    INSERT INTO ${table} (session_key, turn_id, at_ms, kind, name, mime_type, size_bytes, content, bytes, kept_bytes)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
  select: `
    SELECT seq, at_ms, kind, name, mime_type, size_bytes, content FROM ${table}
    WHERE session_key = $1 AND turn_id <> $2 ORDER BY seq`,
  grow: `
    WITH aged AS (
      UPDATE ${table} SET turns_ago = turns_ago + 1
      WHERE session_key = $1 AND turn_id <> $2 AND turns_ago < $3 AND at_ms >= $4)
    DELETE FROM ${table} WHERE session_key = $1 AND turn_id <> $2 AND (turns_ago >= $3 OR at_ms < $4)`,
  read: `SELECT bytes FROM ${table} WHERE seq = $1`,
  forget: `DELETE FROM ${table} WHERE session_key = $1`,
  removeOld: `DELETE FROM ${table} WHERE turns_ago > $1 OR at_ms < $2`,
  // All but the newest that fit.
  removeBeyond: `
    DELETE FROM ${table} WHERE seq IN (
      SELECT seq FROM (
        SELECT seq, sum(kept_bytes) OVER newest AS bytes, row_number() OVER newest AS files
        FROM ${table} WHERE session_key = $1 WINDOW newest AS (ORDER BY seq DESC)
      ) AS sums WHERE bytes > $2 OR files > $3)`,
  removeBeyondInAll: `
    DELETE FROM ${table} WHERE seq IN (
      SELECT seq FROM (SELECT seq, sum(kept_bytes) OVER (ORDER BY seq DESC) AS bytes FROM ${table}) AS sums
      WHERE bytes > $1)`,
} as const

/** Removes what is too old, now and every hour. */
export function postgresKeptFiles(options: PostgresKeptFilesOptions): KeptFiles {
  return new PostgresKeptFiles(options)
}

class PostgresKeptFiles implements KeptFiles {
  readonly #options: PostgresKeptFilesOptions
  readonly #pruning: NodeJS.Timeout

  constructor(options: PostgresKeptFilesOptions) {
    this.#options = options
    this.#pruning = setInterval(() => void this.#tidy(() => this.#prune()), pruneEveryMs).unref()
    void this.#tidy(() => this.#prune())
  }

  async keep(place: TurnPlace, files: readonly ShownFile[], isForgotten: () => boolean): Promise<void> {
    const { turns, days, bytes } = this.#options.limits()
    if (files.length === 0 || turns === 0 || days === 0) return
    const { sessionKey, turnId } = place
    await this.#tidy(() =>
      this.#options.db.transaction(
        async (session) => {
          await session.query(sql.removeTurn, [sessionKey, turnId])
          for (const file of files.slice(-maxFilesPerSession)) {
            if (!isForgotten()) await this.#insert(session, place, file)
          }
          await session.query(sql.removeBeyond, [sessionKey, bytes, maxFilesPerSession])
        },
        { durability: 'relaxed' },
      ),
    )
  }

  async earlier({ sessionKey, turnId }: TurnPlace, isNew: boolean): Promise<KeptFile[]> {
    const { db } = this.#options
    // With the history of the session, which is read at the same time.
    const rows = () => db.queryWithNext(sql.select, [sessionKey, turnId], 0)
    const found = await rows()
    if (found.length === 0 || !isNew) return found.flatMap((row) => this.#toFile(row))
    const { turns } = this.#options.limits()
    await this.#tidy(async () => {
      await db.query(sql.grow, [sessionKey, turnId, turns, this.#oldestMs()])
    })
    return (await rows()).flatMap((row) => this.#toFile(row))
  }

  async forget(sessionKey: string): Promise<void> {
    await this.#options.db.query(sql.forget, [sessionKey])
  }

  close(): void {
    clearInterval(this.#pruning)
  }

  async #insert(session: SqlSession, { sessionKey, turnId }: TurnPlace, file: ShownFile): Promise<void> {
    const { limits, now } = this.#options
    const { kind, name, mimeType, sizeBytes } = file.facts
    const bytes = bytesOf(file.content)
    const fits = bytes === undefined || bytes.length <= limits().bytes
    const content = storedContent(fits ? file.content : named('it is too large to be stored'))
    const stored = fits ? (bytes ?? null) : null
    const values = [sessionKey, turnId, now(), kind, name, mimeType, sizeBytes, content]
    await session.query(sql.insert, [...values, stored, stored?.length ?? 0])
  }

  #oldestMs(): number {
    return this.#options.now() - this.#options.limits().days * dayMs
  }

  async #prune(): Promise<void> {
    const { db, limits } = this.#options
    await db.query(sql.removeOld, [limits().turns, this.#oldestMs()])
    await db.query(sql.removeBeyondInAll, [maxBytesInAll])
  }

  #toFile(row: SqlRow): KeptFile[] {
    const file = keptFileOf(row, (content) => this.#read(content, Number(row.seq)))
    return file === undefined ? [] : [file]
  }

  async #read(content: StoredContent, seq: number): Promise<FileContent> {
    if (content.kind === 'named') return content
    try {
      const [row] = await this.#options.db.query(sql.read, [seq])
      const bytes = row?.bytes
      if (!(bytes instanceof Uint8Array)) return named('it is no longer stored')
      return content.kind === 'text'
        ? { ...content, text: Buffer.from(bytes).toString() }
        : { ...content, bytes }
    } catch (error) {
      this.#options.log.warn({ code: codeOf(error) }, `a kept file cannot be read: ${messageOf(error)}`)
      return named('it cannot be read at present')
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
