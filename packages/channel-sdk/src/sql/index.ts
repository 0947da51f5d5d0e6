/**
 * A database server as hosts and channels use it: types only. The host owns the connections and hands this port to its
 * channels, so that a channel that stores its state there needs no driver of its own.
 */

/** Text may contain any character: U+0000, which PostgreSQL cannot store, is escaped on the way and read back as it was. */
export type SqlValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly (string | null)[]
  | readonly number[]

/** Integers are numbers, `bytea` is a `Uint8Array`, `json` is parsed. */
export type SqlRow = Readonly<Record<string, unknown>>

export interface SqlSession {
  /**
   * Runs one statement with `$1`, `$2` … in one round trip.
   * @throws a `MoltbotError` with one of {@link databaseProblems}; an error with `certain: false` may have been written
   */
  query(text: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>
}

export interface SqlTransactionOptions {
  /**
   * `durable`: resolves when the change is on the disk of the server. `relaxed`: a crash of the server may lose it, within a
   * second; a crash of this process cannot. Defaults to durable.
   */
  readonly durability?: 'durable' | 'relaxed'
}

export interface SqlDatabase extends SqlSession {
  /** Runs `work` again, up to three times, when the server ended the transaction because of another one. */
  transaction<Result>(
    work: (session: SqlSession) => Promise<Result>,
    options?: SqlTransactionOptions,
  ): Promise<Result>
  /**
   * Calls `onNotify` when the server notifies this channel, and whenever notifications may have been missed, as after a
   * lost connection. It wakes; what happened is read from tables.
   * @param channel lower-case letters, digits and `_`
   * @returns ends it
   */
  listen(channel: string, onNotify: () => void): () => void
  /**
   * Brings the tables of a schema up to date, one script after another in one transaction, while no other process does.
   * @param scripts oldest first; a released script is never edited
   * @throws `database-schema-too-new` if another version of this program has added scripts
   */
  migrate(schema: string, scripts: readonly string[]): Promise<void>
}

/** Codes of what keeps a database from being used. Each is a state that ends without a restart. */
export const databaseProblems = [
  'database-unreachable',
  'database-password-wrong',
  'database-missing',
  'database-forbidden',
  'database-tls',
  'database-too-old',
  'database-schema-too-new',
  'database-read-only',
  'database-out-of-connections',
  'database-disk-full',
  'database-slow',
  'database-conflict',
] as const

export type DatabaseProblem = (typeof databaseProblems)[number]

export type {
  StoredContent,
  StoredFile,
  StoredRow,
  StoredState,
  StoredTable,
  StoredValue,
} from './stored-state.ts'
