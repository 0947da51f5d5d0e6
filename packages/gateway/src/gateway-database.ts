/**
 * `gateway.sqlite`, which sessions, pairing and kept files share: its schema, how it is opened, and what happens to rows in it that
 * cannot be read. `openDatabase` counts the scripts of the schema, so there is one list for all rooms: append, and never
 * edit or reorder what was released.
 */

import { join } from 'node:path'
import type { Logger } from '@moltbot/channel-sdk'
import { messageOf } from '@moltbot/channel-sdk'
import { checkDatabase, type Database, logDamage, openDatabase, type Row } from '@moltbot/channel-sdk/sqlite'
import { scheduleTables } from './schedules/statements.ts'

const sessions = `
CREATE TABLE session_turn (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  session_key TEXT NOT NULL,
  turn_id TEXT NOT NULL,
  user_text TEXT NOT NULL,
  assistant_text TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  UNIQUE (session_key, turn_id)
) STRICT;
CREATE INDEX session_turn_order ON session_turn (session_key, seq);`

const pairing = `
CREATE TABLE pairing_request (
  account_id TEXT NOT NULL,
  sender_id TEXT NOT NULL,
  code TEXT NOT NULL UNIQUE,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account_id, sender_id)
) STRICT;
CREATE TABLE pairing_approval (
  account_id TEXT NOT NULL,
  sender_id TEXT NOT NULL,
  approved_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account_id, sender_id)
) STRICT;
CREATE TABLE pairing_wrong_code (at_ms INTEGER NOT NULL) STRICT;`

const pairingScopes = `
ALTER TABLE pairing_request ADD COLUMN message_id TEXT NOT NULL DEFAULT '';
ALTER TABLE pairing_request ADD COLUMN login_id TEXT NOT NULL DEFAULT '';
ALTER TABLE pairing_approval ADD COLUMN login_id TEXT NOT NULL DEFAULT '';
ALTER TABLE pairing_wrong_code ADD COLUMN account_id TEXT NOT NULL DEFAULT '';`

const keptFiles = `
CREATE TABLE kept_file (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  session_key TEXT NOT NULL,
  turn_id TEXT NOT NULL,
  turns_ago INTEGER NOT NULL DEFAULT 0,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  mime_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  content TEXT NOT NULL,
  file TEXT NOT NULL,
  kept_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX kept_file_session ON kept_file (session_key, seq);`

const sessionNotes = "ALTER TABLE session_turn ADD COLUMN notes TEXT NOT NULL DEFAULT '';"

const pairingPreviews = `
ALTER TABLE pairing_request ADD COLUMN sender_name TEXT NOT NULL DEFAULT '';
ALTER TABLE pairing_request ADD COLUMN text TEXT NOT NULL DEFAULT '';`

const turnRecords = `
CREATE TABLE turn_record (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  turn_id TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  model TEXT NOT NULL,
  began_ms INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  code TEXT NOT NULL,
  tokens_read INTEGER NOT NULL,
  tokens_written INTEGER NOT NULL,
  tools TEXT NOT NULL
) STRICT;
CREATE INDEX turn_record_turn ON turn_record (turn_id);
CREATE INDEX turn_record_age ON turn_record (began_ms);`

const pushes = `
CREATE TABLE access_token (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  targets TEXT NOT NULL,
  note TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  used_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE push (
  id TEXT PRIMARY KEY,
  token_id TEXT NOT NULL,
  idempotency_key TEXT,
  digest TEXT NOT NULL,
  target TEXT NOT NULL,
  account_id TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  chunks INTEGER NOT NULL,
  sent INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX push_key ON push (token_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX push_age ON push (created_ms);`
const cachedTokens = `
ALTER TABLE turn_record ADD COLUMN cache_read INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turn_record ADD COLUMN cache_written INTEGER NOT NULL DEFAULT 0;`

export const gatewayMigrations: readonly string[] = [
  sessions,
  pairing,
  pairingScopes,
  keptFiles,
  sessionNotes,
  pairingPreviews,
  turnRecords,
  scheduleTables,
  pushes,
  cachedTokens,
]

/** The whole file is read this long after the start, when nothing else is starting. */
const checkAfterMs = 30_000

export interface GatewayDatabase {
  readonly db: Database
  readonly unreadable: UnreadableRows
  /** Flushes and closes the file. Never throws. */
  close(): Promise<void>
}

/** A damaged file is moved aside and reported in the log. @throws `database-too-new` */
export function openGatewayDatabase(stateDir: string, log: Logger): GatewayDatabase {
  const file = join(stateDir, 'gateway.sqlite')
  const { db, damage } = openDatabase(file, gatewayMigrations)
  logDamage(damage, log)
  const check = setTimeout(() => void reportDamage(file, log), checkAfterMs).unref()
  return {
    db,
    unreadable: new UnreadableRows(log),
    close: async () => {
      clearTimeout(check)
      await db
        .close()
        .catch((error: unknown) =>
          log.error({ err: error }, `${file} could not be closed: ${messageOf(error)}`),
        )
    },
  }
}

/** Reads the whole file in another thread and reports what is damaged. Never throws. */
export async function reportDamage(file: string, log: Logger): Promise<void> {
  try {
    const damage = await checkDatabase(file)
    if (damage === undefined) return
    const advice = 'restart the gateway: it moves the file aside and starts an empty one'
    log.error({ event: 'state.damaged', file, damage }, `${file} is damaged; back it up and ${advice}`)
  } catch (error) {
    log.warn({ err: error }, `${file} could not be checked for damage`)
  }
}

/** Rows reported one by one; further ones are not even counted. */
const maxReported = 1_000

/** Rows that cannot be read: left out of every answer, counted, and each logged once. */
export class UnreadableRows {
  readonly #log: Logger | undefined
  readonly #seen = new Set<string>()

  constructor(log?: Logger) {
    this.#log = log
  }

  /** Different rows so far. */
  get count(): number {
    return this.#seen.size
  }

  /**
   * What `parse` makes of each row; a row for which it returns undefined is left out.
   * @param rows each with its `rowid` as text, in a column `row_id`
   */
  leaveOut<Value>(table: string, rows: readonly Row[], parse: (row: Row) => Value | undefined): Value[] {
    return rows.flatMap((row) => {
      const value = parse(row)
      if (value === undefined) this.#report(`${table} ${String(row.row_id)}`)
      return value === undefined ? [] : [value]
    })
  }

  #report(row: string): void {
    if (this.#seen.has(row) || this.#seen.size >= maxReported) return
    this.#seen.add(row)
    const message = 'A row of gateway.sqlite cannot be read; it is left out and everything else goes on'
    this.#log?.error({ event: 'state.row-unreadable', row }, message)
  }
}

/**
 * A time of a row, which is selected as `at_ms * 1.0`: reading an integer beyond 2^53 would fail for all rows.
 * @returns milliseconds since the epoch; undefined for what is no time
 */
export function timeOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}
