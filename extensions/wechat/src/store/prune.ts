/**
 * Removes what has ended and is old: in batches, each a small write of its own, with the event loop free between them.
 */

import type { Database, Writer } from '@moltbot/channel-sdk/sqlite'
import { eventSql } from './event-statements.ts'
import { sql } from './statements.ts'
import type { Retention } from './store.ts'

/** Rows looked at in one write. */
const batchSize = 500
/** Groups of an account whose history is kept; those that were quiet longest lose theirs first. */
const maxHistoryGroups = 1_000

type Key = readonly [accountId: string, kind: string, id: string]

/** @returns how many messages and parts were removed */
export async function prune(db: Database, retention: Retention): Promise<number> {
  const { nowMs, rowsMs, signal } = retention
  await dropSurplusHistory(db, signal)
  await forgetTexts(db, retention)
  const removed = await eachEnded(
    db,
    { sql: sql.endedMessages, values: [nowMs - rowsMs] },
    signal,
    (writer, seqs) => writer.run(sql.forgetMessages, seqs, retention.history),
  )
  const parts = await whileFull(signal, () => runIn(db, sql.forgetParts, nowMs - rowsMs, batchSize))
  await whileFull(signal, () => runIn(db, eventSql.forgetEvents, nowMs - rowsMs, batchSize))
  await dropHistoryMarks(db, signal)
  return removed + parts
}

/** What de-duplication needs stays, without the words. */
async function forgetTexts(
  db: Database,
  { nowMs, rowsMs, textsMs, otherTextsMs, history, signal }: Retention,
) {
  const accounts = db.all(sql.leasedAccounts).map(({ account_id }) => String(account_id))
  for (const accountId of accounts) {
    const keptMs = textsMs.get(accountId) ?? otherTextsMs
    if (keptMs >= rowsMs) continue // Whole rows go before.
    const beforeMs = nowMs - keptMs
    await eachEnded(db, { sql: sql.endedTexts, values: [accountId, beforeMs] }, signal, (writer, seqs) =>
      writer.run(sql.forgetTexts, seqs, history),
    )
    await whileFull(signal, () => runIn(db, sql.forgetSentParts, beforeMs, accountId, batchSize))
    await whileFull(signal, () => runIn(db, sql.forgetPartTexts, beforeMs, accountId, batchSize))
    await whileFull(signal, () => runIn(db, eventSql.forgetEventTexts, beforeMs, accountId, batchSize))
  }
}

/** Goes through the ended messages that a statement finds, oldest first, also past those that are kept. */
async function eachEnded(
  db: Database,
  query: { readonly sql: string; readonly values: readonly (string | number)[] },
  signal: AbortSignal,
  forget: (writer: Writer, seqs: string) => number,
): Promise<number> {
  let forgotten = 0
  let after: readonly [receivedMs: number, seq: number] = [-1, -1]
  while (!signal.aborted) {
    const rows = db.all(query.sql, ...query.values, ...after, batchSize)
    const last = rows.at(-1)
    if (last === undefined) break
    const seqs = JSON.stringify(rows.map(({ seq }) => seq))
    forgotten += await db.write('relaxed', (writer) => forget(writer, seqs))
    after = [Number(last.received_ms), Number(last.seq)]
  }
  return forgotten
}

async function dropSurplusHistory(db: Database, signal: AbortSignal): Promise<void> {
  for (const groups of Map.groupBy(
    await historyGroups(db, signal),
    ({ key: [accountId] }) => accountId,
  ).values()) {
    if (groups.length <= maxHistoryGroups) continue
    const quietest = groups.toSorted((one, other) => other.newest - one.newest).slice(maxHistoryGroups)
    for (const { key } of quietest) {
      await whileFull(signal, () => runIn(db, sql.dropHistory, ...key, batchSize))
    }
  }
}

async function historyGroups(db: Database, signal: AbortSignal): Promise<{ key: Key; newest: number }[]> {
  const groups: { key: Key; newest: number }[] = []
  for (let key = nextKey(db, sql.nextHistoryGroup, ['', '', '']); key && !signal.aborted; ) {
    groups.push({ key, newest: Number(db.get(sql.newestHistory, ...key)?.seq) })
    key = nextKey(db, sql.nextHistoryGroup, key)
    if (groups.length % batchSize === 0) await new Promise(setImmediate)
  }
  return groups
}

function nextKey(db: Database, statement: string, after: Key): Key | undefined {
  const row = db.get(statement, ...after)
  return row && [String(row.account_id), String(row.conversation_kind), String(row.conversation_id)]
}

async function dropHistoryMarks(db: Database, signal: AbortSignal): Promise<void> {
  let after: Key = ['', '', '']
  while (!signal.aborted) {
    const keys = db
      .all(sql.nextHistoryMarks, ...after, batchSize)
      .map((row): Key => [String(row.account_id), String(row.conversation_kind), String(row.conversation_id)])
    const last = keys.at(-1)
    if (last === undefined) return
    await db.write('relaxed', (writer) => {
      for (const key of keys) writer.run(sql.dropHistoryMark, ...key)
    })
    after = last
  }
}

function runIn(db: Database, statement: string, ...values: readonly (string | number)[]): Promise<number> {
  return db.write('relaxed', (writer) => writer.run(statement, ...values))
}

/** Repeats a batch until one was not full. @returns rows in all */
async function whileFull(signal: AbortSignal, batch: () => Promise<number>): Promise<number> {
  let rows = 0
  while (!signal.aborted) {
    const changed = await batch()
    rows += changed
    if (changed < batchSize) break
  }
  return rows
}
