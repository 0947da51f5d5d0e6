/**
 * The rows of one account in PostgreSQL, under a lease: its writes follow each other, and what a holder that has lost the
 * lease writes is refused. A row that cannot be read is set aside instead of stopping everything.
 */

import { randomUUID } from 'node:crypto'
import { type Conversation, codeOf, MoltbotError, Queue } from '@moltbot/channel-sdk'
import type { SqlDatabase, SqlRow, SqlValue } from '@moltbot/channel-sdk/sql'
import type { OutboxEntry } from '../../model/outbox.ts'
import type { PuppetState } from '../../model/puppet-state.ts'
import { failureOf, leaseLost, type SetAside } from '../account-rows.ts'
import type { Key } from '../outbox-rows.ts'
import type { BlobParts } from '../shared-blobs.ts'
import { postgresBlobParts } from './blob-parts.ts'
import { leaseLost as lostState } from './functions.ts'
import { PendingChanges, valuesOf } from './pending-changes.ts'
import { type AccountCalls, type Durability, PostgresPuppetState } from './puppet-state.ts'
import { schema } from './tables.ts'

export interface PostgresLease {
  readonly accountId: string
  /** Counts the holders of the account's lease; this one's number. */
  readonly fence: number
  readonly onSetAside: (row: SetAside) => void
  readonly isClosed: () => boolean
}

/** The reason of a row that was set aside is for people. */
const maxReasonLength = 200
const noChanges = valuesOf([])

export class AccountRows {
  readonly puppetState: PuppetState
  readonly blobParts: BlobParts
  protected readonly lease: PostgresLease
  protected readonly id: string
  readonly #db: SqlDatabase
  readonly #writes = new Queue()
  /** Of a call that is repeated, since its answer was lost: its parts get the same ids, and are stored once. */
  readonly #clientIds = new WeakMap<OutboxEntry['parts'], string[]>()
  readonly #pending = new PendingChanges(() => this.call('put_state', 'relaxed', ...noChanges))
  #isReleased = false

  constructor(db: SqlDatabase, lease: PostgresLease) {
    this.#db = db
    this.lease = lease
    this.id = lease.accountId
    const calls: AccountCalls = {
      read: (statement, ...values) => this.read(statement, ...values),
      call: (verb, durability, ...values) => this.call(verb, durability, ...values),
    }
    this.puppetState = new PostgresPuppetState(this.id, calls, this.#pending)
    this.blobParts = postgresBlobParts(this.id, calls)
  }

  async release(): Promise<void> {
    this.#isReleased = true
    // Where even this cannot be written, the next holder's claim ends the lease.
    const statement = `SELECT ${schema}.give_lease_back($1, $2) FROM ${schema}.put_state($1, $2, false, $3, $4, $5, $6)`
    await this.#pending
      .take((changes) => this.#db.query(statement, [this.id, this.lease.fence, ...changes]))
      .catch(() => undefined)
  }

  protected read(statement: string, ...values: SqlValue[]): Promise<readonly SqlRow[]> {
    return this.#open().query(statement, values)
  }

  protected async readOne(statement: string, ...values: SqlValue[]): Promise<SqlRow | undefined> {
    return (await this.read(statement, ...values))[0]
  }

  /** Calls a function that writes, with what pends. @throws `lease-lost` */
  protected call(verb: string, durability: Durability, ...values: SqlValue[]): Promise<readonly SqlRow[]> {
    return this.#writes.run(async () => {
      if (this.#isReleased) throw leaseLost(this.id)
      const all = [this.id, this.lease.fence, durability === 'durable', ...values]
      const run = (changes: readonly SqlValue[]) =>
        this.#open().query(callOf(verb, values.length, changes.length), [...all, ...changes])
      return (this.#pending.isEmpty ? run([]) : this.#pending.take(run)).catch((error: unknown) => {
        throw codeOf(error) === lostState ? leaseLost(this.id) : error
      })
    })
  }

  /** What can be read of these rows. The others are set aside, so that they stop nothing again. */
  protected async readable<Value>(
    table: SetAside['table'],
    rows: readonly SqlRow[],
    read: (row: SqlRow) => Value,
  ): Promise<Value[]> {
    const bad = rows.flatMap((row) => {
      const failure = failureOf(read, row)
      if (failure === undefined) return []
      return [{ row, number: Number(row.seq ?? row.id), reason: reasonOf(failure) }]
    })
    if (bad.length === 0) return rows.map(read)
    const numbers = bad.map(({ number }) => number)
    const [seqs, ids] = table === 'journal' ? [numbers, []] : [[], numbers]
    await this.call(
      'set_aside',
      'relaxed',
      seqs,
      ids,
      bad.map(({ reason }) => reason),
    )
    for (const { number, reason } of bad)
      this.lease.onSetAside({ accountId: this.id, table, row: number, reason })
    return rows.filter((row) => !bad.some((other) => other.row === row)).map(read)
  }

  protected key({ kind, id }: Conversation): Key {
    return [this.id, kind, id]
  }

  /** The arguments of a function that stores these parts. */
  protected entry({ groupId, parts, purpose = 'notice' }: OutboxEntry, nowMs: number): SqlValue[] {
    return [
      groupId,
      purpose,
      parts.map((part) => ('text' in part ? part.text : '')),
      parts.map((part) => ('text' in part ? (part.quoteMessageId ?? null) : null)),
      parts.map((part) => ('file' in part ? JSON.stringify(part.file) : null)),
      this.#idsOf(parts),
      nowMs,
    ]
  }

  #idsOf(parts: OutboxEntry['parts']): string[] {
    const known = this.#clientIds.get(parts)
    if (known !== undefined) return known
    const ids = parts.map(() => `moltbot-${randomUUID()}`)
    this.#clientIds.set(parts, ids)
    return ids
  }

  #open(): SqlDatabase {
    if (this.lease.isClosed()) throw new MoltbotError('store-closed', 'the store is closed')
    return this.#db
  }
}

/** A verb with its arguments, and after the change of a puppet's state in the same transaction where there is one. */
function callOf(verb: string, values: number, changes: number): string {
  const places = (first: number, count: number) =>
    Array.from({ length: count }, (_, index) => `, $${first + index}`).join('')
  if (changes === 0) return `SELECT * FROM ${schema}.${verb}($1, $2, $3${places(4, values)})`
  return `
    SELECT ${verb}.* FROM ${schema}.put_state($1, $2, $3${places(4 + values, changes)}) AS is_durable,
      ${schema}.${verb}($1, $2, is_durable${places(4, values)})`
}

function reasonOf(failure: string): string {
  return `unreadable row: ${failure}`.slice(0, maxReasonLength)
}
