/**
 * The durable side of receiving: a batch and the cursor that follows it are one transaction, made before anybody hears
 * of a message; until a message is acknowledged, it is handed over again after every restart.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { storeLimits } from '../limits.ts'
import { type RawMessage, type Received, rawMessage } from '../schema/raw-message.ts'

const statements = (database: DatabaseSync) => ({
  see: database.prepare('INSERT INTO seen (id, at_ms) VALUES (?, ?) ON CONFLICT DO NOTHING'),
  insert: database.prepare('INSERT INTO messages (id, pending, raw) VALUES (?, 1, ?) ON CONFLICT DO NOTHING'),
  putSent: database.prepare(
    'INSERT INTO messages (id, pending, raw) VALUES (?, 0, ?) ON CONFLICT (id) DO UPDATE SET raw = excluded.raw',
  ),
  acknowledge: database.prepare('UPDATE messages SET pending = 0 WHERE id = ? AND pending = 1'),
  find: database.prepare('SELECT raw FROM messages WHERE id = ?'),
  pending: database.prepare(
    'SELECT position, raw FROM messages WHERE pending = 1 AND position > ? ORDER BY position LIMIT ?',
  ),
  countPending: database.prepare('SELECT count(*) AS n FROM messages WHERE pending = 1'),
  putContext: database.prepare(
    `INSERT INTO contexts (user_id, token, at_ms, exhausted) VALUES (?, ?, ?, 0) ON CONFLICT (user_id)
     DO UPDATE SET token = excluded.token, at_ms = excluded.at_ms, exhausted = 0 WHERE excluded.at_ms >= at_ms`,
  ),
  putMissingContext: database.prepare(
    'INSERT INTO contexts (user_id, token, at_ms, exhausted) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING',
  ),
  resetSends: database.prepare('DELETE FROM sends WHERE user_id = ?'),
  getMeta: database.prepare('SELECT value FROM meta WHERE key = ?'),
  setMeta: database.prepare(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  ),
  deleteMeta: database.prepare('DELETE FROM meta WHERE key = ?'),
  pruneSeen: database.prepare('DELETE FROM seen WHERE at_ms < ?'),
  capSeen: database.prepare(
    'DELETE FROM seen WHERE id IN (SELECT id FROM seen ORDER BY at_ms DESC LIMIT -1 OFFSET ?)',
  ),
  pruneMessages: database.prepare(
    'DELETE FROM messages WHERE pending = 0 AND position <= (SELECT max(position) FROM messages) - ?',
  ),
  capContexts: database.prepare(
    'DELETE FROM contexts WHERE user_id IN (SELECT user_id FROM contexts ORDER BY at_ms DESC LIMIT -1 OFFSET ?)',
  ),
})

/** Runs `work` in one transaction; an error leaves the database as it was. */
const transaction = <T>(database: DatabaseSync, work: () => T): T => {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Written by this class and nobody else: what does not fit the schema is a bug worth an exception. */
const decode = (value: unknown): RawMessage => rawMessage.parse(JSON.parse(text(value)))

type MetaKey = 'cursor' | 'bot'

export class MessageStore {
  readonly #database: DatabaseSync
  readonly #sql: Record<keyof ReturnType<typeof statements>, StatementSync>
  /** The latest messages, oldest first. */
  readonly #recent = new Map<string, RawMessage>()
  #pendingCount: number
  #prunedAtMs = Number.NEGATIVE_INFINITY

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#sql = statements(database)
    this.#pendingCount = Number(this.#sql.countPending.get()?.n)
  }

  /** How many received messages wait for their acknowledgement. */
  get pendingCount(): number {
    return this.#pendingCount
  }

  /** Where the next poll continues; empty at the very beginning. */
  get cursor(): string {
    return text(this.#sql.getMeta.get('cursor')?.value)
  }

  /**
   * Stores a batch, the context tokens in it, and the cursor after it.
   * @param cursor undefined or empty keeps the old one
   * @returns the messages that were not seen before, in their order
   */
  accept(batch: readonly Received[], cursor: string | undefined, nowMs: number): RawMessage[] {
    const fresh = transaction(this.#database, () => {
      const kept = batch.filter((received) => this.#insertFresh(received, nowMs))
      if (cursor) this.#sql.setMeta.run('cursor', cursor)
      this.#prune(nowMs)
      return kept.map(({ raw }) => raw)
    })
    this.#pendingCount += fresh.length
    for (const raw of fresh) this.#remember(raw)
    return fresh
  }

  /**
   * Keeps a message of our own, for lookups and quotes; it never waits for an acknowledgement.
   * @returns whether it is new: a repeated send is not
   */
  keepSent(raw: RawMessage, nowMs: number): boolean {
    const isNew = transaction(this.#database, () => {
      this.#sql.putSent.run(raw.id, JSON.stringify(raw))
      return Number(this.#sql.see.run(raw.id, nowMs).changes) > 0
    })
    this.#remember(raw)
    return isNew
  }

  /** Unknown and repeated ids are no-ops. */
  acknowledge(ids: Iterable<string>): void {
    const changed = transaction(this.#database, () => {
      let count = 0
      for (const id of ids) count += Number(this.#sql.acknowledge.run(id).changes)
      return count
    })
    this.#pendingCount -= changed
  }

  /** Every unacknowledged message, oldest first, a page at a time. */
  *pending(pageSize: number = storeLimits.pendingPage): Generator<RawMessage> {
    let after = 0
    for (;;) {
      const rows = this.#sql.pending.all(after, pageSize)
      for (const row of rows) yield decode(row.raw)
      const last = rows.at(-1)
      if (last === undefined || rows.length < pageSize) return
      after = Number(last.position)
    }
  }

  find(id: string): RawMessage | undefined {
    const known = this.#recent.get(id)
    if (known !== undefined) return known
    const row = this.#sql.find.get(id)
    return row === undefined ? undefined : decode(row.raw)
  }

  /** The same without the database, for the time after it is closed. */
  findRecent(id: string): RawMessage | undefined {
    return this.#recent.get(id)
  }

  /** Makes this store `botId`'s: what belongs to another bot's session is dropped, its messages are kept. */
  claim(botId: string): void {
    if (text(this.#sql.getMeta.get('bot')?.value) === botId) return
    this.endSession()
    this.#sql.setMeta.run('bot', botId)
  }

  /** Forgets what a dead session leaves behind: cursor, context tokens, counted sends. */
  endSession(): void {
    transaction(this.#database, () => {
      const key: MetaKey = 'cursor'
      this.#sql.deleteMeta.run(key)
      this.#database.exec('DELETE FROM contexts; DELETE FROM sends')
    })
  }

  #insertFresh({ raw, contextToken }: Received, nowMs: number): boolean {
    const unseen = Number(this.#sql.see.run(raw.id, nowMs).changes) > 0
    const fresh = unseen && Number(this.#sql.insert.run(raw.id, JSON.stringify(raw)).changes) > 0
    if (contextToken !== undefined) this.#openWindow(raw, contextToken, fresh)
    return fresh
  }

  /** A fresh message opens the window anew; a repeated one only fills in a token that is missing. */
  #openWindow({ conversationId, atMs }: RawMessage, contextToken: string, fresh: boolean): void {
    const put = fresh ? this.#sql.putContext : this.#sql.putMissingContext
    const { changes } = put.run(conversationId, contextToken, atMs)
    if (Number(changes) > 0) this.#sql.resetSends.run(conversationId)
  }

  #remember(raw: RawMessage): void {
    this.#recent.set(raw.id, raw)
    if (this.#recent.size <= storeLimits.cachedMessages) return
    const oldest = this.#recent.keys().next().value
    if (oldest !== undefined) this.#recent.delete(oldest)
  }

  #prune(nowMs: number): void {
    if (nowMs - this.#prunedAtMs < storeLimits.pruneEveryMs) return
    this.#prunedAtMs = nowMs
    this.#sql.pruneSeen.run(nowMs - storeLimits.seenTtlMs)
    this.#sql.capSeen.run(storeLimits.maxSeen)
    this.#sql.pruneMessages.run(storeLimits.recentMessages)
    this.#sql.capContexts.run(storeLimits.maxContexts)
  }
}
