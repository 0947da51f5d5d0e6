/**
 * Writes files as Tencent's plugin for OpenClaw does, for tests of what reads them.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface TencentFiles {
  readonly id: string
  readonly token?: string
  readonly userId?: string
  readonly baseUrl?: string
  readonly cursor?: string
  readonly contextTokens?: Readonly<Record<string, string>>
  readonly allowFrom?: readonly string[]
}

/** Writes `content` below `folder`: an object as JSON, a text as it is. */
export function writeBelow(folder: string, file: string, content: unknown, mode = 0o600): void {
  const path = join(folder, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode })
}

/** @param folder the state directory of OpenClaw */
export function writeTencentAccounts(folder: string, accounts: readonly TencentFiles[]): void {
  const ids = accounts.map(({ id }) => id)
  writeBelow(folder, 'openclaw-weixin/accounts.json', ids)
  for (const { id, cursor, contextTokens, allowFrom, ...login } of accounts) {
    const base = `openclaw-weixin/accounts/${id}`
    writeBelow(folder, `${base}.json`, { savedAt: '2026-09-21T08:00:00.000Z', ...login })
    if (cursor !== undefined) writeBelow(folder, `${base}.sync.json`, { get_updates_buf: cursor }, 0o644)
    if (contextTokens !== undefined) writeBelow(folder, `${base}.context-tokens.json`, contextTokens, 0o644)
    if (allowFrom !== undefined)
      writeBelow(folder, `credentials/openclaw-weixin-${id}-allowFrom.json`, { version: 1, allowFrom })
  }
}

/** Approvals in the database that all channels of OpenClaw share. */
export function writeApprovals(folder: string, channel: string, approved: readonly [string, string][]): void {
  mkdirSync(join(folder, 'state'), { recursive: true })
  const db = new DatabaseSync(join(folder, 'state', 'openclaw.sqlite'))
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS channel_pairing_allow_entries (
      channel_key TEXT NOT NULL, account_id TEXT NOT NULL, entry TEXT NOT NULL, sort_order INTEGER NOT NULL,
      updated_at INTEGER NOT NULL, PRIMARY KEY (channel_key, account_id, entry)) STRICT`)
  const insert = db.prepare('INSERT INTO channel_pairing_allow_entries VALUES (?, ?, ?, ?, 0)')
  for (const [index, [accountId, entry]] of approved.entries()) insert.run(channel, accountId, entry, index)
  db.close()
}
