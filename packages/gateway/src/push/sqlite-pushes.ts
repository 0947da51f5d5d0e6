/**
 * Pushes in `gateway.sqlite`.
 */

import type { Database, Row } from '@moltbot/channel-sdk/sqlite'
import { timeOf, type UnreadableRows } from '../gateway-database.ts'
import { type PushLimits, type PushRecord, type PushStore, pushStates } from './push-store.ts'

const columns = `rowid AS row_id, id, token_id, digest, target, account_id, created_ms * 1.0 AS created_ms, state, reason,
  chunks, sent`
const prune =
  'DELETE FROM push WHERE rowid IN (SELECT rowid FROM push WHERE created_ms < ? ORDER BY created_ms LIMIT 100)'
const forgetKeys =
  'UPDATE push SET idempotency_key = NULL WHERE created_ms < ? AND token_id = ? AND idempotency_key = ?'
const byKey = `SELECT ${columns} FROM push WHERE token_id = ? AND idempotency_key = ?`
const lately = 'SELECT count(*) AS n FROM push WHERE created_ms >= ? AND token_id = ?'
const add = `
  INSERT INTO push
    (id, token_id, idempotency_key, digest, target, account_id, created_ms, state, reason, chunks, sent)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const find = `SELECT ${columns} FROM push WHERE id = ?`
const note = 'UPDATE push SET state = ?, reason = ?, chunks = ?, sent = ? WHERE id = ?'
const remove = 'DELETE FROM push WHERE id = ?'
const open = `SELECT ${columns} FROM push
  WHERE state IN ('queued', 'parked') AND target = coalesce(?, target) ORDER BY created_ms LIMIT ?`

/** @param db opened with `gatewayMigrations` */
export function sqlitePushes(db: Database, unreadable: UnreadableRows): PushStore {
  const readable = (rows: readonly Row[]) => unreadable.leaveOut('push', rows, recordOf)
  return {
    begin: (record, key, { nowMs, keysMs, recordsMs, most }: PushLimits) =>
      db.write('durable', (writer) => {
        const { id, tokenId, digest, target, accountId, createdMs, state, reason, chunks, sent } = record
        writer.run(prune, nowMs - recordsMs)
        if (key !== undefined) {
          writer.run(forgetKeys, nowMs - keysMs, tokenId, key)
          const [earlier] = readable(writer.all(byKey, tokenId, key))
          if (earlier !== undefined) return { record: earlier, isNew: false }
        }
        if (Number(writer.get(lately, nowMs - keysMs, tokenId)?.n) >= most) return undefined
        const place = [target, accountId, createdMs] as const
        writer.run(add, id, tokenId, key ?? null, digest, ...place, state, reason, chunks, sent)
        return { record, isNew: true }
      }),
    find: async (id) => readable(db.all(find, id))[0],
    note: async (id, { state, reason, chunks, sent }) => {
      await db.write('relaxed', (writer) => writer.run(note, state, reason, chunks, sent, id))
    },
    remove: async (id) => {
      await db.write('durable', (writer) => writer.run(remove, id))
    },
    open: async (limit, target) => readable(db.all(open, target ?? null, limit)),
  }
}

/** A row of either store. */
export function recordOf(row: Row): PushRecord | undefined {
  const state = pushStates.find((one) => one === row.state)
  const createdMs = timeOf(row.created_ms)
  if (state === undefined || createdMs === undefined) return undefined
  return {
    id: String(row.id),
    tokenId: String(row.token_id),
    digest: String(row.digest),
    target: String(row.target),
    accountId: String(row.account_id),
    createdMs,
    state,
    reason: String(row.reason),
    chunks: Number(row.chunks),
    sent: Number(row.sent),
  }
}
