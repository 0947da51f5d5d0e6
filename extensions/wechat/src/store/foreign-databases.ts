/**
 * Reads SQLite files without their programs. Those of another program are read from a private copy: even a reader leaves
 * files beside a database, and merges its log.
 */

import { constants, existsSync } from 'node:fs'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { StateEntry } from '../model/puppet-state.ts'
import { ended } from './statements.ts'

/** Where OpenClaw keeps the state of all its channels, below its state directory. */
export const hostDatabase = join('state', 'openclaw.sqlite')

/** Ids of OpenClaw's pairing store: the most that are read. */
const maxApprovals = 100_000
/** Entries of each kind that a puppet has stored, the latest of them. */
const maxEntries = 50_000

/** What a new puppet can use of an earlier one. Copies of messages serve for quotes alone, and may be many. */
const usefulKinds = ['credentials', 'meta', 'window', 'seen', 'pending']
/** A message is pending until the puppet has stored its acknowledgement, and may have been answered by then. */
const isAnswered = `kind = 'pending' AND (account_id, iif(json_valid(value), value ->> '$.id', NULL)) IN (
  SELECT account_id, message_id FROM journal WHERE ${ended})`

export type PuppetEntry = StateEntry & { readonly kind: string }

/** Ids of the people whom OpenClaw's operator has approved, by account. Empty where there is no such file. */
export async function readApprovals(
  file: string,
  channel: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await readCopy(file, 'channel_pairing_allow_entries', (db) =>
    db
      .prepare(
        `SELECT account_id, entry FROM channel_pairing_allow_entries WHERE channel_key = ?
          ORDER BY account_id, sort_order LIMIT ?`,
      )
      .all(channel, maxApprovals),
  )
  const byAccount = Map.groupBy(rows, ({ account_id }) => String(account_id))
  return new Map([...byAccount].map(([id, list]) => [id, list.map(({ entry }) => String(entry))]))
}

/** What the puppets of this channel have stored in another folder of it, by account. Empty where there is no such file. */
export async function readPuppetEntries(file: string): Promise<ReadonlyMap<string, readonly PuppetEntry[]>> {
  const rows = await readCopy(file, 'puppet_state', (db) => {
    const entries = db.prepare(
      `SELECT account_id, kind, key, value, at_ms FROM puppet_state
        WHERE kind = ? AND (${isAnswered}) IS NOT TRUE ORDER BY at_ms DESC LIMIT ?`,
    )
    return usefulKinds.flatMap((kind) => entries.all(kind, maxEntries))
  })
  const byAccount = Map.groupBy(rows, ({ account_id }) => String(account_id))
  return new Map([...byAccount].map(([id, list]) => [id, list.map(entryOf)]))
}

/** The credentials that the puppets of this channel's own store have, by account. Empty where there is no such file. */
export function readCredentials(file: string): ReadonlyMap<string, string> {
  if (!existsSync(file)) return new Map()
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    if (!hasTable(db, 'puppet_state')) return new Map()
    const rows = db.prepare(`SELECT account_id, value FROM puppet_state WHERE kind = 'credentials'`).all()
    return new Map(rows.map(({ account_id, value }) => [String(account_id), String(value)]))
  } finally {
    db.close()
  }
}

function hasTable(db: DatabaseSync, name: string): boolean {
  return db.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?`).get(name) !== undefined
}

function entryOf({ kind, key, value, at_ms }: SqliteRow): PuppetEntry {
  return { kind: String(kind), key: String(key), value: String(value), atMs: Number(at_ms) }
}

type SqliteRow = Readonly<Record<string, unknown>>

async function readCopy(
  file: string,
  table: string,
  read: (db: DatabaseSync) => SqliteRow[],
): Promise<SqliteRow[]> {
  if (!existsSync(file)) return []
  const folder = await mkdtemp(join(tmpdir(), 'moltbot-import-'))
  try {
    const copy = join(folder, 'copy.sqlite')
    for (const suffix of ['', '-wal'])
      if (existsSync(file + suffix)) await copyFile(file + suffix, copy + suffix, constants.COPYFILE_FICLONE)
    const db = new DatabaseSync(copy)
    try {
      return hasTable(db, table) ? read(db) : []
    } finally {
      db.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
