/**
 * What a puppet remembers, as rows of the account in the store's file.
 */

import type { Database, Durability, Writer } from '@moltbot/channel-sdk/sqlite'
import type { PuppetState, StateChange, StateEntry } from '../model/puppet-state.ts'
import { sql } from './statements.ts'

/** Rows removed in one write. */
const pruneBatch = 500

export class SqlitePuppetState implements PuppetState {
  readonly #db: Database
  readonly #id: string
  readonly write: PuppetState['write']
  readonly #forget: (kind: string, beforeMs: number) => Promise<number>

  /** @param write under the account's lease */
  constructor(
    db: Database,
    accountId: string,
    write: <Result>(durability: Durability, work: (writer: Writer) => Result) => Promise<Result>,
  ) {
    this.#db = db
    this.#id = accountId
    this.write = (changes, durability) =>
      write(durability, (writer) => {
        for (const change of changes) apply(writer, accountId, change)
      })
    this.#forget = (kind, beforeMs) =>
      write('relaxed', (writer) =>
        writer.run(sql.forgetState, accountId, kind, accountId, kind, beforeMs, pruneBatch),
      )
  }

  async get(kind: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = this.#db.all(sql.state, this.#id, kind, JSON.stringify(keys))
    return new Map(rows.map(({ key, value }) => [String(key), String(value)]))
  }

  async list(kind: string, page: { readonly after?: string; readonly limit: number }): Promise<StateEntry[]> {
    const rows = this.#db.all(sql.listState, this.#id, kind, page.after ?? '', page.limit)
    return rows.map(({ key, value, at_ms }) => ({
      key: String(key),
      value: String(value),
      atMs: Number(at_ms),
    }))
  }

  async prune(
    kind: string,
    { beforeMs = 0, keep }: { readonly beforeMs?: number; readonly keep?: number },
  ): Promise<void> {
    const oldestKept =
      keep === undefined ? undefined : this.#db.get(sql.stateKept, this.#id, kind, keep)?.at_ms
    const limitMs = Math.max(beforeMs, Number(oldestKept ?? 0))
    while ((await this.#forget(kind, limitMs)) === pruneBatch);
  }

  /** The store closes the file. */
  async close(): Promise<void> {}
}

function apply(writer: Writer, accountId: string, change: StateChange): void {
  if (change.key === undefined) writer.run(sql.clearState, accountId, change.kind)
  else if (change.value === undefined) writer.run(sql.removeState, accountId, change.kind, change.key)
  else writer.run(sql.putState, accountId, change.kind, change.key, change.value, change.atMs)
}
