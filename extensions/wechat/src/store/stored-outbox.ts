/**
 * The outbox of a channel that does not run, read without changing the file.
 */

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { OutboxListing } from '@moltbot/channel-sdk'
import type { OutboxRow } from '../model/outbox.ts'
import { readOutboxRow } from './rows.ts'
import { sql } from './statements.ts'

export interface StoredPart {
  readonly accountId: string
  readonly row: OutboxRow
}

const maxParts = 1_000
const busyTimeoutMs = 2_000
/** No owner has this lease: what was attempted is cut off. */
const noFence = -1

/** Newest first; a row that cannot be read is left out. Empty where there is no file. @throws what SQLite says */
export function storedOutbox(file: string, listing: OutboxListing): StoredPart[] {
  if (!existsSync(file)) return []
  const db = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs })
  try {
    const statement = listing === 'waiting' ? sql.outboxWaitingAll : sql.outboxFailedAll
    return db.prepare(statement).all(maxParts).flatMap(readPart)
  } finally {
    db.close()
  }
}

function readPart(row: Parameters<typeof readOutboxRow>[0]): StoredPart[] {
  try {
    return [{ accountId: String(row.account_id), row: readOutboxRow(row, noFence) }]
  } catch {
    return [] // The gateway sets it aside and reports it when it reads it.
  }
}
