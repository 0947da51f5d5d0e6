/**
 * The rows of one account under a lease: what a holder that has lost it writes is refused, and a row that cannot be read is
 * set aside instead of stopping everything.
 */

import { type Conversation, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import type { Database, Durability, Row, Writer } from '@moltbot/channel-sdk/sqlite'
import type { PuppetState } from '../model/puppet-state.ts'
import type { Key } from './outbox-rows.ts'
import { SqlitePuppetState } from './sqlite-puppet-state.ts'
import { sql } from './statements.ts'

/** A row that could not be read, and is now left alone. */
export interface SetAside {
  readonly accountId: string
  readonly table: 'journal' | 'outbox'
  /** The row's number in its table. */
  readonly row: number
  readonly reason: string
}

interface Lease {
  readonly accountId: string
  /** Counts the holders of the account's lease; this one's number. */
  readonly fence: number
  readonly onSetAside: (row: SetAside) => void
}

/** The reason of a row that was set aside is for people. */
const maxReasonLength = 200

export class AccountRows {
  readonly puppetState: PuppetState
  protected readonly db: Database
  protected readonly lease: Lease
  protected readonly id: string
  #isReleased = false

  constructor(db: Database, lease: Lease) {
    this.db = db
    this.lease = lease
    this.id = lease.accountId
    this.puppetState = new SqlitePuppetState(db, this.id, (durability, work) => this.write(durability, work))
  }

  async release(): Promise<void> {
    const { accountId, fence } = this.lease
    this.#isReleased = true
    // Where even this cannot be written, the next holder's claim ends the lease.
    await this.db
      .write('relaxed', (writer) => writer.run(sql.giveLeaseBack, accountId, fence))
      .catch(() => undefined)
  }

  protected async readable<Value>(
    table: SetAside['table'],
    rows: readonly Row[],
    read: (row: Row) => Value,
  ): Promise<Value[]> {
    const bad = rows.filter((row) => failureOf(read, row) !== undefined)
    if (bad.length > 0) await this.write('relaxed', (writer) => this.readableIn(writer, table, bad, read))
    return rows.filter((row) => !bad.includes(row)).map(read)
  }

  /** What can be read of these rows. The others are set aside, so that they stop nothing again. */
  protected readableIn<Value>(
    writer: Writer,
    table: SetAside['table'],
    rows: readonly Row[],
    read: (row: Row) => Value,
  ): Value[] {
    return rows.flatMap((row) => {
      const failure = failureOf(read, row)
      if (failure === undefined) return [read(row)]
      const number = Number(row.seq ?? row.id)
      const reason = `unreadable row: ${failure}`.slice(0, maxReasonLength)
      writer.run(table === 'journal' ? sql.setMessageAside : sql.setPartAside, reason, number)
      this.lease.onSetAside({ accountId: this.id, table, row: number, reason })
      return []
    })
  }

  protected write<Result>(durability: Durability, work: (writer: Writer) => Result): Promise<Result> {
    const { accountId, fence } = this.lease
    return this.db.write(durability, (writer) => {
      const isHeld = !this.#isReleased && Number(writer.get(sql.lease, accountId)?.fence) === fence
      if (isHeld) return work(writer)
      throw leaseLost(accountId)
    })
  }

  protected key({ kind, id }: Conversation): Key {
    return [this.id, kind, id]
  }
}

export const leaseLost = (accountId: string) =>
  new MoltbotError('lease-lost', `account "${accountId}" has another owner now, or was stopped`)

/** Why a row cannot be read; undefined where it can. */
export function failureOf(read: (row: Row) => unknown, row: Row): string | undefined {
  try {
    read(row)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
