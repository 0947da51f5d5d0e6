/**
 * The store on one SQLite file: the embedded default. All accounts share its commits and flushes.
 */

import { join } from 'node:path'
import type { ReceivedPage, ReceivedQuery } from '@moltbot/channel-sdk'
import { checkDatabase, type Database, type OpenedDatabase, openDatabase } from '@moltbot/channel-sdk/sqlite'
import type { OutboxCounts } from '../model/outbox.ts'
import { leaseLost, type SetAside } from './account-rows.ts'
import { eventSql } from './event-statements.ts'
import { migrations } from './migrations.ts'
import { countsOf, progressOf } from './outbox-rows.ts'
import { prune } from './prune.ts'
import { receivedIn } from './received.ts'
import { SqliteAccountStore } from './sqlite-account.ts'
import { sql } from './statements.ts'
import type { AccountStore, OutboxProgress, Retention, Store } from './store.ts'

export interface OpenedStore extends Pick<OpenedDatabase, 'damage'> {
  readonly store: Store
}

export interface SqliteStoreOptions {
  /** A row could not be read; called once for each. */
  readonly onSetAside?: (row: SetAside) => void
  /** Defaults to the system's. */
  readonly flush?: (fd: number) => Promise<void>
}

/** The store's file in the channel's folder. */
export const storeFile = (stateDir: string): string => join(stateDir, 'wechat.sqlite')

/** Opens or makes the store's file. @throws `database-too-new` */
export function openSqliteStore(file: string, options: SqliteStoreOptions = {}): OpenedStore {
  const { onSetAside = () => undefined, flush } = options
  const { db, damage } = openDatabase(file, migrations, flush === undefined ? {} : { flush })
  return { store: new SqliteStore(db, file, onSetAside), damage }
}

class SqliteStore implements Store {
  readonly #db: Database
  readonly #file: string
  readonly #onSetAside: (row: SetAside) => void

  constructor(db: Database, file: string, onSetAside: (row: SetAside) => void) {
    this.#db = db
    this.#file = file
    this.#onSetAside = onSetAside
  }

  async openAccount(accountId: string, owner: string, deaths = 1, term = 0): Promise<AccountStore> {
    const fence = await this.#db.write('durable', (writer) => {
      if (Number(writer.get(sql.lease, accountId)?.term ?? 0) > term) throw leaseLost(accountId)
      writer.run(sql.countDeaths, deaths, accountId, accountId)
      writer.run(sql.takeLease, accountId, owner, term)
      return Number(writer.get(sql.lease, accountId)?.fence)
    })
    return new SqliteAccountStore(this.#db, { accountId, fence, onSetAside: this.#onSetAside })
  }

  received(query: ReceivedQuery): Promise<ReceivedPage> {
    return receivedIn(this.#db, query)
  }

  async outboxCounts(accountId: string): Promise<OutboxCounts> {
    return countsOf(this.#db, accountId)
  }

  async progress(accountId: string, groupId: string): Promise<OutboxProgress> {
    return progressOf(this.#db.get(sql.progress, accountId, groupId))
  }

  moveTimes(byMs: number, onMoved?: () => void): Promise<void> {
    return this.#db.write('relaxed', (writer) => {
      writer.run(sql.moveReceived, byMs)
      writer.run(sql.moveUnsent, byMs)
      writer.run(sql.moveRest, byMs)
      writer.run(eventSql.moveEvents, byMs)
      onMoved?.()
    })
  }

  prune(retention: Retention): Promise<number> {
    return prune(this.#db, retention)
  }

  check(): Promise<string | undefined> {
    return checkDatabase(this.#file)
  }

  close(): Promise<void> {
    return this.#db.close()
  }
}
