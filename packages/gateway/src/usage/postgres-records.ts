/**
 * Records of turns in PostgreSQL.
 */

import type { PostgresDatabase } from '../postgres/database.ts'
import { relaxed, schema } from '../postgres/gateway-tables.ts'
import { keptMs, type RecordStore, recordOf, usageFrom, valuesOf } from './turn-records.ts'

const table = `${schema}.turn_record`
const put = `
  ${relaxed},
  old AS (
    DELETE FROM ${table} WHERE seq IN (SELECT seq FROM ${table} WHERE began_ms < $14 ORDER BY began_ms LIMIT 100))
  INSERT INTO ${table}
    (turn_id, channel_id, account_id, model, began_ms, duration_ms, outcome, code, tokens_read, tokens_written,
      cache_read, cache_written, tools)
  SELECT $1, $2, $3, $4, $5::bigint, $6::bigint, $7, $8, $9::bigint, $10::bigint, $11::bigint, $12::bigint, $13 FROM relaxed`
const ofTurn = `SELECT * FROM ${table} WHERE turn_id = $1 ORDER BY seq DESC LIMIT 1`
// The days' begins, oldest first: a bucket is the number of begins that are not later.
const byDay = `
  SELECT width_bucket(began_ms, $1::bigint[]) AS bucket, account_id, model, count(*) AS turns,
    count(*) FILTER (WHERE outcome = 'failed') AS failed, sum(tokens_read)::bigint AS tokens_read,
    sum(tokens_written)::bigint AS tokens_written, sum(cache_read)::bigint AS cache_read,
    sum(cache_written)::bigint AS cache_written,
    count(*) FILTER (WHERE outcome = 'answered' AND tokens_read = 0 AND tokens_written = 0) AS uncounted
  FROM ${table} WHERE began_ms >= $2 GROUP BY bucket, account_id, model ORDER BY bucket DESC, account_id, model`

/** How long a record may wait for a statement to go with. */
const patienceMs = 1_000

/** @param db with the tables of the gateway */
export function postgresRecords(db: Pick<PostgresDatabase, 'query' | 'queryWithNext'>): RecordStore {
  return {
    put: async (record, nowMs) => {
      await db.queryWithNext(put, [...valuesOf(record), nowMs - keptMs], patienceMs)
    },
    find: async (turnId) => {
      const [row] = await db.query(ofTurn, [turnId])
      return row && recordOf(row)
    },
    usage: async (midnights) => {
      const oldestFirst = midnights.toReversed()
      const begins = oldestFirst.map((begin) => begin.getTime())
      const rows = await db.query(byDay, [begins, begins[0] ?? 0])
      return rows.flatMap((row) => {
        const begin = oldestFirst[Number(row.bucket) - 1]
        return begin === undefined ? [] : [usageFrom(begin, row)]
      })
    },
  }
}
