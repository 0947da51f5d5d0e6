/**
 * The store on one SQLite file: the embedded default. Writes are group-committed with `synchronous=FULL`.
 */

import { randomUUID } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Conversation, ConversationKind } from '@moltbot/channel-sdk'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import type { InboundMessage } from '../model/message.ts'
import { GroupCommit } from './group-commit.ts'
import { migrations } from './migrations.ts'
import { conversationOf, type Row, readFilePath, readMessage, readOutboxRow } from './rows.ts'
import { sql } from './statements.ts'
import type {
  ClaimedTurn,
  OutboxCounts,
  OutboxEntry,
  OutboxPart,
  OutboxProgress,
  OutboxRow,
  Store,
  TurnLimits,
  Unsent,
} from './store.ts'

/** Groups of an account whose history is kept; those that were quiet longest lose theirs first. */
const maxHistoryGroups = 1_000

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

  claimTurn(
    accountId: string,
    conversation: Conversation,
    take: 'burst' | 'all',
    limits: TurnLimits,
  ): Promise<ClaimedTurn | undefined> {
    return this.#commit.write(() => {
      const key = [accountId, ...keyOf(conversation)]
      const cutOff = this.#all(sql.cutOffTurn, ...key)[0]?.turn_id
      const id = typeof cutOff === 'string' ? cutOff : randomUUID()
      if (cutOff === undefined) {
        this.#run(take === 'burst' ? sql.nameBurst : sql.nameTurn, ...key, limits.messages, id)
      }
      const rows = this.#all(sql.turnMessages, ...key, id)
      if (rows.length === 0) return undefined
      const lastSeq = Number(rows.at(-1)?.seq)
      const history = this.#all(sql.history, ...key, lastSeq, ...key, limits.history).map(readMessage)
      const partlyAnswered = rows.some((row) => Number(row.blocks) > 0)
      return { id, accountId, conversation, messages: rows.map(readMessage), history, partlyAnswered }
    })
  }

  commitBlock(turn: ClaimedTurn, parts: readonly OutboxPart[], nowMs: number): Promise<void> {
    const { accountId, conversation, id } = turn
    return this.#commit.write(() => {
      const open = this.#run(sql.countBlock, accountId, ...keyOf(conversation), id)
      if (open > 0) this.#insertParts(accountId, conversation, { groupId: id, parts }, nowMs)
    })
  }

  commitReply(turn: ClaimedTurn, parts: readonly OutboxPart[], nowMs: number): Promise<void> {
    return this.#endTurn(turn, 'answered', '', parts, nowMs)
  }

  failTurn(turn: ClaimedTurn, reason: string, parts: readonly OutboxPart[], nowMs: number): Promise<void> {
    return this.#endTurn(turn, 'failed', reason, parts, nowMs)
  }

  enqueue(accountId: string, conversation: Conversation, entry: OutboxEntry, nowMs: number): Promise<void> {
    return this.#commit.write(() => this.#insertParts(accountId, conversation, entry, nowMs))
  }

  async conversationsToSend(accountId: string): Promise<readonly Conversation[]> {
    return this.#all(sql.conversationsToSend, accountId).map(conversationOf)
  }

  async filesToSend(accountId: string): Promise<readonly string[]> {
    return this.#all(sql.filesToSend, accountId).map(readFilePath)
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
      givenUp: Number(row?.given_up ?? 0),
      trouble: typeof trouble === 'string' ? trouble : undefined,
    }
  }

  async kindOf(accountId: string, conversationId: string): Promise<ConversationKind | undefined> {
    const row = this.#all(sql.kindOf, accountId, conversationId)[0]
    return row === undefined ? undefined : conversationOf(row).kind
  }

  async seenIds(accountId: string, messages: number): Promise<readonly string[]> {
    return this.#all(sql.seenIds, accountId, messages).map(({ id }) => String(id))
  }

  async outboxCounts(accountId: string): Promise<OutboxCounts> {
    const row = this.#all(sql.outboxCounts, accountId, accountId)[0]
    return { waiting: Number(row?.waiting ?? 0), troubled: Number(row?.troubled ?? 0) }
  }

  noteLogin(accountId: string, puppet: string): Promise<void> {
    return this.#write(sql.noteLogin, accountId, puppet)
  }

  async lastPuppet(accountId: string): Promise<string | undefined> {
    const puppet = this.#all(sql.lastPuppet, accountId)[0]?.puppet
    return typeof puppet === 'string' ? puppet : undefined
  }

  prune(beforeMs: number, historyKept: number): Promise<number> {
    return this.#commit.write(() => {
      this.#run(sql.pruneHistory, maxHistoryGroups)
      const ended = this.#run(sql.pruneJournal, beforeMs, historyKept) + this.#run(sql.pruneOutbox, beforeMs)
      this.#run(sql.pruneHistoryMarks)
      return ended
    })
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
    parts: readonly OutboxPart[],
    nowMs: number,
  ): Promise<void> {
    const { accountId, conversation, id } = turn
    return this.#commit.write(() => {
      if (conversation.kind === 'group') this.#run(sql.markHistory, accountId, ...keyOf(conversation), id)
      const ended = this.#run(sql.endTurn, state, reason, accountId, ...keyOf(conversation), id)
      // A turn that has ended already has its reply in the outbox: a second one would be said twice.
      if (ended === 0) return
      this.#insertParts(accountId, conversation, { groupId: id, parts }, nowMs)
    })
  }

  #insertParts(accountId: string, conversation: Conversation, entry: OutboxEntry, nowMs: number): void {
    for (const part of entry.parts) {
      const { text, quoteMessageId = null } = 'text' in part ? part : { text: '' }
      const file = 'file' in part ? JSON.stringify(part.file) : null
      const clientId = `moltbot-${randomUUID()}`
      const values = [entry.groupId, text, quoteMessageId, file, clientId, nowMs]
      this.#run(sql.insertPart, accountId, ...keyOf(conversation), ...values)
    }
  }

  #write(statement: string, ...values: readonly (string | number)[]): Promise<void> {
    return this.#commit.write(() => {
      this.#run(statement, ...values)
    })
  }

  #run(statement: string, ...values: readonly (string | number | null)[]): number {
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
