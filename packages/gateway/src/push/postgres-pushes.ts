/**
 * Pushes in PostgreSQL. Those of one token begin one after another, so that a key and a limit hold over all gateways.
 */

import type { SqlDatabase, SqlRow } from '@moltbot/channel-sdk/sql'
import { relaxed, schema } from '../postgres/gateway-tables.ts'
import type { PushRecord, PushStore } from './push-store.ts'
import { recordOf } from './sqlite-pushes.ts'

const table = `${schema}.push`
const sql = {
  lock: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 7161544303))',
  prune: `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE created_ms < $1 ORDER BY created_ms LIMIT 100)`,
  forgetKeys: `
    UPDATE ${table} SET idempotency_key = NULL WHERE created_ms < $1 AND token_id = $2 AND idempotency_key = $3`,
  byKey: `SELECT * FROM ${table} WHERE token_id = $1 AND idempotency_key = $2`,
  lately: `SELECT count(*) AS n FROM ${table} WHERE created_ms >= $1 AND token_id = $2`,
  add: `
    INSERT INTO ${table}
      (id, token_id, idempotency_key, digest, target, account_id, created_ms, state, reason, chunks, sent)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
  find: `SELECT * FROM ${table} WHERE id = $1`,
  note: `
    ${relaxed} UPDATE ${table} SET state = $1, reason = $2, chunks = $3, sent = $4 FROM relaxed WHERE id = $5`,
  remove: `DELETE FROM ${table} WHERE id = $1`,
  open: `
    SELECT * FROM ${table} WHERE state IN ('queued', 'parked') AND target = coalesce($1, target)
    ORDER BY created_ms LIMIT $2`,
} as const

/** @param db with the tables of the gateway */
export function postgresPushes(db: SqlDatabase): PushStore {
  const readable = (rows: readonly SqlRow[]): PushRecord[] => rows.flatMap((row) => recordOf(row) ?? [])
  return {
    begin: (record, key, { nowMs, keysMs, recordsMs, most }) =>
      db.transaction(async (session) => {
        const { id, tokenId, digest, target, accountId, createdMs, state, reason, chunks, sent } = record
        await session.query(sql.lock, [tokenId])
        await session.query(sql.prune, [nowMs - recordsMs])
        if (key !== undefined) {
          await session.query(sql.forgetKeys, [nowMs - keysMs, tokenId, key])
          const [earlier] = readable(await session.query(sql.byKey, [tokenId, key]))
          if (earlier !== undefined) return { record: earlier, isNew: false }
        }
        const [counted] = await session.query(sql.lately, [nowMs - keysMs, tokenId])
        if (Number(counted?.n) >= most) return undefined
        const place = [target, accountId, createdMs] as const
        await session.query(sql.add, [
          id,
          tokenId,
          key ?? null,
          digest,
          ...place,
          state,
          reason,
          chunks,
          sent,
        ])
        return { record, isNew: true }
      }),
    find: async (id) => readable(await db.query(sql.find, [id]))[0],
    note: async (id, { state, reason, chunks, sent }) => {
      await db.query(sql.note, [state, reason, chunks, sent, id])
    },
    remove: async (id) => {
      await db.query(sql.remove, [id])
    },
    open: async (limit, target) => readable(await db.query(sql.open, [target ?? null, limit])),
  }
}
