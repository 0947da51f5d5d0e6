/**
 * Events for webhooks in the store of a channel that need not run, read without changing the file.
 */

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { EventCounts } from '../model/webhook-event.ts'
import { readCounts } from './event-rows.ts'
import { eventSql } from './event-statements.ts'

const busyTimeoutMs = 2_000

export interface StoredEventCounts extends EventCounts {
  readonly accountId: string
}

/** Empty where there is no file, or one that an earlier version wrote. @throws what SQLite says */
export function storedEventCounts(file: string): StoredEventCounts[] {
  if (!existsSync(file)) return []
  const db = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs })
  try {
    if (db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'webhook_event'`).get() === undefined) return []
    const rows = db.prepare(eventSql.eventCountsAll).all()
    return rows.map((row) => ({ accountId: String(row.account_id), ...readCounts(row) }))
  } finally {
    db.close()
  }
}
