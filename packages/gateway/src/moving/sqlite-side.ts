/**
 * A state in a state directory: SQLite files, and files beside them.
 */

import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { MoltbotError } from '@moltbot/channel-sdk'
import type { StoredRow } from '@moltbot/channel-sdk/sql'
import { type Database, openDatabase, type Reader } from '@moltbot/channel-sdk/sqlite'
import { english } from '../language/speech.ts'
import { sha256Of } from './content-hash.ts'
import {
  type Columns,
  columnsOf,
  keyOf,
  type MovedStore,
  type Part,
  pageRows,
  pagesOf,
  rowOf,
  type Side,
  type Target,
} from './side.ts'

/** How long a statement waits for the gateway that uses the file. */
const busyTimeoutMs = 5_000

const fileOf = (stateDir: string, { folder, state }: MovedStore) => join(stateDir, folder, state.file)

/** Whether there is a state at all. */
export const hasFiles = (stateDir: string, stores: readonly MovedStore[]): boolean =>
  stores.some((store) => existsSync(fileOf(stateDir, store)))

class SqliteSide<Db extends Reader> implements Side {
  readonly place: string
  protected readonly dbs: ReadonlyMap<MovedStore, Db>

  /** @param dbs a store that is not in it is empty */
  constructor(stateDir: string, dbs: ReadonlyMap<MovedStore, Db>) {
    this.place = stateDir
    this.dbs = dbs
  }

  async count(part: Part): Promise<number> {
    return Number(this.dbs.get(part.store)?.get(`SELECT count(*) AS n FROM "${part.table.name}"`)?.n ?? 0)
  }

  pages(part: Part, columns: Columns): AsyncIterable<readonly StoredRow[]> {
    const { key } = part.table
    const order = key.map((column) => `t.${nameOf(part, column)}`).join(', ')
    const marks = key.map((column) => markOf(part, column)).join(', ')
    const select = selectOf(part, columns)
    const rest = `ORDER BY ${order} LIMIT ${pageRows}`
    return pagesOf(async (last) => {
      const after = last === undefined ? '' : `WHERE (${order}) > (${marks})`
      const values = last === undefined ? [] : keyValues(part, last)
      const page = this.dbs.get(part.store)?.all(`${select} ${after} ${rest}`, ...values) ?? []
      return this.#rows(part, columns, page)
    })
  }

  async find(
    part: Part,
    keys: readonly StoredRow[],
    columns: Columns,
  ): Promise<ReadonlyMap<string, StoredRow>> {
    const statement = `${selectOf(part, columns)} WHERE ${isKey(part)}`
    const db = this.dbs.get(part.store)
    const found = keys.flatMap((key) => {
      const row = db?.get(statement, ...keyValues(part, key))
      return row === undefined ? [] : [row]
    })
    const rows = await this.#rows(part, columns, found)
    return new Map(rows.map((row) => [keyOf(part, row), row]))
  }

  async content(part: Part, row: StoredRow): Promise<AsyncIterable<Uint8Array> | undefined> {
    const path = this.pathOf(part, row)
    return path !== undefined && existsSync(path) ? createReadStream(path) : undefined
  }

  async #rows(part: Part, columns: Columns, raw: readonly Readonly<Record<string, unknown>>[]) {
    const rows = raw.map((row) => rowOf(part, columns, row))
    if (columns === 'key' || part.table.content === undefined) return rows
    const hashed: StoredRow[] = []
    for (const row of rows) hashed.push({ ...row, sha256: await sha256Of(await this.content(part, row)) })
    return hashed
  }

  protected pathOf({ store, table }: Part, row: StoredRow): string | undefined {
    const { content } = table
    if (content === undefined) return undefined
    const folder = join(this.place, store.folder)
    if (content.in === 'parts') {
      const path = content.of(row)?.path
      return path === undefined ? undefined : join(folder, path)
    }
    const part = { store, table }
    const found = this.dbs
      .get(store)
      ?.get(
        `SELECT "${content.nameColumn}" AS name FROM "${table.name}" WHERE ${isKey(part)}`,
        ...keyValues(part, row),
      )
    const name = String(found?.name ?? '')
    return name === '' ? undefined : join(folder, content.folder, basename(name))
  }
}

/** The state is only read; a gateway may use it. */
export class SqliteSource extends SqliteSide<ReadOnly> {
  /** @throws `state-outdated` */
  static open(stateDir: string, stores: readonly MovedStore[]): SqliteSource {
    const there = stores.filter((store) => existsSync(fileOf(stateDir, store)))
    return new SqliteSource(
      stateDir,
      new Map(there.map((store) => [store, new ReadOnly(fileOf(stateDir, store), store)])),
    )
  }

  close(): void {
    for (const db of this.dbs.values()) db.close()
  }
}

/** Nobody else writes to the state. */
export class SqliteTarget extends SqliteSide<Database> implements Target {
  static open(stateDir: string, stores: readonly MovedStore[]): SqliteTarget {
    return new SqliteTarget(
      stateDir,
      new Map(
        stores.map((store) => [store, openDatabase(fileOf(stateDir, store), store.state.migrations).db]),
      ),
    )
  }

  async put(part: Part, rows: readonly StoredRow[]): Promise<void> {
    const { table } = part
    const columns = columnsOf(part, 'all')
    const others = columns.filter((column) => !table.key.includes(column))
    // The name of a file is written with the file.
    const nameColumn = table.content?.in === 'column' ? [`"${table.content.nameColumn}"`] : []
    const names = [...columns.map((column) => nameOf(part, column)), ...nameColumn]
    const values = [...columns.map((column) => markOf(part, column)), ...nameColumn.map(() => "''")]
    const insert = `INSERT INTO "${table.name}" (${names.join(', ')}) VALUES (${values.join(', ')})`
    const set = others.map((column) => `${nameOf(part, column)} = ${markOf(part, column)}`)
    const update = `UPDATE "${table.name}" SET ${set.join(', ')} WHERE ${isKey(part)}`
    await this.#db(part).write('relaxed', (writer) => {
      for (const row of rows) {
        const key = keyValues(part, row)
        const updated =
          others.length > 0 && writer.run(update, ...others.map((name) => row[name] ?? null), ...key) > 0
        if (!updated) writer.run(insert, ...columns.map((name) => row[name] ?? null))
      }
    })
  }

  async remove(part: Part, rows: readonly StoredRow[]): Promise<void> {
    const statement = `DELETE FROM "${part.table.name}" WHERE ${isKey(part)}`
    await this.#db(part).write('relaxed', (writer) => {
      for (const row of rows) writer.run(statement, ...keyValues(part, row))
    })
  }

  async setContent(
    part: Part,
    row: StoredRow,
    content: AsyncIterable<Uint8Array> | undefined,
  ): Promise<void> {
    const { table, store } = part
    if (table.content?.in === 'column') {
      const { nameColumn } = table.content
      // Numbers of rows are not given twice, so no two rows have one file.
      const name = content === undefined ? '' : `moved.${table.key.map((column) => row[column]).join('.')}`
      await this.#db({ store, table }).write('relaxed', (writer) =>
        writer.run(
          `UPDATE "${table.name}" SET "${nameColumn}" = ? WHERE ${isKey(part)}`,
          name,
          ...keyValues(part, row),
        ),
      )
    }
    const path = this.pathOf(part, row)
    if (path !== undefined && content !== undefined) await writeWhole(path, content)
  }

  async finish(): Promise<void> {
    for (const db of this.dbs.values()) await db.flush()
  }

  async close(): Promise<void> {
    for (const db of this.dbs.values()) await db.close()
  }

  #db({ store, table }: Part): Database {
    const db = this.dbs.get(store)
    if (db === undefined) throw new TypeError(`the store of ${table.name} is not open`)
    return db
  }
}

/** A file of a running gateway, or of one that has ended. Nothing in it is changed. */
class ReadOnly implements Reader {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(file: string, { state }: MovedStore) {
    this.#db = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs })
    const version = Number(this.get('PRAGMA user_version')?.user_version)
    if (version === state.migrations.length) return
    this.#db.close()
    throw new MoltbotError(
      'state-outdated',
      english(
        '{file} was written by another version of moltbot; start a gateway of this version on it first',
        {
          file,
        },
      ),
    )
  }

  get(sql: string, ...values: readonly (string | null)[]) {
    return this.#prepared(sql).get(...values)
  }

  all(sql: string, ...values: readonly (string | null)[]) {
    return this.#prepared(sql).all(...values)
  }

  close(): void {
    this.#db.close()
  }

  #prepared(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

function selectOf(part: Part, columns: Columns): string {
  const list = columnsOf(part, columns).map(
    (column) => `CAST(t.${nameOf(part, column)} AS TEXT) AS "${column}"`,
  )
  return `SELECT ${list.join(', ')} FROM "${part.table.name}" AS t`
}

const nameOf = ({ table }: Part, column: string) => (column === table.rowid ? 'rowid' : `"${column}"`)
/** Numbers come as text, too. */
const markOf = ({ table }: Part, column: string) =>
  table.columns[column] === 'integer' ? 'CAST(? AS INTEGER)' : '?'
const isKey = (part: Part) =>
  part.table.key.map((column) => `${nameOf(part, column)} = ${markOf(part, column)}`).join(' AND ')
const keyValues = ({ table }: Part, row: StoredRow) => table.key.map((column) => row[column] ?? null)

async function writeWhole(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.part`
  await pipeline(Readable.from(content), createWriteStream(draft, { mode: 0o600, flush: true }))
  await rename(draft, path)
}
