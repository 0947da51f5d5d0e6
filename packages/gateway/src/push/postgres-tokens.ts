/**
 * Access tokens in PostgreSQL.
 */

import type { SqlDatabase, SqlRow } from '@moltbot/channel-sdk/sql'
import { relaxed, schema } from '../postgres/gateway-tables.ts'
import type { StoredToken, TokenStore } from './access-tokens.ts'
import { tokenOf } from './sqlite-tokens.ts'

const table = `${schema}.access_token`
const sql = {
  lock: `LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`,
  count: `SELECT count(*) AS n FROM ${table}`,
  add: `INSERT INTO ${table} (id, hash, scopes, targets, note, created_ms, used_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
  list: `SELECT * FROM ${table} ORDER BY created_ms, id`,
  find: `SELECT * FROM ${table} WHERE id = $1`,
  remove: `DELETE FROM ${table} WHERE id = $1 RETURNING id`,
  noteUse: `${relaxed} UPDATE ${table} SET used_ms = $1 FROM relaxed WHERE id = $2`,
} as const

/** @param db with the tables of the gateway */
export function postgresTokens(db: SqlDatabase): TokenStore {
  const readable = (rows: readonly SqlRow[]): StoredToken[] => rows.flatMap((row) => tokenOf(row) ?? [])
  return {
    add: (token, max) =>
      db.transaction(async (session) => {
        await session.query(sql.lock)
        const [counted] = await session.query(sql.count)
        if (Number(counted?.n) >= max) return false
        const { id, hash, scopes, targets, note, createdMs, usedMs } = token
        const lists = [JSON.stringify(scopes), JSON.stringify(targets)]
        await session.query(sql.add, [id, hash, ...lists, note, createdMs, usedMs])
        return true
      }),
    list: async () => readable(await db.query(sql.list)).map(({ hash: _, ...access }) => access),
    find: async (id) => readable(await db.query(sql.find, [id]))[0],
    remove: async (id) => (await db.query(sql.remove, [id])).length > 0,
    noteUse: async (id, nowMs) => {
      await db.query(sql.noteUse, [nowMs, id])
    },
  }
}
