/**
 * The store on a PostgreSQL server that the host connects to: for several gateways, or for one on a machine that may vanish.
 */

import { codeOf, type ReceivedPage, type ReceivedQuery } from '@moltbot/channel-sdk'
import type { SqlDatabase } from '@moltbot/channel-sdk/sql'
import type { OutboxCounts } from '../../model/outbox.ts'
import { leaseLost, type SetAside } from '../account-rows.ts'
import { lookBack, sliceOf } from '../look-back.ts'
import { progressOf } from '../outbox-rows.ts'
import { receivedFrom, receivedQuery } from '../received.ts'
import type { AccountStore, OutboxProgress, Retention, Store } from '../store.ts'
import { storedState } from '../stored-state.ts'
import { PostgresAccountStore } from './account.ts'
import { eventUpkeep } from './event-statements.ts'
import { leaseLost as lostState } from './functions.ts'
import { countsOf } from './outbox.ts'
import { prune } from './prune.ts'
import { read, upkeep } from './statements.ts'
import { schema } from './tables.ts'

export interface PostgresStoreOptions {
  /** A row could not be read; called once for each. */
  readonly onSetAside?: (row: SetAside) => void
}

/** Of one message. */
const maxParts = 100

/** Makes the tables where there are none. The host closes the database. @throws what keeps it from being used */
export async function openPostgresStore(
  db: SqlDatabase,
  { onSetAside = () => undefined }: PostgresStoreOptions = {},
): Promise<Store> {
  await db.migrate(schema, storedState.scripts)
  return new PostgresStore(db, onSetAside)
}

class PostgresStore implements Store {
  readonly #db: SqlDatabase
  readonly #onSetAside: (row: SetAside) => void
  readonly #held = new Set<string>()
  #isClosed = false

  constructor(db: SqlDatabase, onSetAside: (row: SetAside) => void) {
    this.#db = db
    this.#onSetAside = onSetAside
  }

  async openAccount(accountId: string, owner: string, deaths = 1, term = 0): Promise<AccountStore> {
    const values = [accountId, owner, deaths, term]
    const [row] = await this.#db
      .query(`SELECT ${schema}.take_lease($1, $2, $3, $4) AS fence`, values)
      .catch((error: unknown) => {
        throw codeOf(error) === lostState ? leaseLost(accountId) : error
      })
    this.#held.add(accountId)
    return new PostgresAccountStore(this.#db, {
      accountId,
      fence: Number(row?.fence),
      onSetAside: this.#onSetAside,
      isClosed: () => this.#isClosed,
    })
  }

  async received(query: ReceivedQuery): Promise<ReceivedPage> {
    const { rows, ...rest } = await lookBack(query, {
      slice: async (before) => sliceOf((await this.#db.query(read.slice, [before]))[0]),
      find: (...place) => this.#db.query(read.received, receivedQuery(query, ...place)),
    })
    const groups = rows.flatMap((row) => groupsOf(row))
    const said = await this.#db.query(read.saidInReturn, [query.accountId, groups, maxParts * query.limit])
    const byGroup = Map.groupBy(said, (part) => String(part.group_id))
    const messages = receivedFrom(rows, (row) =>
      groupsOf(row)
        .flatMap((group) => byGroup.get(group) ?? [])
        .slice(0, maxParts),
    )
    return { messages, ...rest }
  }

  async outboxCounts(accountId: string): Promise<OutboxCounts> {
    return countsOf((await this.#db.query(read.outboxCounts, [accountId]))[0])
  }

  async progress(accountId: string, groupId: string): Promise<OutboxProgress> {
    return progressOf((await this.#db.query(read.progress, [accountId, groupId]))[0])
  }

  /** Of the accounts that this process has opened: another machine has another clock. */
  async moveTimes(byMs: number, onMoved?: () => void): Promise<void> {
    await this.#db.transaction(
      async (session) => {
        for (const statement of [
          upkeep.moveReceived,
          upkeep.moveUnsent,
          upkeep.moveRest,
          eventUpkeep.moveEvents,
        ])
          await session.query(statement, [byMs, [...this.#held]])
        onMoved?.()
      },
      { durability: 'relaxed' },
    )
  }

  prune(retention: Retention): Promise<number> {
    return prune(this.#db, retention)
  }

  /** The server checks its own pages. */
  async check(): Promise<undefined> {}

  async close(): Promise<void> {
    this.#isClosed = true
  }
}

/** What is said about a message without a turn has a group of its own. */
function groupsOf({ turn_id, message_id }: Readonly<Record<string, unknown>>): string[] {
  return [...(typeof turn_id === 'string' ? [turn_id] : []), `notice-${String(message_id)}`]
}
