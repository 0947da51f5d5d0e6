/**
 * The right to write to a person: iLink grants a number of sends, for a time, with each message the person writes. The
 * count survives restarts, and a repeated send with the same client id counts once.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { sendBudget } from '../limits.ts'

export interface SendWindow {
  /** False: a send would be refused. */
  open: boolean
  /** Sends left until the person writes again. */
  remaining: number
  /** When the window closes by itself, in milliseconds since the epoch; absent when it never opened. */
  closesAtMs?: number
}

interface Context {
  token: string
  atMs: number
  exhausted: boolean
}

const statements = (database: DatabaseSync) => ({
  context: database.prepare('SELECT token, at_ms, exhausted FROM contexts WHERE user_id = ?'),
  exhaust: database.prepare('UPDATE contexts SET exhausted = 1 WHERE user_id = ?'),
  sends: database.prepare('SELECT count(*) AS n FROM sends WHERE user_id = ?'),
  counted: database.prepare('SELECT 1 AS found FROM sends WHERE user_id = ? AND client_id = ?'),
  count: database.prepare('INSERT INTO sends (user_id, client_id) VALUES (?, ?) ON CONFLICT DO NOTHING'),
  uncount: database.prepare('DELETE FROM sends WHERE user_id = ? AND client_id = ?'),
  people: database.prepare('SELECT user_id FROM contexts ORDER BY at_ms DESC'),
})

export class SendWindows {
  readonly #sql: Record<keyof ReturnType<typeof statements>, StatementSync>

  constructor(database: DatabaseSync) {
    this.#sql = statements(database)
  }

  /** The token that a send to this person needs, whatever the state of the window. */
  contextToken(userId: string): string | undefined {
    return this.#context(userId)?.token
  }

  window(userId: string, nowMs: number): SendWindow {
    const context = this.#context(userId)
    if (context === undefined) return { open: false, remaining: 0 }
    const closesAtMs = context.atMs + sendBudget.windowMs
    const used = Number(this.#sql.sends.get(userId)?.n)
    const remaining = context.exhausted ? 0 : Math.max(0, sendBudget.sends - used)
    return { open: nowMs < closesAtMs && remaining > 0, remaining, closesAtMs }
  }

  /** Was a send with this client id counted in the present window already? */
  isCounted(userId: string, clientId: string): boolean {
    return this.#sql.counted.get(userId, clientId) !== undefined
  }

  /** Counts a send, before it is attempted: after a crash it may have arrived. */
  count(userId: string, clientId: string): void {
    this.#sql.count.run(userId, clientId)
  }

  /** Takes back a count: the backend surely did not take the message. */
  uncount(userId: string, clientId: string): void {
    this.#sql.uncount.run(userId, clientId)
  }

  /** The backend says that nothing more goes until the person writes again. */
  exhaust(userId: string): void {
    this.#sql.exhaust.run(userId)
  }

  /** Everyone who has written in this session, latest first. */
  people(): string[] {
    return this.#sql.people.all().map((row) => String(row.user_id))
  }

  #context(userId: string): Context | undefined {
    const row = this.#sql.context.get(userId)
    if (row === undefined) return undefined
    return { token: String(row.token), atMs: Number(row.at_ms), exhausted: row.exhausted !== 0 }
  }
}
