/**
 * The outbox of one account in PostgreSQL: what waits to be sent, and what becomes of it.
 */

import { randomUUID } from 'node:crypto'
import type { Conversation } from '@moltbot/channel-sdk'
import type { SqlRow } from '@moltbot/channel-sdk/sql'
import type {
  OutboxCounts,
  OutboxEntry,
  OutboxQuery,
  OutboxRow,
  ParkCause,
  RestState,
  SilenceState,
  Unsent,
} from '../../model/outbox.ts'
import type { EventsOfChange } from '../event-store.ts'
import { progressOf, restOf } from '../outbox-rows.ts'
import { conversationOf, readFile, readOutboxRow } from '../rows.ts'
import type { LossReport, NextToSend, OutboxProgress } from '../store.ts'
import { PostgresEvents } from './events.ts'
import type { Durability } from './puppet-state.ts'
import { read } from './statements.ts'

/** Rows in one list of the outbox. */
const maxListed = 200
/** Nothing to tell the person. */
const noReport: LossReport = { parts: [], nowMs: 0, sinceMs: 0 }

export class PostgresOutbox extends PostgresEvents {
  protected readonly readPart = (row: SqlRow) => readOutboxRow(row, this.lease.fence)

  async answerTexts(turnId: string): Promise<readonly string[]> {
    return (await this.read(read.answerTexts, this.id, turnId)).map(({ text }) => String(text))
  }

  async enqueue({ kind, id }: Conversation, entry: OutboxEntry, nowMs: number): Promise<boolean> {
    const values = [kind, id, entry.once === true, ...this.entry(entry, nowMs)]
    const [row] = await this.call('enqueue', 'durable', ...values)
    return row?.enqueue === true
  }

  async scheduledTexts(conversation: Conversation, nowMs: number): Promise<readonly OutboxRow[]> {
    const rows = await this.read(read.scheduledTexts, ...this.key(conversation), nowMs, maxListed)
    return this.readable('outbox', rows, this.readPart)
  }

  async merge(
    carrier: OutboxRow,
    text: string,
    others: readonly OutboxRow[],
  ): Promise<OutboxRow | undefined> {
    const ids = others.map(({ id }) => id)
    const [row] = await this.call('merge_parts', 'durable', carrier.id, text, ids)
    return row && this.readPart(row)
  }

  async conversationsToSend(): Promise<readonly Conversation[]> {
    return (await this.read(read.conversationsToSend, this.id)).map(conversationOf)
  }

  async blobsToSend(): Promise<readonly string[]> {
    const rows = await this.read(read.blobsToSend, this.id)
    return (await this.readable('outbox', rows, ({ file }) => readFile(file))).map(({ blob }) => blob)
  }

  async nextToSend(conversation: Conversation, nowMs: number): Promise<NextToSend | undefined> {
    for (;;) {
      const found = await this.readOne(read.nextToSend, ...this.key(conversation), nowMs)
      if (typeof found?.id !== 'number') {
        return typeof found?.due_ms === 'number' ? { dueMs: found.due_ms } : undefined
      }
      const [row] = await this.readable('outbox', [found], this.readPart)
      if (row !== undefined) return { row }
    }
  }

  async markAttempted(row: OutboxRow, nowMs: number, durability: Durability): Promise<OutboxRow> {
    const [marked] = await this.call('mark_attempted', durability, row.id, nowMs)
    return this.readPart(marked ?? {})
  }

  async markSent({ id, part, conversation }: OutboxRow, told?: EventsOfChange): Promise<boolean> {
    const durability = 'file' in part ? 'durable' : 'relaxed'
    const values = [conversation.kind, conversation.id, id, ...this.events(told)]
    const [row] = await this.call('mark_sent', durability, ...values)
    return row?.mark_sent === true
  }

  async markUnsent(
    row: OutboxRow,
    unsent: Unsent,
    report?: LossReport,
    told?: EventsOfChange,
  ): Promise<void> {
    const { kind, id } = row.conversation
    const { parts, nowMs, sinceMs } = report ?? noReport
    await this.call(
      'mark_unsent',
      'durable',
      row.id,
      unsent.state,
      unsent.state === 'parked' ? unsent.cause : null,
      unsent.reason,
      'notBeforeMs' in unsent ? unsent.notBeforeMs : 0,
      report !== undefined,
      sinceMs,
      kind,
      id,
      ...this.entry({ groupId: `loss-${randomUUID()}`, parts, purpose: 'loss' }, nowMs),
      ...this.events(told),
    )
  }

  async waitingIn(conversation: Conversation): Promise<number> {
    return Number((await this.readOne(read.waitingIn, ...this.key(conversation)))?.n ?? 0)
  }

  async listOutbox(query: OutboxQuery): Promise<readonly OutboxRow[]> {
    return this.readable('outbox', await this.#listed(query), this.readPart)
  }

  async withdraw(ids: readonly number[], reason: string): Promise<readonly OutboxRow[]> {
    return (await this.call('withdraw', 'durable', ids, reason)).map(this.readPart)
  }

  async retry(ids: readonly number[], nowMs: number): Promise<readonly OutboxRow[]> {
    return (await this.call('retry', 'durable', ids, nowMs)).map(this.readPart)
  }

  async unpark(causes: readonly ParkCause[]): Promise<void> {
    await this.call('unpark', 'relaxed', causes)
  }

  async progress(groupId: string): Promise<OutboxProgress> {
    return progressOf(await this.readOne(read.progress, this.id, groupId))
  }

  async outboxCounts(): Promise<OutboxCounts> {
    return countsOf(await this.readOne(read.outboxCounts, this.id))
  }

  async rest(): Promise<RestState | undefined> {
    return restOf(await this.readOne(read.rest, this.id))
  }

  async noteRest(rest: RestState | undefined): Promise<void> {
    const { untilMs = null, pauseMs = 0, refusals = 0, earlyFromMs = 0 } = rest ?? {}
    await this.call('note_rest', 'relaxed', untilMs, pauseMs, refusals, earlyFromMs)
  }

  async silence(): Promise<SilenceState | undefined> {
    const row = await this.readOne(read.silence, this.id)
    return row && { botId: String(row.bot_id), sends: Number(row.sends) }
  }

  async noteSilence(silence: SilenceState | undefined): Promise<void> {
    await this.call('note_silence', 'relaxed', silence?.botId ?? null, silence?.sends ?? 0)
  }

  #listed({ which, groupId, answersIn }: OutboxQuery): Promise<readonly SqlRow[]> {
    if (groupId !== undefined) return this.read(read.outboxOfGroup, this.id, groupId)
    if (answersIn !== undefined) return this.read(read.lastAnswerWaiting, ...this.key(answersIn))
    return this.read(which === 'waiting' ? read.outboxWaiting : read.outboxFailed, this.id, maxListed)
  }
}

export function countsOf(row: SqlRow | undefined): OutboxCounts {
  return { waiting: Number(row?.waiting ?? 0), troubled: Number(row?.troubled ?? 0) }
}
