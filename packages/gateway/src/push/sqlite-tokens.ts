/**
 * Access tokens in `gateway.sqlite`.
 */

import type { Database, Row } from '@moltbot/channel-sdk/sqlite'
import { timeOf, type UnreadableRows } from '../gateway-database.ts'
import { type StoredToken, type TokenStore, tokenScopes } from './access-tokens.ts'

const columns = `rowid AS row_id, id, hash, scopes, targets, note, created_ms * 1.0 AS created_ms, used_ms * 1.0 AS used_ms`
const count = 'SELECT count(*) AS n FROM access_token'
const add =
  'INSERT INTO access_token (id, hash, scopes, targets, note, created_ms, used_ms) VALUES (?, ?, ?, ?, ?, ?, ?)'
const list = `SELECT ${columns} FROM access_token ORDER BY created_ms, rowid`
const find = `SELECT ${columns} FROM access_token WHERE id = ?`
const remove = 'DELETE FROM access_token WHERE id = ?'
const noteUse = 'UPDATE access_token SET used_ms = ? WHERE id = ?'

/** @param db opened with `gatewayMigrations` */
export function sqliteTokens(db: Database, unreadable: UnreadableRows): TokenStore {
  const readable = (rows: readonly Row[]) => unreadable.leaveOut('access_token', rows, tokenOf)
  return {
    add: (token, max) =>
      db.write('durable', (writer) => {
        if (Number(writer.get(count)?.n) >= max) return false
        const { id, hash, scopes, targets, note, createdMs, usedMs } = token
        const lists = [JSON.stringify(scopes), JSON.stringify(targets)]
        writer.run(add, id, hash, ...lists, note, createdMs, usedMs)
        return true
      }),
    list: async () => readable(db.all(list)).map(({ hash: _, ...access }) => access),
    find: async (id) => readable(db.all(find, id))[0],
    remove: (id) => db.write('durable', (writer) => writer.run(remove, id) > 0),
    noteUse: async (id, nowMs) => {
      await db.write('relaxed', (writer) => writer.run(noteUse, nowMs, id))
    },
  }
}

/** A row of either store. */
export function tokenOf(row: Row): StoredToken | undefined {
  const scopes = wordsOf(row.scopes)
  const targets = wordsOf(row.targets)
  const createdMs = timeOf(row.created_ms)
  const usedMs = timeOf(row.used_ms)
  const hash = String(row.hash)
  if (scopes === undefined || targets === undefined || createdMs === undefined || usedMs === undefined)
    return undefined
  if (!/^[0-9a-f]{64}$/.test(hash)) return undefined
  const known = tokenScopes.filter((scope) => scopes.includes(scope))
  return { id: String(row.id), hash, scopes: known, targets, note: String(row.note), createdMs, usedMs }
}

function wordsOf(json: unknown): string[] | undefined {
  try {
    const value: unknown = JSON.parse(String(json))
    return Array.isArray(value) ? value.map(String) : undefined
  } catch {
    return undefined
  }
}
