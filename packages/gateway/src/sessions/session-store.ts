/**
 * What was said in each session, in SQLite: enough to remind the model, never more than the caps below.
 */

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { inTransaction } from '@moltbot/channel-sdk/sqlite'

/** One exchange: what the person wrote and what the model answered. */
export interface SessionTurn {
  readonly turnId: string
  readonly user: string
  readonly assistant: string
  /** Milliseconds since the epoch. */
  readonly atMs: number
}

interface HistoryQuery {
  /** The newest so many exchanges; 0: all that are kept. */
  readonly userTurns: number
  /** Left out, for a turn that is run again must not see its own earlier answer. */
  readonly exceptTurnId?: string
}

export interface SessionStore {
  /** Oldest first. */
  history(key: string, query: HistoryQuery): SessionTurn[]
  /** Keeps an exchange under its turn id; the same id again replaces it in its place. */
  saveTurn(key: string, turn: SessionTurn): void
  /** Forgets the session. */
  reset(key: string): void
}

/** UTF-16 units of each of the two texts of an exchange; the rest is cut off. */
export const textLengthKept = 32_000
/** Exchanges kept of one session. */
export const turnsKeptPerSession = 500
/** Exchanges kept of all sessions together: bounds the file however many people write. */
const turnsKeptInAll = 200_000

/** @param db opened with `gatewayMigrations`. */
export function createSessionStore(db: DatabaseSync): SessionStore {
  const select = db.prepare(
    `SELECT turn_id, user_text, assistant_text, at_ms FROM session_turn
     WHERE session_key = ? AND turn_id <> ? ORDER BY seq DESC LIMIT ?`,
  )
  const upsert = db.prepare(
    `INSERT INTO session_turn (session_key, turn_id, user_text, assistant_text, at_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (session_key, turn_id) DO UPDATE
     SET user_text = excluded.user_text, assistant_text = excluded.assistant_text, at_ms = excluded.at_ms`,
  )
  const pruneSession = db.prepare(
    `DELETE FROM session_turn WHERE session_key = ?1 AND seq <=
     (SELECT seq FROM session_turn WHERE session_key = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
  )
  const pruneAll = db.prepare('DELETE FROM session_turn WHERE seq <= (SELECT max(seq) FROM session_turn) - ?')
  const forget = db.prepare('DELETE FROM session_turn WHERE session_key = ?')

  return {
    history: (key, { userTurns, exceptTurnId = '' }) =>
      select
        .all(key, exceptTurnId, userTurns === 0 ? -1 : userTurns)
        .map(toSessionTurn)
        .reverse(),
    saveTurn: (key, { turnId, user, assistant, atMs }) =>
      inTransaction(db, () => {
        upsert.run(key, turnId, clip(user), clip(assistant), atMs)
        pruneSession.run(key, turnsKeptPerSession)
        pruneAll.run(turnsKeptInAll)
      }),
    reset: (key) => {
      forget.run(key)
    },
  }
}

function toSessionTurn(row: Record<string, SQLOutputValue>): SessionTurn {
  return {
    turnId: String(row.turn_id),
    user: String(row.user_text),
    assistant: String(row.assistant_text),
    atMs: Number(row.at_ms),
  }
}

/** Cuts to the length kept; a surrogate pair that would be torn goes whole. */
function clip(text: string): string {
  const end = text.codePointAt(textLengthKept - 1) ?? 0
  return text.slice(0, end > 0xffff ? textLengthKept - 1 : textLengthKept)
}
