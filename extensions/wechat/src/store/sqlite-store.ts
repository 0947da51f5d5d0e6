/**
 * The store on one SQLite file: the embedded default. Writes are group-committed with `synchronous=FULL`.
 */

import { randomUUID } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Conversation, ConversationKind } from '@moltbot/channel-sdk'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import type { InboundMessage } from '../inbound/message.ts'
import { GroupCommit } from './group-commit.ts'
import { migrations } from './migrations.ts'
import { conversationOf, type Row, readMessage, readOutboxRow } from './rows.ts'
import { sql } from './statements.ts'
import type {
  ClaimedTurn,
  OutboxCounts,
  OutboxEntry,
  OutboxProgress,
  OutboxRow,
  Store,
  Unsent,
} from './store.ts'

export interface OpenedStore {
  readonly store: Store
  /** Where a damaged file was moved to, when there was one. */
  readonly corruptCopy: string | undefined
}

/** Opens or makes the store's file. @throws `database-too-new` */
export function openSqliteStore(file: string): OpenedStore {
  const { db, corruptCopy } = openDatabase(file, migrations)
  return { store: new SqliteStore(db), corruptCopy }
}

class SqliteStore implements Store {
  readonly #db: DatabaseSync
  readonly #commit: GroupCommit
  readonly #statements = new Map<string, StatementSync>()

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#commit = new GroupCommit(db)
  }

  acceptInbound(message: InboundMessage, nowMs: number): Promise<'accepted' | 'duplicate'> {
    const { accountId, conversation, id } = message
    return this.#commit.write(() => {
      const inserted = this.#run(
        sql.accept,
        accountId,
        ...keyOf(conversation),
        id,
        nowMs,
        JSON.stringify(message),
      )
      return inserted === 1 ? 'accepted' : 'duplicate'
    })
  }

  async undecided(accountId: string): Promise<readonly InboundMessage[]> {
    return this.#all(sql.undecided, accountId).map(readMessage)
  }

  settle(message: InboundMessage, state: 'recorded' | 'dropped', reason: string): Promise<void> {
    return this.#decide(message, state, reason)
  }

  dispatch(message: InboundMessage, reason: string): Promise<void> {
    return this.#decide(message, 'dispatched', reason)
  }

  async conversationsToAnswer(accountId: string): Promise<readonly Conversation[]> {
    return this.#all(sql.conversationsToAnswer, accountId).map(conversationOf)
  }

  claimTurn(accountId: string, conversation: Conversation, limit: number): Promise<ClaimedTurn | undefined> {
    return this.#commit.write(() => {
      const key = [accountId, ...keyOf(conversation)]
      const cutOff = this.#all(sql.cutOffTurn, ...key)[0]?.turn_id
      const id = typeof cutOff === 'string' ? cutOff : randomUUID()
      if (cutOff === undefined) this.#run(sql.nameTurn, id, ...key, limit)
      const messages = this.#all(sql.turnMessages, ...key, id).map(readMessage)
      return messages.length === 0 ? undefined : { id, accountId, conversation, messages }
    })
  }

  commitReply(turn: ClaimedTurn, chunks: readonly string[], nowMs: number): Promise<void> {
    return this.#endTurn(turn, 'answered', '', chunks, nowMs)
  }

  failTurn(turn: ClaimedTurn, reason: string, chunks: readonly string[], nowMs: number): Promise<void> {
    return this.#endTurn(turn, 'failed', reason, chunks, nowMs)
  }

  enqueue(accountId: string, conversation: Conversation, entry: OutboxEntry, nowMs: number): Promise<void> {
    return this.#commit.write(() => this.#insertChunks(accountId, conversation, entry, nowMs))
  }

  async conversationsToSend(accountId: string): Promise<readonly Conversation[]> {
    return this.#all(sql.conversationsToSend, accountId).map(conversationOf)
  }

  async nextToSend(accountId: string, conversation: Conversation): Promise<OutboxRow | undefined> {
    const row = this.#all(sql.nextToSend, accountId, ...keyOf(conversation))[0]
    return row === undefined ? undefined : readOutboxRow(row)
  }

  markAttempted(row: OutboxRow, nowMs: number): Promise<void> {
    return this.#write(sql.markAttempted, nowMs, row.id)
  }

  markSent(row: OutboxRow): Promise<void> {
    return this.#write(sql.markSent, row.id)
  }

  markUnsent(row: OutboxRow, unsent: Unsent): Promise<void> {
    return unsent.state === 'parked'
      ? this.#write(sql.park, unsent.reason, unsent.notBeforeMs, row.id)
      : this.#write(sql.giveUp, unsent.state, unsent.reason, row.id)
  }

  unpark(accountId: string, conversation: Conversation): Promise<void> {
    return this.#write(sql.unpark, accountId, ...keyOf(conversation))
  }

  async progress(accountId: string, groupId: string): Promise<OutboxProgress> {
    const row = this.#all(sql.progress, accountId, groupId)[0]
    const trouble = row?.trouble
    return {
      total: Number(row?.total ?? 0),
      sent: Number(row?.sent ?? 0),
      trouble: typeof trouble === 'string' ? trouble : undefined,
    }
  }

  async kindOf(accountId: string, conversationId: string): Promise<ConversationKind | undefined> {
    const row = this.#all(sql.kindOf, accountId, conversationId)[0]
    return row === undefined ? undefined : conversationOf(row).kind
  }

  async outboxCounts(accountId: string): Promise<OutboxCounts> {
    const row = this.#all(sql.outboxCounts, accountId, accountId)[0]
    return { waiting: Number(row?.waiting ?? 0), troubled: Number(row?.troubled ?? 0) }
  }

  prune(beforeMs: number): Promise<number> {
    return this.#commit.write(
      () => this.#run(sql.pruneJournal, beforeMs) + this.#run(sql.pruneOutbox, beforeMs),
    )
  }

  async close(): Promise<void> {
    this.#commit.flush()
    this.#db.close()
  }

  #decide(message: InboundMessage, state: string, reason: string): Promise<void> {
    const { accountId, conversation, id } = message
    return this.#write(sql.decide, state, reason, accountId, ...keyOf(conversation), id)
  }

  #endTurn(
    turn: ClaimedTurn,
    state: 'answered' | 'failed',
    reason: string,
    chunks: readonly string[],
    nowMs: number,
  ): Promise<void> {
    const { accountId, conversation, id } = turn
    return this.#commit.write(() => {
      const ended = this.#run(sql.endTurn, state, reason, accountId, ...keyOf(conversation), id)
      // A turn that has ended already has its reply in the outbox: a second one would be said twice.
      if (ended > 0) this.#insertChunks(accountId, conversation, { groupId: id, chunks }, nowMs)
    })
  }

  #insertChunks(accountId: string, conversation: Conversation, entry: OutboxEntry, nowMs: number): void {
    for (const text of entry.chunks) {
      const clientId = `moltbot-${randomUUID()}`
      this.#run(sql.insertChunk, accountId, ...keyOf(conversation), entry.groupId, text, clientId, nowMs)
    }
  }

  #write(statement: string, ...values: readonly (string | number)[]): Promise<void> {
    return this.#commit.write(() => {
      this.#run(statement, ...values)
    })
  }

  #run(statement: string, ...values: readonly (string | number)[]): number {
    return Number(this.#prepared(statement).run(...values).changes)
  }

  #all(statement: string, ...values: readonly (string | number)[]): readonly Row[] {
    return this.#prepared(statement).all(...values)
  }

  #prepared(statement: string): StatementSync {
    const known = this.#statements.get(statement)
    if (known !== undefined) return known
    const prepared = this.#db.prepare(statement)
    this.#statements.set(statement, prepared)
    return prepared
  }
}

function keyOf(conversation: Conversation): [kind: string, id: string] {
  return [conversation.kind, conversation.id]
}
