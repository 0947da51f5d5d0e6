/**
 * A state in PostgreSQL.
 */

import type { SqlDatabase, SqlRow, SqlValue, StoredContent, StoredRow } from '@moltbot/channel-sdk/sql'
import { sha256Of } from './content-hash.ts'
import { type Columns, columnsOf, keyOf, type Part, pageRows, pagesOf, rowOf, type Target } from './side.ts'

export class PostgresSide implements Target {
  readonly place: string
  readonly #db: SqlDatabase

  /** @param db with the tables of every store */
  constructor(db: SqlDatabase, place: string) {
    this.#db = db
    this.place = place
  }

  async count(part: Part): Promise<number> {
    const [row] = await this.#run(`SELECT count(*) AS n FROM ${tableOf(part)}`)
    return Number(row?.n)
  }

  pages(part: Part, columns: Columns): AsyncIterable<readonly StoredRow[]> {
    const { key } = part.table
    const order = key.map((column) => `t."${column}"`).join(', ')
    const marks = key.map((column, index) => `$${index + 1}::${typeOf(part, column)}`).join(', ')
    const rest = `ORDER BY ${order} LIMIT ${pageRows}`
    return pagesOf(async (last) => {
      const after = last === undefined ? '' : `WHERE (${order}) > (${marks})`
      const values = last === undefined ? [] : key.map((column) => last[column] ?? null)
      const found = await this.#run(`${selectOf(part, columns)} ${after} ${rest}`, values)
      return this.#rows(part, columns, found)
    })
  }

  async find(
    part: Part,
    keys: readonly StoredRow[],
    columns: Columns,
  ): Promise<ReadonlyMap<string, StoredRow>> {
    const { wanted, isWanted, values } = byKeys(part, keys)
    const found = await this.#run(`${selectOf(part, columns)} JOIN ${wanted} ON ${isWanted}`, values)
    const rows = await this.#rows(part, columns, found)
    return new Map(rows.map((row) => [keyOf(part, row), row]))
  }

  async content(part: Part, row: StoredRow): Promise<AsyncIterable<Uint8Array> | undefined> {
    const { content } = part.table
    if (content === undefined) return undefined
    const parts = content.in === 'column' ? this.#column(part, content.column, row) : this.#parts(part, row)
    const first = await parts.next()
    return first.done ? undefined : startingWith(first.value, parts)
  }

  async put(part: Part, rows: readonly StoredRow[]): Promise<void> {
    const { key, made = {} } = part.table
    const moved = columnsOf(part, 'all')
    const columns = [...moved, ...Object.keys(made)]
    const lists = columns.map((column) => {
      const value = made[column] ?? ((row: StoredRow) => row[column] ?? null)
      return rows.map(value)
    })
    const names = columns.map((column) => `"${column}"`).join(', ')
    const marks = columns.map((_, index) => `$${index + 1}::text[]`).join(', ')
    const casts = columns
      .map((column, index) => `c${index}::${column in made ? 'bigint' : typeOf(part, column)}`)
      .join(', ')
    const aliases = columns.map((_, index) => `c${index}`).join(', ')
    const set = columns
      .filter((column) => !key.includes(column))
      .map((column) => `"${column}" = excluded."${column}"`)
    const keys = key.map((column) => `"${column}"`).join(', ')
    await this.#run(
      `INSERT INTO ${tableOf(part)} (${names}) SELECT ${casts} FROM unnest(${marks}) AS given (${aliases})
        ON CONFLICT (${keys}) DO ${set.length > 0 ? `UPDATE SET ${set.join(', ')}` : 'NOTHING'}`,
      lists,
    )
  }

  async remove(part: Part, rows: readonly StoredRow[]): Promise<void> {
    const { wanted, isWanted, values } = byKeys(part, rows)
    await this.#run(`DELETE FROM ${tableOf(part)} AS t USING ${wanted} WHERE ${isWanted}`, values)
  }

  async setContent(
    part: Part,
    row: StoredRow,
    content: AsyncIterable<Uint8Array> | undefined,
  ): Promise<void> {
    const { table } = part
    if (table.content?.in === 'column') {
      const { wanted, isWanted, values } = byKeys(part, [row])
      await this.#run(
        `UPDATE ${tableOf(part)} AS t SET "${table.content.column}" = $${values.length + 1} FROM ${wanted} WHERE ${isWanted}`,
        [...values, content === undefined ? null : await wholeOf(content)],
      )
    } else if (table.content?.in === 'parts' && content !== undefined)
      await this.#putParts(part, table.content, row, content)
  }

  /** New rows get numbers after the last one, and the planner knows how many rows there are. */
  async finish(parts: readonly Part[]): Promise<void> {
    for (const part of parts) {
      const [column] = part.table.key
      if (part.table.isNumbered)
        await this.#run(
          `SELECT setval(pg_get_serial_sequence($1, $2), coalesce(max("${column}"), 1), count(*) > 0) FROM ${tableOf(part)}`,
          [tableOf(part), column ?? ''],
        )
      await this.#run(`ANALYZE ${tableOf(part)}`)
    }
  }

  async #rows(part: Part, columns: Columns, raw: readonly SqlRow[]): Promise<readonly StoredRow[]> {
    const rows = raw.map((row) => rowOf(part, columns, row))
    const { content } = part.table
    if (columns === 'key' || content === undefined) return rows
    const hashed: StoredRow[] = []
    for (const [index, row] of rows.entries()) {
      const known = raw[index]?.sha256
      const inColumn = typeof known === 'string' ? known : null
      hashed.push({
        ...row,
        sha256: content.in === 'column' ? inColumn : await sha256Of(await this.content(part, row)),
      })
    }
    return hashed
  }

  async *#column(part: Part, column: string, row: StoredRow): AsyncGenerator<Uint8Array> {
    const { wanted, isWanted, values } = byKeys(part, [row])
    const [found] = await this.#run(
      `SELECT t."${column}" AS bytes FROM ${tableOf(part)} AS t JOIN ${wanted} ON ${isWanted}`,
      values,
    )
    if (found?.bytes instanceof Uint8Array) yield found.bytes
  }

  async *#parts(part: Part, row: StoredRow): AsyncGenerator<Uint8Array> {
    const { content } = part.table
    const file = content?.in === 'parts' ? content.of(row) : undefined
    if (content?.in !== 'parts' || file === undefined) return
    const table = `${part.store.state.schema}.${content.table}`
    for (let number = 0; ; number++) {
      const [found] = await this.#run(
        `SELECT bytes FROM ${table} WHERE account_id = $1 AND key = $2 AND part = $3`,
        [file.accountId, file.key, number],
      )
      if (!(found?.bytes instanceof Uint8Array)) return
      yield found.bytes
    }
  }

  /** What no row needs any more is swept by the account's next start. */
  async #putParts(
    part: Part,
    { of, table, partBytes }: Extract<StoredContent, { readonly in: 'parts' }>,
    row: StoredRow,
    content: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const file = of(row)
    if (file === undefined) return
    const place = `${part.store.state.schema}.${table}`
    const key = [file.accountId, file.key]
    await this.#run(`DELETE FROM ${place} WHERE account_id = $1 AND key = $2`, key)
    let number = 0
    for await (const bytes of inParts(content, partBytes))
      await this.#run(`INSERT INTO ${place} (account_id, key, part, bytes) VALUES ($1, $2, $3, $4)`, [
        ...key,
        number++,
        bytes,
      ])
  }

  /** The tables grow while prepared statements are used, so none may keep the plan that it had for an empty one. */
  #run(text: string, values: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    return this.#db.transaction(
      async (session) => {
        await session.query('SET LOCAL plan_cache_mode TO force_custom_plan')
        return session.query(text, values)
      },
      { durability: 'relaxed' },
    )
  }
}

const tableOf = ({ store, table }: Part) => `${store.state.schema}.${table.name}`
const typeOf = ({ table }: Part, column: string) => (table.columns[column] === 'integer' ? 'bigint' : 'text')

function selectOf(part: Part, columns: Columns): string {
  const { content } = part.table
  const list = columnsOf(part, columns).map((column) => `t."${column}"::text AS "${column}"`)
  if (columns === 'all' && content?.in === 'column')
    list.push(`encode(sha256(t."${content.column}"), 'hex') AS sha256`)
  return `SELECT ${list.join(', ')} FROM ${tableOf(part)} AS t`
}

/** A list of keys as a table to join with. */
function byKeys(part: Part, rows: readonly StoredRow[]) {
  const { key } = part.table
  const marks = key.map((_, index) => `$${index + 1}::text[]`).join(', ')
  const names = key.map((_, index) => `k${index}`).join(', ')
  const isWanted = key.map((column, index) => `t."${column}" = wanted.k${index}::${typeOf(part, column)}`)
  return {
    wanted: `unnest(${marks}) AS wanted (${names})`,
    isWanted: isWanted.join(' AND '),
    values: key.map((column) => rows.map((row) => row[column] ?? null)),
  }
}

async function* startingWith(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}

async function wholeOf(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const bytes of content) pieces.push(bytes)
  return Buffer.concat(pieces)
}

async function* inParts(content: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array = Buffer.alloc(0)
  for await (const bytes of content) {
    waiting = Buffer.concat([waiting, bytes])
    for (; waiting.length >= size; waiting = waiting.subarray(size)) yield waiting.subarray(0, size)
  }
  if (waiting.length > 0) yield waiting
}
