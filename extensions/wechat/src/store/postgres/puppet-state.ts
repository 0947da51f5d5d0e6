/**
 * What a puppet remembers, as rows of its account.
 */

import type { SqlRow, SqlValue } from '@moltbot/channel-sdk/sql'
import type { PuppetState, StateChange, StateEntry } from '../../model/puppet-state.ts'
import { type PendingChanges, valuesOf } from './pending-changes.ts'
import { read } from './statements.ts'

export type Durability = 'durable' | 'relaxed'

export interface AccountCalls {
  read(statement: string, ...values: SqlValue[]): Promise<readonly SqlRow[]>
  /** Under the account's lease. */
  call(verb: string, durability: Durability, ...values: SqlValue[]): Promise<readonly SqlRow[]>
}

export class PostgresPuppetState implements PuppetState {
  readonly #id: string
  readonly #account: AccountCalls
  readonly #pending: PendingChanges

  constructor(accountId: string, account: AccountCalls, pending: PendingChanges) {
    this.#id = accountId
    this.#account = account
    this.#pending = pending
  }

  async get(kind: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#pending.over({ kind, keys }, async () => {
      const rows = await this.#account.read(read.state, this.#id, kind, keys)
      return new Map(rows.map(({ key, value }) => [String(key), String(value)]))
    })
  }

  async list(kind: string, page: { readonly after?: string; readonly limit: number }): Promise<StateEntry[]> {
    await this.#pending.flush()
    const rows = await this.#account.read(read.listState, this.#id, kind, page.after ?? '', page.limit)
    return rows.map(({ key, value, at_ms }) => ({
      key: String(key),
      value: String(value),
      atMs: Number(at_ms),
    }))
  }

  async write(changes: readonly StateChange[], durability: Durability): Promise<void> {
    if (durability === 'relaxed') this.#pending.add(changes)
    else await this.#account.call('put_state', durability, ...valuesOf(changes))
  }

  async prune(
    kind: string,
    { beforeMs = 0, keep }: { readonly beforeMs?: number; readonly keep?: number },
  ): Promise<void> {
    await this.#account.call('forget_state', 'relaxed', kind, beforeMs, keep ?? null)
  }

  /** The host closes the database. */
  async close(): Promise<void> {}
}
