/**
 * A state as it is moved: rows of tables, in SQLite or in PostgreSQL. Both give a row in the same words.
 */

import type { ChannelPlugin } from '@moltbot/channel-sdk'
import type { StoredRow, StoredState, StoredTable } from '@moltbot/channel-sdk/sql'
import type { PostgresSettings } from '../postgres/settings.ts'
import { gatewayState } from './gateway-state.ts'

/** One store of the state: the gateway's own, or a channel's. */
export interface MovedStore {
  readonly state: StoredState
  /** Below the state directory. */
  readonly folder: string
}

export interface Part {
  readonly store: MovedStore
  readonly table: StoredTable
}

/** Which columns of a row are read. `all` has `sha256` besides, of the content, where the table has some. */
export type Columns = 'all' | 'key'

/** Rows that are read and written at a time. */
export const pageRows = 500

/** The two places of a move. */
export interface MovePlaces {
  readonly stateDir: string
  readonly database: PostgresSettings
  /** A gateway of the database that was not seen for so long has stopped its accounts. */
  readonly leaseMs: number
}

export interface Side {
  /** For people, without a password. */
  readonly place: string
  count(part: Part): Promise<number>
  /** All rows, in the order of their keys. */
  pages(part: Part, columns: Columns): AsyncIterable<readonly StoredRow[]>
  /** Those of the rows that are here, by {@link keyOf}. */
  find(part: Part, keys: readonly StoredRow[], columns: Columns): Promise<ReadonlyMap<string, StoredRow>>
  /** Undefined: the row has none. */
  content(part: Part, row: StoredRow): Promise<AsyncIterable<Uint8Array> | undefined>
}

export interface Target extends Side {
  /** Inserts rows, or replaces those with the same key. */
  put(part: Part, rows: readonly StoredRow[]): Promise<void>
  remove(part: Part, rows: readonly StoredRow[]): Promise<void>
  setContent(part: Part, row: StoredRow, content: AsyncIterable<Uint8Array> | undefined): Promise<void>
  /** After the last row. Resolves when everything is on the disk. */
  finish(parts: readonly Part[]): Promise<void>
}

export function movedStores(plugins: readonly ChannelPlugin[]): MovedStore[] {
  const channels = plugins.flatMap(({ id, stored }) =>
    stored === undefined ? [] : [{ state: stored, folder: id }],
  )
  return [{ state: gatewayState, folder: '' }, ...channels]
}

export const partsOf = (stores: readonly MovedStore[]): Part[] =>
  stores.flatMap((store) => store.state.tables.map((table) => ({ store, table })))

export const keyOf = ({ table }: Part, row: StoredRow): string =>
  JSON.stringify(table.key.map((column) => row[column] ?? null))

export function columnsOf({ table }: Part, columns: Columns): string[] {
  return columns === 'key' ? [...table.key] : Object.keys(table.columns)
}

/** @param read the rows after the last one of the page before; of the first page, the first rows */
export async function* pagesOf(
  read: (last: StoredRow | undefined) => Promise<readonly StoredRow[]>,
): AsyncGenerator<readonly StoredRow[]> {
  let last: StoredRow | undefined
  do {
    const rows = await read(last)
    last = rows.at(-1)
    if (rows.length > 0) yield rows
  } while (last !== undefined)
}

/** Values in the order of the columns, whatever the database gave. */
export function rowOf(part: Part, columns: Columns, raw: Readonly<Record<string, unknown>>): StoredRow {
  return Object.fromEntries(
    columnsOf(part, columns).map((column) => {
      const value = raw[column] ?? null
      return [column, value === null ? null : String(value)]
    }),
  )
}
