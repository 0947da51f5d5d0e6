/**
 * A state store in one SQLite table, for a puppet with a folder of its own. Simple before fast: every write is on the
 * disk when it resolves, and the event loop waits for it.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { PruneLimits, StateChange, StateEntry, StateStore } from './state-store.ts'

export const stateTable = `
CREATE TABLE state (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX state_age ON state (kind, at_ms, key);
`

/** Rows that one statement of `prune` looks at or removes. */
const pruneBatch = 1_000

const statements = (database: DatabaseSync) => ({
  get: database.prepare('SELECT value FROM state WHERE kind = ? AND key = ?'),
  list: database.prepare(
    'SELECT key, value, at_ms FROM state WHERE kind = ? AND key > ? ORDER BY key LIMIT ?',
  ),
  put: database.prepare(
    `INSERT INTO state (kind, key, value, at_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET value = excluded.value, at_ms = excluded.at_ms`,
  ),
  remove: database.prepare('DELETE FROM state WHERE kind = ? AND key = ?'),
  removeKind: database.prepare('DELETE FROM state WHERE kind = ?'),
  kinds: database.prepare('SELECT DISTINCT kind FROM state'),
  newest: database.prepare(
    'SELECT at_ms, key FROM state WHERE kind = ? ORDER BY at_ms DESC, key DESC LIMIT 1 OFFSET ?',
  ),
  older: database.prepare(
    `SELECT at_ms, key FROM state WHERE kind = ? AND (at_ms, key) < (?, ?)
     ORDER BY at_ms DESC, key DESC LIMIT 1 OFFSET ?`,
  ),
  removeOldest: database.prepare(
    `DELETE FROM state WHERE (kind, key) IN
     (SELECT kind, key FROM state WHERE kind = ? AND (at_ms, key) < (?, ?) ORDER BY at_ms, key LIMIT ?)`,
  ),
})

/** A place in the order of age. */
interface Age {
  readonly atMs: number
  readonly key: string
}

const ageOf = (row: Record<string, unknown> | undefined): Age | undefined =>
  row === undefined ? undefined : { atMs: Number(row.at_ms), key: String(row.key) }

export class SqliteState implements StateStore {
  readonly #database: DatabaseSync
  readonly #sql: Record<keyof ReturnType<typeof statements>, StatementSync>
  readonly #onFailure: (error: unknown) => void

  /** @param onFailure called with whatever SQLite throws, before the call rejects with it */
  constructor(database: DatabaseSync, onFailure: (error: unknown) => void = () => undefined) {
    this.#database = database
    this.#sql = statements(database)
    this.#onFailure = onFailure
  }

  /** Every kind that has an entry. */
  async kinds(): Promise<string[]> {
    return this.#try(() => this.#sql.kinds.all().map(({ kind }) => String(kind)))
  }

  async get(kind: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#try(() => {
      const found = new Map<string, string>()
      for (const key of keys) {
        const row = this.#sql.get.get(kind, key)
        if (row !== undefined) found.set(key, String(row.value))
      }
      return found
    })
  }

  async list(kind: string, { after = '', limit }: { after?: string; limit: number }): Promise<StateEntry[]> {
    return this.#try(() =>
      this.#sql.list
        .all(kind, after, limit)
        .map((row) => ({ key: String(row.key), value: String(row.value), atMs: Number(row.at_ms) })),
    )
  }

  async write(changes: readonly StateChange[]): Promise<void> {
    this.#try(() => {
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        for (const change of changes) this.#apply(change)
        this.#database.exec('COMMIT')
      } catch (error) {
        // SQLite ends some failed transactions by itself.
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw error
      }
    })
  }

  /** Ends early, without an error, when the store is closed meanwhile. */
  async prune(kind: string, { beforeMs, keep }: PruneLimits): Promise<void> {
    if (beforeMs !== undefined) await this.#removeOlderThan(kind, { atMs: beforeMs, key: '' })
    if (keep === undefined) return
    const limit = await this.#nthNewest(kind, keep)
    if (limit !== undefined) await this.#removeOlderThan(kind, limit)
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close()
  }

  #apply(change: StateChange): void {
    const { kind, key } = change
    if (key === undefined) this.#sql.removeKind.run(kind)
    else if (change.value === undefined) this.#sql.remove.run(kind, key)
    else this.#sql.put.run(kind, key, change.value, change.atMs)
  }

  async #removeOlderThan(kind: string, { atMs, key }: Age): Promise<void> {
    for (;;) {
      if (!this.#database.isOpen) return
      const { changes } = this.#try(() => this.#sql.removeOldest.run(kind, atMs, key, pruneBatch))
      if (Number(changes) < pruneBatch) return
      await setImmediate()
    }
  }

  /** The n-th newest entry; undefined when there are fewer. Counting is done in batches, too. */
  async #nthNewest(kind: string, n: number): Promise<Age | undefined> {
    if (n <= 0) return { atMs: Number.MAX_SAFE_INTEGER, key: '' }
    let left = Math.min(n, pruneBatch)
    let age = this.#try(() => ageOf(this.#sql.newest.get(kind, left - 1)))
    for (let passed = left; passed < n && age !== undefined; passed += left) {
      await setImmediate()
      if (!this.#database.isOpen) return undefined
      left = Math.min(n - passed, pruneBatch)
      const { atMs, key } = age
      age = this.#try(() => ageOf(this.#sql.older.get(kind, atMs, key, left - 1)))
    }
    return age
  }

  #try<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      this.#onFailure(error)
      throw error
    }
  }
}
