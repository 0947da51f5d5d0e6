/**
 * Sessions in `gateway.sqlite`.
 */

import type { Database, Row, Writer } from '@moltbot/channel-sdk/sqlite'
import { timeOf, UnreadableRows } from '../gateway-database.ts'
import { cutToStore, type SessionStore, type SessionTurn, turnsPerSession } from './session-store.ts'

/** Exchanges stored of all sessions together: bounds the file however many people write. */
const turnsInAll = 200_000
/** Rows that one write deletes at most; the next ones delete the rest, so that none holds the event loop for long. */
const prunedAtOnce = 100

const select = `
  SELECT CAST(seq AS TEXT) AS row_id, turn_id, user_text, assistant_text, notes, at_ms * 1.0 AS at_ms FROM session_turn
  WHERE session_key = ? AND turn_id <> ? ORDER BY seq DESC LIMIT ?`
const upsert = `
  INSERT INTO session_turn (session_key, turn_id, user_text, assistant_text, notes, at_ms) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (session_key, turn_id) DO UPDATE
  SET user_text = excluded.user_text, assistant_text = excluded.assistant_text, notes = excluded.notes, at_ms = excluded.at_ms`
const pruneSession = `
  DELETE FROM session_turn WHERE seq IN
  (SELECT seq FROM session_turn WHERE session_key = ? ORDER BY seq DESC LIMIT ${prunedAtOnce} OFFSET ?)`
const pruneAll = `
  DELETE FROM session_turn WHERE seq IN
  (SELECT seq FROM session_turn WHERE seq <= (SELECT max(seq) FROM session_turn) - ? ORDER BY seq LIMIT ${prunedAtOnce})`
const forget = 'DELETE FROM session_turn WHERE session_key = ?'

/** @param db opened with `gatewayMigrations` */
export function createSessionStore(db: Database, unreadable = new UnreadableRows()): SessionStore {
  return {
    history: async (key, { userTurns, exceptTurnId = '' }) => {
      const limit = userTurns === 0 ? turnsPerSession : Math.min(userTurns, turnsPerSession)
      return unreadable.leaveOut('session_turn', db.all(select, key, exceptTurnId, limit), toTurn).reverse()
    },
    saveTurn: (key, turn) => db.write('relaxed', (writer) => save(writer, key, turn)),
    reset: async (key) => {
      await db.write('durable', (writer) => writer.run(forget, key))
    },
  }
}

function save(writer: Writer, key: string, { turnId, user, assistant, notes = '', atMs }: SessionTurn): void {
  writer.run(upsert, key, turnId, cutToStore(user), cutToStore(assistant), cutToStore(notes), atMs)
  writer.run(pruneSession, key, turnsPerSession)
  writer.run(pruneAll, turnsInAll)
}

function toTurn({ turn_id, user_text, assistant_text, notes, at_ms }: Row): SessionTurn | undefined {
  const atMs = timeOf(at_ms)
  if (typeof turn_id !== 'string' || typeof user_text !== 'string' || typeof assistant_text !== 'string')
    return undefined
  return atMs === undefined
    ? undefined
    : {
        turnId: turn_id,
        user: user_text,
        assistant: assistant_text,
        ...(notes !== '' && { notes: String(notes) }),
        atMs,
      }
}
