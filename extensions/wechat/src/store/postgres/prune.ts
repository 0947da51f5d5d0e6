/**
 * Removes what has ended and is old from PostgreSQL, in batches, so that no statement holds rows for long.
 */

import type { SqlDatabase, SqlValue } from '@moltbot/channel-sdk/sql'
import type { Retention } from '../store.ts'
import { eventUpkeep } from './event-statements.ts'
import { upkeep } from './statements.ts'

/** Rows looked at by one statement. */
const batchSize = 500
/** Groups of an account whose history is kept; those that were quiet longest lose theirs first. */
const maxHistoryGroups = 1_000

/** @returns how many messages and parts were removed */
export async function prune(db: SqlDatabase, retention: Retention): Promise<number> {
  const { nowMs, rowsMs, signal, history } = retention
  if (signal.aborted) return 0
  await dropSurplusHistory(db, signal)
  await forgetTexts(db, retention)
  const removed = await eachEnded(db, upkeep.endedMessages, [nowMs - rowsMs], {
    signal,
    forget: (seqs) => db.query(upkeep.forgetMessages, [seqs, history]),
  })
  const parts = await whileFull(signal, () => db.query(upkeep.forgetParts, [nowMs - rowsMs, batchSize]))
  await whileFull(signal, () => db.query(eventUpkeep.forgetEvents, [nowMs - rowsMs, batchSize]))
  if (!signal.aborted) await db.query(upkeep.dropHistoryMarks)
  return removed + parts
}

async function dropSurplusHistory(db: SqlDatabase, signal: AbortSignal): Promise<void> {
  for (const row of await db.query(upkeep.surplusGroups, [maxHistoryGroups])) {
    if (signal.aborted) return
    const key = [row.account_id, row.conversation_kind, row.conversation_id].map(String)
    await db.query(upkeep.dropHistory, key)
  }
}

/** What de-duplication needs stays, without the words. */
async function forgetTexts(
  db: SqlDatabase,
  { nowMs, rowsMs, textsMs, otherTextsMs, history, signal }: Retention,
): Promise<void> {
  for (const row of await db.query(upkeep.leasedAccounts)) {
    const accountId = String(row.account_id)
    const keptMs = textsMs.get(accountId) ?? otherTextsMs
    if (keptMs >= rowsMs) continue // Whole rows go before.
    const beforeMs = nowMs - keptMs
    await eachEnded(db, upkeep.endedTexts, [beforeMs, accountId], {
      signal,
      forget: (seqs) => db.query(upkeep.forgetTexts, [seqs, history]),
    })
    for (const statement of [upkeep.forgetSentParts, upkeep.forgetPartTexts, eventUpkeep.forgetEventTexts])
      await whileFull(signal, () => db.query(statement, [beforeMs, batchSize, accountId]))
  }
}

/** Goes through the ended messages that a statement finds, oldest first, also past those that are kept. */
async function eachEnded(
  db: SqlDatabase,
  statement: string,
  [beforeMs, ...rest]: readonly [number, ...SqlValue[]],
  work: { readonly signal: AbortSignal; readonly forget: (seqs: number[]) => Promise<readonly unknown[]> },
): Promise<number> {
  let forgotten = 0
  let after: readonly [receivedMs: number, seq: number] = [-1, -1]
  while (!work.signal.aborted) {
    const rows = await db.query(statement, [beforeMs, ...after, batchSize, ...rest])
    const last = rows.at(-1)
    if (last === undefined) break
    forgotten += (await work.forget(rows.map(({ seq }) => Number(seq)))).length
    after = [Number(last.received_ms), Number(last.seq)]
  }
  return forgotten
}

/** Repeats a batch until one was not full. @returns rows in all */
async function whileFull(signal: AbortSignal, batch: () => Promise<readonly unknown[]>): Promise<number> {
  let rows = 0
  while (!signal.aborted) {
    const changed = (await batch()).length
    rows += changed
    if (changed < batchSize) break
  }
  return rows
}
