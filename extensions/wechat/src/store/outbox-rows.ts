/**
 * Writes and reads of single outbox rows, for the verbs of the SQLite store.
 */

import { randomUUID } from 'node:crypto'
import type { Database, Row, Writer } from '@moltbot/channel-sdk/sqlite'
import type { LostPart, OutboxCounts, OutboxEntry, OutboxRow, RestState, Unsent } from '../model/outbox.ts'
import { sql } from './statements.ts'
import type { LossReport, OutboxProgress } from './store.ts'

/** A conversation of an account, as the statements take it. */
export type Key = readonly [accountId: string, kind: string, id: string]

/** @returns the numbers of the new rows */
export function insertParts(writer: Writer, key: Key, entry: OutboxEntry, nowMs: number): number[] {
  const { groupId, purpose = 'notice' } = entry
  return entry.parts.map((part) => {
    const { text, quoteMessageId = null } = 'text' in part ? part : { text: '' }
    const file = 'file' in part ? JSON.stringify(part.file) : null
    const values = [groupId, text, quoteMessageId, file, `moltbot-${randomUUID()}`, nowMs, purpose]
    return Number(writer.get(sql.insertPart, ...key, ...values)?.id)
  })
}

/** Does nothing if the person was told lately. */
export function reportLoss(writer: Writer, key: Key, { parts, nowMs, sinceMs }: LossReport): void {
  if (writer.get(sql.lossSince, ...key, sinceMs) !== undefined) return
  insertParts(writer, key, { groupId: `loss-${randomUUID()}`, parts, purpose: 'loss' }, nowMs)
}

export function noteUnsent(writer: Writer, row: OutboxRow, unsent: Unsent): void {
  switch (unsent.state) {
    case 'parked':
      writer.run(sql.park, unsent.cause, unsent.reason, unsent.notBeforeMs, row.id)
      break
    case 'attempted':
      writer.run(sql.markUnconfirmed, unsent.reason, unsent.notBeforeMs, row.id)
      break
    default:
      writer.run(sql.giveUp, unsent.state, unsent.reason, row.id)
  }
}

/** @param row of the statement `progress` */
export function progressOf(row: Row | undefined): OutboxProgress {
  const trouble = row?.trouble
  return {
    total: Number(row?.total ?? 0),
    sent: Number(row?.sent ?? 0),
    givenUp: Number(row?.given_up ?? 0),
    trouble: typeof trouble === 'string' ? trouble : undefined,
  }
}

/** @param row of the statement `rest` */
export function restOf(row: Row | undefined): RestState | undefined {
  return (
    row && {
      untilMs: Number(row.until_ms),
      pauseMs: Number(row.pause_ms),
      refusals: Number(row.refusals),
      earlyFromMs: Number(row.early_from_ms),
    }
  )
}

/** As the statements take a list of rows. */
export function idsOf(lost: readonly LostPart[] = []): string {
  return JSON.stringify(lost.map(({ rowId }) => rowId))
}

export function countsOf(db: Database, accountId: string): OutboxCounts {
  const row = db.get(sql.outboxCounts, accountId, accountId)
  return { waiting: Number(row?.waiting ?? 0), troubled: Number(row?.troubled ?? 0) }
}
