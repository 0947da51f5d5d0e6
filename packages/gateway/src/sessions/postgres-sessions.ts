/**
 * Sessions in PostgreSQL.
 */

import { Queue } from '@moltbot/channel-sdk'
import type { SqlRow } from '@moltbot/channel-sdk/sql'
import type { PostgresDatabase } from '../postgres/database.ts'
import { relaxed, schema } from '../postgres/gateway-tables.ts'
import { cutToStore, type SessionStore, type SessionTurn, turnsPerSession } from './session-store.ts'

/** Exchanges stored of all sessions together: bounds the table however many people write. */
const turnsInAll = 20_000_000
/** Rows that one write deletes at most; the next ones delete the rest. */
const prunedAtOnce = 100

const table = `${schema}.session_turn`
const select = `
  SELECT turn_id, user_text, assistant_text, notes, at_ms FROM ${table}
  WHERE session_key = $1 AND turn_id <> $2 ORDER BY seq DESC LIMIT $3`
// A deletion sees the rows as they were before: one fewer may stay of those.
const save = `
  ${relaxed},
  surplus AS (
    DELETE FROM ${table} WHERE seq IN (
      SELECT seq FROM ${table} WHERE session_key = $1 AND turn_id <> $2 ORDER BY seq DESC
      LIMIT ${prunedAtOnce} OFFSET ${turnsPerSession - 1})),
  oldest AS (
    DELETE FROM ${table} WHERE seq IN (
      SELECT seq FROM ${table} WHERE seq <= (SELECT max(seq) FROM ${table}) - ${turnsInAll} ORDER BY seq LIMIT ${prunedAtOnce}))
  INSERT INTO ${table} (session_key, turn_id, user_text, assistant_text, notes, at_ms)
    SELECT $1, $2, $3, $4, $5, $6::bigint FROM relaxed
    ON CONFLICT (session_key, turn_id) DO UPDATE
    SET user_text = excluded.user_text, assistant_text = excluded.assistant_text, notes = excluded.notes,
      at_ms = excluded.at_ms`
const forget = `DELETE FROM ${table} WHERE session_key = $1`

/** How long an exchange may wait for a statement to go with: that which stores its answer. */
const patienceMs = 1_000

/**
 * @param db with the tables of the gateway
 * @param onUnsaved an exchange could not be stored
 */
export function postgresSessions(
  db: Pick<PostgresDatabase, 'query' | 'queryWithNext' | 'flush'>,
  onUnsaved: (error: unknown) => void,
): SessionStore {
  // The exchanges of a session are stored in the order in which they end.
  const queues = new Map<string, { readonly queue: Queue; waiting: number }>()
  const inOrder = async <Result>(key: string, work: () => Promise<Result>): Promise<Result> => {
    const lane = queues.get(key) ?? { queue: new Queue(), waiting: 0 }
    queues.set(key, lane)
    if (lane.waiting++ > 0) void db.flush()
    try {
      return await lane.queue.run(work)
    } finally {
      if (--lane.waiting === 0) queues.delete(key)
    }
  }
  return {
    history: async (key, { userTurns, exceptTurnId = '' }) => {
      const limit = userTurns === 0 ? turnsPerSession : Math.min(userTurns, turnsPerSession)
      const read = () => db.queryWithNext(select, [key, exceptTurnId, limit], 0)
      const rows = queues.has(key) ? await inOrder(key, read) : await read()
      return rows.map(toTurn).reverse()
    },
    saveTurn: async (key, { turnId, user, assistant, notes = '', atMs }) => {
      const values = [key, turnId, ...[user, assistant, notes].map(cutToStore), atMs]
      const isAlone = !queues.has(key)
      inOrder(key, () => db.queryWithNext(save, values, isAlone ? patienceMs : 0)).catch(onUnsaved)
    },
    reset: async (key) => {
      await inOrder(key, () => db.query(forget, [key]))
    },
  }
}

function toTurn({ turn_id, user_text, assistant_text, notes, at_ms }: SqlRow): SessionTurn {
  return {
    turnId: String(turn_id),
    user: String(user_text),
    assistant: String(assistant_text),
    ...(notes !== '' && { notes: String(notes) }),
    atMs: Number(at_ms),
  }
}
