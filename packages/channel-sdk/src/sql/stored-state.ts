/**
 * What a store consists of, as data: by it a state is moved between SQLite and PostgreSQL, and both are compared.
 */

import type { FileLock } from '../lock.ts'

/** Every value as text, as the database writes it: no number is too large then. */
export type StoredValue = string | null

/** A row by the names of its columns. */
export type StoredRow = Readonly<Record<string, StoredValue>>

export interface StoredTable {
  /** In both databases. */
  readonly name: string
  /** Columns that are the same in both databases. */
  readonly columns: Readonly<Record<string, 'integer' | 'text'>>
  readonly key: readonly string[]
  /** A column that SQLite calls `rowid`: the table has no other number there. */
  readonly rowid?: string
  /** The key is one number, which the database draws for a new row. */
  readonly isNumbered?: true
  /** Columns that only PostgreSQL has, made of a row that is moved there. */
  readonly made?: Readonly<Record<string, (row: StoredRow) => StoredValue>>
  /** Columns of both that mean something to their own database only, and have a default. */
  readonly left?: readonly string[]
  /** A store that has rows in such tables only was never used. */
  readonly mayRemain?: true
  /** Bytes that belong to a row: a file beside SQLite. */
  readonly content?: StoredContent
}

/** `folder` and `path` are below the folder of the store. */
export type StoredContent =
  /** In PostgreSQL a column of the row. SQLite has the name of the file in a column, empty where there is none. */
  | { readonly in: 'column'; readonly column: string; readonly nameColumn: string; readonly folder: string }
  /** In PostgreSQL parts in a table of their own: `account_id`, `key`, `part`, `bytes`. */
  | {
      readonly in: 'parts'
      readonly table: string
      readonly partBytes: number
      /** Undefined: the row has no file. */
      readonly of: (row: StoredRow) => StoredFile | undefined
    }

export interface StoredFile {
  readonly accountId: string
  readonly key: string
  readonly path: string
}

export interface StoredState {
  /** The SQLite file, in the folder of the store. */
  readonly file: string
  /** As `openDatabase` takes them. */
  readonly migrations: readonly string[]
  /** As `SqlDatabase.migrate` takes them. */
  readonly schema: string
  readonly scripts: readonly string[]
  readonly tables: readonly StoredTable[]
  /** A statement of PostgreSQL after which whoever uses the store can write no more. */
  readonly fence?: string
  /** Keeps others from using the folder. @throws `locked` while somebody does */
  lock?(folder: string): FileLock
}
