/**
 * The outbox of one account: what waits to be sent, and what becomes of it.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import type { Durability, Row, Writer } from '@moltbot/channel-sdk/sqlite'
import type {
  LostPart,
  OutboxCounts,
  OutboxEntry,
  OutboxQuery,
  OutboxRow,
  ParkCause,
  RestState,
  SilenceState,
  Unsent,
} from '../model/outbox.ts'
import type { EventsOfChange } from './event-store.ts'
import { countsOf, insertParts, type Key, noteUnsent, progressOf, reportLoss, restOf } from './outbox-rows.ts'
import { conversationOf, readFile, readOutboxRow } from './rows.ts'
import { SqliteEvents } from './sqlite-events.ts'
import { sql } from './statements.ts'
import { type LossReport, maxUndelivered, type NextToSend, type OutboxProgress } from './store.ts'

/** Rows in one list of the outbox. */
const maxListed = 200

export class SqliteOutbox extends SqliteEvents {
  readonly #read = (row: Row) => readOutboxRow(row, this.lease.fence)

  async answerTexts(turnId: string): Promise<readonly string[]> {
    return this.db.all(sql.answerTexts, this.id, turnId).map(({ text }) => String(text))
  }

  enqueue(conversation: Conversation, entry: OutboxEntry, nowMs: number): Promise<boolean> {
    return this.write('durable', (writer) => {
      if (entry.once && writer.get(sql.hasGroup, this.id, entry.groupId) !== undefined) return false
      insertParts(writer, this.key(conversation), entry, nowMs)
      return true
    })
  }

  async scheduledTexts(conversation: Conversation, nowMs: number): Promise<readonly OutboxRow[]> {
    const rows = this.db.all(sql.scheduledTexts, ...this.key(conversation), nowMs, maxListed)
    return this.readable('outbox', rows, this.#read)
  }

  merge(carrier: OutboxRow, text: string, others: readonly OutboxRow[]): Promise<OutboxRow | undefined> {
    const ids = others.map(({ id }) => id)
    return this.write('durable', (writer) => {
      const found = writer.get(sql.mergeable, this.id, JSON.stringify([carrier.id, ...ids]))
      if (Number(found?.n) !== ids.length + 1) return undefined
      writer.run(sql.carry, text, carrier.id)
      writer.run(sql.merge, carrier.id, JSON.stringify(ids))
      return this.#read(writer.get(sql.part, carrier.id) ?? {})
    })
  }

  async conversationsToSend(): Promise<readonly Conversation[]> {
    return this.db.all(sql.conversationsToSend, this.id).map(conversationOf)
  }

  async blobsToSend(): Promise<readonly string[]> {
    const rows = this.db.all(sql.blobsToSend, this.id)
    return (await this.readable('outbox', rows, ({ file }) => readFile(file))).map(({ blob }) => blob)
  }

  async nextToSend(conversation: Conversation, nowMs: number): Promise<NextToSend | undefined> {
    const key = this.key(conversation)
    for (;;) {
      const found = this.db.get(sql.nextToSend, ...key, nowMs)
      if (found === undefined) break
      const [row] = await this.readable('outbox', [found], this.#read)
      if (row !== undefined) return { row }
    }
    const dueMs = this.db.get(sql.nextDue, ...key)?.due_ms
    return typeof dueMs === 'number' ? { dueMs } : undefined
  }

  markAttempted(row: OutboxRow, nowMs: number, durability: Durability): Promise<OutboxRow> {
    return this.write(durability, (writer) => this.attempt(writer, row.id, nowMs))
  }

  markSent({ id, part, conversation }: OutboxRow, told?: EventsOfChange): Promise<boolean> {
    return this.write('file' in part ? 'durable' : 'relaxed', (writer) => {
      writer.run(sql.markSent, id)
      if (told !== undefined) this.putEvents(writer, told)
      return this.isWaiting(writer, this.key(conversation))
    })
  }

  async markUnsent(
    row: OutboxRow,
    unsent: Unsent,
    report?: LossReport,
    told?: EventsOfChange,
  ): Promise<void> {
    await this.write('durable', (writer) => {
      if (report !== undefined) reportLoss(writer, this.key(row.conversation), report)
      noteUnsent(writer, row, unsent)
      if (told !== undefined) this.putEvents(writer, told)
    })
  }

  async waitingIn(conversation: Conversation): Promise<number> {
    return Number(this.db.get(sql.waitingIn, ...this.key(conversation))?.n ?? 0)
  }

  async listOutbox({ which, groupId, answersIn }: OutboxQuery): Promise<readonly OutboxRow[]> {
    if (groupId !== undefined)
      return this.readable('outbox', this.db.all(sql.outboxOfGroup, this.id, groupId), this.#read)
    if (answersIn === undefined) {
      const statement = which === 'waiting' ? sql.outboxWaiting : sql.outboxFailed
      return this.readable('outbox', this.db.all(statement, this.id, maxListed), this.#read)
    }
    const key = this.key(answersIn)
    return this.readable('outbox', this.db.all(sql.lastAnswerWaiting, ...key, ...key), this.#read)
  }

  async withdraw(ids: readonly number[], reason: string): Promise<readonly OutboxRow[]> {
    return this.#changed((writer) => writer.all(sql.withdraw, reason, this.id, JSON.stringify(ids)))
  }

  async retry(ids: readonly number[], nowMs: number): Promise<readonly OutboxRow[]> {
    return this.#changed((writer) => writer.all(sql.retry, nowMs, this.id, JSON.stringify(ids)))
  }

  async unpark(causes: readonly ParkCause[]): Promise<void> {
    await this.write('relaxed', (writer) => writer.run(sql.unpark, this.id, JSON.stringify(causes)))
  }

  async progress(groupId: string): Promise<OutboxProgress> {
    return progressOf(this.db.get(sql.progress, this.id, groupId))
  }

  async outboxCounts(): Promise<OutboxCounts> {
    return countsOf(this.db, this.id)
  }

  async rest(): Promise<RestState | undefined> {
    return restOf(this.db.get(sql.rest, this.id))
  }

  async noteRest(rest: RestState | undefined): Promise<void> {
    await this.write('relaxed', (writer) =>
      rest === undefined
        ? writer.run(sql.endRest, this.id)
        : writer.run(sql.putRest, this.id, rest.untilMs, rest.pauseMs, rest.refusals, rest.earlyFromMs),
    )
  }

  async silence(): Promise<SilenceState | undefined> {
    const row = this.db.get(sql.silence, this.id)
    return row && { botId: String(row.bot_id), sends: Number(row.sends) }
  }

  async noteSilence(silence: SilenceState | undefined): Promise<void> {
    await this.write('relaxed', (writer) =>
      silence === undefined
        ? writer.run(sql.endSilence, this.id)
        : writer.run(sql.putSilence, this.id, silence.botId, silence.sends),
    )
  }

  /** Oldest first. */
  protected undelivered(writer: Writer, conversation: Conversation): LostPart[] {
    const rows = writer.all(sql.unreported, ...this.key(conversation), maxUndelivered)
    const lost = this.readableIn(writer, 'outbox', rows, this.#read)
    return lost.reverse().map(({ id, part }) => ({ rowId: id, part }))
  }

  protected isWaiting(writer: Writer, key: Key): boolean {
    return writer.get(sql.isWaiting, ...key) !== undefined
  }

  protected attempt(writer: Writer, rowId: number, nowMs: number): OutboxRow {
    const { fence } = this.lease
    writer.run(sql.markAttempted, fence, nowMs, nowMs, rowId)
    return this.#read(writer.get(sql.part, rowId) ?? {})
  }

  async #changed(change: (writer: Writer) => readonly Row[]): Promise<OutboxRow[]> {
    const rows = await this.write('durable', change)
    return rows.map(this.#read)
  }
}
