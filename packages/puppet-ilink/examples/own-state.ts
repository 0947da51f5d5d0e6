/**
 * The puppet's state in a table of your own SQLite database, beside your own tables.
 */

import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { StateStore } from 'wechaty-puppet-ilink'

const schema = `CREATE TABLE IF NOT EXISTS bot_state
  (kind TEXT, key TEXT, value TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID`

/** @param path of your database file */
export const ownState = (path: string): StateStore => {
  const db = new DatabaseSync(path)
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${schema}`)
  const run = (sql: string, ...values: SQLInputValue[]) => db.prepare(sql).run(...values)
  const rows = (sql: string, ...values: SQLInputValue[]) => db.prepare(sql).all(...values)
  return {
    async get(kind, keys) {
      const sql =
        'SELECT key, value FROM bot_state WHERE kind = ? AND key IN (SELECT value FROM json_each(?))'
      return new Map(rows(sql, kind, JSON.stringify(keys)).map((row) => [String(row.key), String(row.value)]))
    },
    async list(kind, { after = '', limit }) {
      const sql = 'SELECT * FROM bot_state WHERE kind = ? AND key > ? ORDER BY key LIMIT ?'
      return rows(sql, kind, after, limit).map((row) => {
        return { key: String(row.key), value: String(row.value), atMs: Number(row.at_ms) }
      })
    },
    async write(changes) {
      db.exec('BEGIN IMMEDIATE')
      try {
        for (const change of changes) {
          const { kind, key } = change
          if (key === undefined) run('DELETE FROM bot_state WHERE kind = ?', kind)
          else if (change.value === undefined)
            run('DELETE FROM bot_state WHERE kind = ? AND key = ?', kind, key)
          else run('REPLACE INTO bot_state VALUES (?, ?, ?, ?)', kind, key, change.value, change.atMs)
        }
        db.exec('COMMIT')
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK')
        throw error
      }
    },
    async prune(kind, { beforeMs = 0, keep = -1 }) {
      run('DELETE FROM bot_state WHERE kind = ? AND at_ms < ?', kind, beforeMs)
      if (keep < 0) return
      const surplus =
        'SELECT key FROM bot_state WHERE kind = ? ORDER BY at_ms DESC, key DESC LIMIT -1 OFFSET ?'
      run(`DELETE FROM bot_state WHERE kind = ? AND key IN (${surplus})`, kind, kind, keep)
    },
    async close() {
      if (db.isOpen) db.close()
    },
  }
}
