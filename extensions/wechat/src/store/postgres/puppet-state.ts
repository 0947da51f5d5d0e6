/**
 * What a puppet remembers, as rows of its account.
 */

import type { SqlRow, SqlValue } from '@moltbot/channel-sdk/sql'
import type { PuppetState, StateChange, StateEntry } from '../../model/puppet-state.ts'
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

  constructor(accountId: string, account: AccountCalls) {
    this.#id = accountId
    this.#account = account
  }

  async get(kind: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#account.read(read.state, this.#id, kind, keys)
    return new Map(rows.map(({ key, value }) => [String(key), String(value)]))
  }

  async list(kind: string, page: { readonly after?: string; readonly limit: number }): Promise<StateEntry[]> {
    const rows = await this.#account.read(read.listState, this.#id, kind, page.after ?? '', page.limit)
    return rows.map(({ key, value, at_ms }) => ({
      key: String(key),
      value: String(value),
      atMs: Number(at_ms),
    }))
  }

  async write(changes: readonly StateChange[], durability: Durability): Promise<void> {
    await this.#account.call(
      'put_state',
      durability,
      changes.map(({ kind }) => kind),
      changes.map(({ key }) => key ?? null),
      changes.map((change) => ('value' in change ? (change.value ?? null) : null)),
      changes.map((change) => ('atMs' in change ? change.atMs : 0)),
    )
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
