/**
 * Records of turns in `gateway.sqlite`.
 */

import { setImmediate } from 'node:timers/promises'
import type { Database } from '@moltbot/channel-sdk/sqlite'
import { keptMs, type RecordStore, recordOf, type StoredUsage, usageFrom, valuesOf } from './turn-records.ts'

/** Bounds the file however many people write. */
const maxRecords = 500_000
const prunedAtOnce = 100

const put = `
  INSERT INTO turn_record
    (turn_id, channel_id, account_id, model, began_ms, duration_ms, outcome, code, tokens_read, tokens_written,
      cache_read, cache_written, tools)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const prune = `
  DELETE FROM turn_record WHERE seq IN (SELECT seq FROM turn_record
    WHERE began_ms < ? OR seq <= (SELECT max(seq) FROM turn_record) - ? ORDER BY seq LIMIT ${prunedAtOnce})`
const ofTurn = 'SELECT * FROM turn_record WHERE turn_id = ? ORDER BY seq DESC LIMIT 1'
const usageBetween = `
  SELECT account_id, model, count(*) AS turns, sum(outcome = 'failed') AS failed, sum(tokens_read) AS tokens_read,
    sum(tokens_written) AS tokens_written, sum(cache_read) AS cache_read, sum(cache_written) AS cache_written,
    sum(outcome = 'answered' AND tokens_read = 0 AND tokens_written = 0) AS uncounted
  FROM turn_record WHERE began_ms >= ? AND began_ms < ? GROUP BY account_id, model ORDER BY account_id, model`

/** @param db opened with `gatewayMigrations` */
export function sqliteRecords(db: Database): RecordStore {
  return {
    put: (record, nowMs) =>
      db.write('relaxed', (writer) => {
        writer.run(put, ...valuesOf(record))
        writer.run(prune, nowMs - keptMs, maxRecords)
      }),
    find: async (turnId) => {
      const row = db.get(ofTurn, turnId)
      return row && recordOf(row)
    },
    // One query a day: a single one over all records would hold up the event loop for a second.
    usage: async (midnights) => {
      const found: StoredUsage[] = []
      for (const [ago, begin] of midnights.entries()) {
        const end = midnights[ago - 1]?.getTime() ?? Number.MAX_SAFE_INTEGER
        found.push(...db.all(usageBetween, begin.getTime(), end).map((row) => usageFrom(begin, row)))
        await setImmediate()
      }
      return found
    },
  }
}
