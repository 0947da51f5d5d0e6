/**
 * One account's part of the SQLite store, under a lease.
 */

import { randomUUID } from 'node:crypto'
import { type Conversation, type ConversationKind, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import type { Database, Durability, Row, Writer } from '@moltbot/channel-sdk/sqlite'
import type { InboundMessage } from '../model/message.ts'
import type {
  LostPart,
  OutboxCounts,
  OutboxEntry,
  OutboxQuery,
  OutboxRow,
  ParkCause,
  RestState,
  SilenceState,
  Unsent,
} from '../model/outbox.ts'
import type { PuppetState } from '../model/puppet-state.ts'
import {
  countsOf,
  idsOf,
  insertParts,
  type Key,
  noteUnsent,
  progressOf,
  reportLoss,
  restOf,
} from './outbox-rows.ts'
import { conversationOf, readFile, readMessage, readOutboxRow } from './rows.ts'
import { SqlitePuppetState } from './sqlite-puppet-state.ts'
import { sql } from './statements.ts'
import {
  type AccountStore,
  type ClaimedTurn,
  type JournalDecision,
  type LossReport,
  maxRefused,
  type NextToSend,
  type OldestMs,
  type OutboxProgress,
  type Refusal,
  type TurnEnd,
  type TurnLimits,
  type WaitingAnswer,
} from './store.ts'

/** A row that could not be read, and is now left alone. */
export interface SetAside {
  readonly accountId: string
  readonly table: 'journal' | 'outbox'
  /** The row's number in its table. */
  readonly row: number
  readonly reason: string
}

interface Lease {
  readonly accountId: string
  /** Counts the holders of the account's lease; this one's number. */
  readonly fence: number
  readonly onSetAside: (row: SetAside) => void
}

/** What a person's message cures. */
const curedByMessage: readonly ParkCause[] = ['window', 'quota']
/** The reason of a row that was set aside is for people. */
const maxReasonLength = 200
/** Lost parts that one turn is told of, the newest. */
const maxUndelivered = 5
/** A message that seems to have waited longer at the backend has a wrong date. */
const longestBelievedMs = 30 * 24 * 60 * 60_000
/** Rows in one list of the outbox. */
const maxListed = 200

export class SqliteAccountStore implements AccountStore {
  readonly puppetState: PuppetState
  readonly #db: Database
  readonly #lease: Lease
  readonly #id: string
  #isReleased = false

  constructor(db: Database, lease: Lease) {
    this.#db = db
    this.#lease = lease
    this.#id = lease.accountId
    this.puppetState = new SqlitePuppetState(db, lease.accountId, (durability, work) =>
      this.#write(durability, work),
    )
  }

  accept(message: InboundMessage, nowMs: number): Promise<'accepted' | 'duplicate'> {
    const { conversation, id, sender } = message
    return this.#write('durable', (writer) => {
      const text = JSON.stringify(message)
      const inserted = writer.run(sql.accept, ...this.#key(conversation), id, sender.id, nowMs, text)
      return inserted === 1 ? 'accepted' : 'duplicate'
    })
  }

  async noteUnreadable(messageId: string, reason: string, nowMs: number): Promise<void> {
    await this.#write('durable', (writer) =>
      writer.run(sql.noteUnreadable, this.#id, messageId, reason, nowMs),
    )
  }

  async undecided(): Promise<readonly InboundMessage[]> {
    return this.#readable('journal', this.#db.all(sql.undecided, this.#id), readMessage)
  }

  async decide(message: InboundMessage, decision: JournalDecision, nowMs: number): Promise<void> {
    const { state, reason, say } = decision
    const key = this.#key(message.conversation)
    await this.#write(say === undefined ? 'relaxed' : 'durable', (writer) => {
      const decided = writer.run(sql.decide, state, reason, ...key, message.id)
      if (decided === 0) return // Decided on before, and its notice is in the outbox.
      if (say !== undefined) insertParts(writer, key, say, nowMs)
      if (state === 'dispatched' || say !== undefined) {
        writer.run(sql.unparkConversation, ...key, JSON.stringify(curedByMessage))
      }
    })
  }

  async recordStale(conversation: Conversation, { receivedMs, sentMs }: OldestMs): Promise<number> {
    const values = [...this.#key(conversation), receivedMs, sentMs, sentMs - longestBelievedMs]
    // Nearly always there is none, and a read costs no commit.
    if (this.#db.get(sql.isStale, ...values) === undefined) return 0
    return this.#write('relaxed', (writer) => writer.run(sql.recordStale, ...values))
  }

  refuse(message: InboundMessage, refusal: Refusal, nowMs: number): Promise<'refused' | 'duplicate'> {
    const { conversation, id, sender } = message
    const { reason, say } = refusal
    return this.#write(say === undefined ? 'relaxed' : 'durable', (writer) => {
      const refused = writer.run(sql.refuse, ...this.#key(conversation), id, sender.id, reason, nowMs)
      if (refused === 0) return 'duplicate'
      this.#forgetRefused(writer)
      if (say !== undefined) {
        insertParts(writer, this.#key(conversation), say, nowMs)
        writer.run(sql.unparkConversation, ...this.#key(conversation), JSON.stringify(curedByMessage))
      }
      return 'refused'
    })
  }

  async takeOut(
    messages: readonly InboundMessage[],
    state: 'recorded' | 'refused',
    reason: string,
  ): Promise<void> {
    await this.#write('relaxed', (writer) => {
      const statement = state === 'recorded' ? sql.takeOutRecorded : sql.takeOutRefused
      for (const { conversation, id } of messages) {
        writer.run(statement, reason, ...this.#key(conversation), id)
      }
      if (state === 'refused') this.#forgetRefused(writer)
    })
  }

  async turnsSince(conversation: Conversation, sinceMs: number, exceptTurnId = ''): Promise<number> {
    return Number(this.#db.get(sql.turnsSince, ...this.#key(conversation), sinceMs, exceptTurnId)?.n ?? 0)
  }

  async conversationsToAnswer(): Promise<readonly Conversation[]> {
    return this.#db.all(sql.conversationsToAnswer, this.#id).map(conversationOf)
  }

  claimTurn(
    conversation: Conversation,
    take: 'burst' | 'all',
    limits: TurnLimits,
  ): Promise<ClaimedTurn | undefined> {
    return this.#write('relaxed', (writer) => {
      // Messages that cannot be read leave the turn, and others may take their places.
      for (;;) {
        const { turn, left } = this.#claim(writer, conversation, take, limits)
        if (turn !== undefined || !left) return turn
      }
    })
  }

  async setUnderWay({ conversation, id }: ClaimedTurn, isUnderWay: boolean): Promise<void> {
    const fence = isUnderWay ? this.#lease.fence : null
    await this.#write('relaxed', (writer) =>
      writer.run(sql.setUnderWay, fence, ...this.#key(conversation), id),
    )
  }

  async commitBlock(turn: ClaimedTurn, parts: OutboxEntry['parts'], nowMs: number): Promise<void> {
    const { conversation, id } = turn
    const key = this.#key(conversation)
    await this.#write('durable', (writer) => {
      const open = writer.run(sql.countBlock, ...key, id)
      if (open > 0) insertParts(writer, key, { groupId: id, parts, purpose: 'answer' }, nowMs)
    })
  }

  commitReply(
    turn: ClaimedTurn,
    { parts, failure }: TurnEnd,
    { nowMs, attempt }: { readonly nowMs: number; readonly attempt: boolean },
  ): Promise<OutboxRow | undefined> {
    const { conversation, id, undelivered } = turn
    const key = this.#key(conversation)
    return this.#write('durable', (writer) => {
      if (conversation.kind === 'group') writer.run(sql.markHistory, ...key, id)
      const state = failure === undefined ? 'answered' : 'failed'
      const ended = writer.run(sql.endTurn, state, failure ?? '', ...key, id)
      // A turn that has ended already has its reply in the outbox: a second one would be said twice.
      if (ended === 0) return undefined
      const isFirst = attempt && writer.get(sql.isWaiting, ...key) === undefined
      if (failure === undefined) writer.run(sql.markReported, idsOf(undelivered))
      const entry: OutboxEntry = { groupId: id, parts, purpose: 'answer' }
      const [first] = insertParts(writer, key, entry, nowMs)
      return isFirst && first !== undefined ? this.#attempt(writer, first, nowMs) : undefined
    })
  }

  async answerTexts(turnId: string): Promise<readonly string[]> {
    return this.#db.all(sql.answerTexts, this.#id, turnId).map(({ text }) => String(text))
  }

  async enqueue(conversation: Conversation, entry: OutboxEntry, nowMs: number): Promise<void> {
    await this.#write('durable', (writer) => insertParts(writer, this.#key(conversation), entry, nowMs))
  }

  async conversationsToSend(): Promise<readonly Conversation[]> {
    return this.#db.all(sql.conversationsToSend, this.#id).map(conversationOf)
  }

  async blobsToSend(): Promise<readonly string[]> {
    const rows = this.#db.all(sql.blobsToSend, this.#id)
    return (await this.#readable('outbox', rows, ({ file }) => readFile(file))).map(({ blob }) => blob)
  }

  async nextToSend(conversation: Conversation, nowMs: number): Promise<NextToSend | undefined> {
    const key = this.#key(conversation)
    for (;;) {
      const found = this.#db.get(sql.nextToSend, ...key, nowMs)
      if (found === undefined) break
      const [row] = await this.#readable('outbox', [found], (one) => readOutboxRow(one, this.#lease.fence))
      if (row !== undefined) return { row }
    }
    const dueMs = this.#db.get(sql.nextDue, ...key)?.due_ms
    return typeof dueMs === 'number' ? { dueMs } : undefined
  }

  markAttempted(row: OutboxRow, nowMs: number, durability: Durability): Promise<OutboxRow> {
    return this.#write(durability, (writer) => this.#attempt(writer, row.id, nowMs))
  }

  async markSent(row: OutboxRow): Promise<void> {
    await this.#write('file' in row.part ? 'durable' : 'relaxed', (writer) =>
      writer.run(sql.markSent, row.id),
    )
  }

  async markUnsent(row: OutboxRow, unsent: Unsent, report?: LossReport): Promise<void> {
    await this.#write('durable', (writer) => {
      if (report !== undefined) reportLoss(writer, this.#key(row.conversation), report)
      noteUnsent(writer, row, unsent)
    })
  }

  async lastWords(conversation: Conversation): Promise<string> {
    const row = this.#db.get(sql.lastWords, ...this.#key(conversation))
    return row === undefined || failureOf(readMessage, row) !== undefined ? '' : readMessage(row).text
  }

  async waitingIn(conversation: Conversation): Promise<number> {
    return Number(this.#db.get(sql.waitingIn, ...this.#key(conversation))?.n ?? 0)
  }

  async listOutbox({ which, groupId, answersIn }: OutboxQuery): Promise<readonly OutboxRow[]> {
    const read = (row: Row) => readOutboxRow(row, this.#lease.fence)
    if (groupId !== undefined)
      return this.#readable('outbox', this.#db.all(sql.outboxOfGroup, this.#id, groupId), read)
    if (answersIn === undefined) {
      const statement = which === 'waiting' ? sql.outboxWaiting : sql.outboxFailed
      return this.#readable('outbox', this.#db.all(statement, this.#id, maxListed), read)
    }
    const key = this.#key(answersIn)
    return this.#readable('outbox', this.#db.all(sql.lastAnswerWaiting, ...key, ...key), read)
  }

  async answersWaiting(): Promise<readonly WaitingAnswer[]> {
    const read = (row: Row) => ({ turnId: String(row.turn_id), message: readMessage(row) })
    const found = await this.#readable('journal', this.#db.all(sql.answersWaiting, this.#id), read)
    return [...Map.groupBy(found, ({ turnId }) => turnId)].map(([turnId, rows]) => ({
      turnId,
      messages: rows.map(({ message }) => message),
    }))
  }

  async withdraw(ids: readonly number[], reason: string): Promise<readonly OutboxRow[]> {
    return this.#changed((writer) => writer.all(sql.withdraw, reason, this.#id, JSON.stringify(ids)))
  }

  async retry(ids: readonly number[], nowMs: number): Promise<readonly OutboxRow[]> {
    return this.#changed((writer) => writer.all(sql.retry, nowMs, this.#id, JSON.stringify(ids)))
  }

  async unpark(causes: readonly ParkCause[]): Promise<void> {
    await this.#write('relaxed', (writer) => writer.run(sql.unpark, this.#id, JSON.stringify(causes)))
  }

  async progress(groupId: string): Promise<OutboxProgress> {
    return progressOf(this.#db.get(sql.progress, this.#id, groupId))
  }

  async kindOf(conversationId: string): Promise<ConversationKind | undefined> {
    const row = this.#db.get(sql.kindOf, this.#id, conversationId)
    return row === undefined ? undefined : conversationOf(row).kind
  }

  async seenIds(messages: number): Promise<readonly string[]> {
    return this.#db.all(sql.seenIds, this.#id, messages).map(({ id }) => String(id))
  }

  async outboxCounts(): Promise<OutboxCounts> {
    return countsOf(this.#db, this.#id)
  }

  async setAsideCount(): Promise<number> {
    return Number(this.#db.get(sql.setAsideCount, this.#id, this.#id)?.n ?? 0)
  }

  async rest(): Promise<RestState | undefined> {
    return restOf(this.#db.get(sql.rest, this.#id))
  }

  async noteRest(rest: RestState | undefined): Promise<void> {
    await this.#write('relaxed', (writer) =>
      rest === undefined
        ? writer.run(sql.endRest, this.#id)
        : writer.run(sql.putRest, this.#id, rest.untilMs, rest.pauseMs, rest.refusals, rest.earlyFromMs),
    )
  }

  async silence(): Promise<SilenceState | undefined> {
    const row = this.#db.get(sql.silence, this.#id)
    return row && { botId: String(row.bot_id), sends: Number(row.sends) }
  }

  async noteSilence(silence: SilenceState | undefined): Promise<void> {
    await this.#write('relaxed', (writer) =>
      silence === undefined
        ? writer.run(sql.endSilence, this.#id)
        : writer.run(sql.putSilence, this.#id, silence.botId, silence.sends),
    )
  }

  async noteLogin(puppet: string): Promise<void> {
    await this.#write('relaxed', (writer) => writer.run(sql.noteLogin, this.#id, puppet))
  }

  async lastPuppet(): Promise<string | undefined> {
    const puppet = this.#db.get(sql.lastPuppet, this.#id)?.puppet
    return typeof puppet === 'string' ? puppet : undefined
  }

  async release(): Promise<void> {
    const { accountId, fence } = this.#lease
    this.#isReleased = true
    // Where even this cannot be written, the next holder's claim ends the lease.
    await this.#db
      .write('relaxed', (writer) => writer.run(sql.giveLeaseBack, accountId, fence))
      .catch(() => undefined)
  }

  #claim(writer: Writer, conversation: Conversation, take: 'burst' | 'all', limits: TurnLimits) {
    const key = this.#key(conversation)
    const cutOff = writer.get(sql.cutOffTurn, ...key)?.turn_id
    const id = typeof cutOff === 'string' ? cutOff : randomUUID()
    if (cutOff === undefined) {
      writer.run(take === 'burst' ? sql.nameBurst : sql.nameTurn, ...key, limits.messages, id)
    }
    writer.run(sql.countAttempt, this.#lease.fence, ...key, id)
    const rows = writer.all(sql.turnMessages, ...key, id)
    const messages = this.#readableIn(writer, 'journal', rows, readMessage)
    const last = rows.at(-1)
    if (last === undefined || messages.length === 0) return { turn: undefined, left: last !== undefined }
    const past = writer.all(sql.history, ...key, Number(last.seq), ...key, limits.history)
    const turn: ClaimedTurn = {
      id,
      accountId: this.#id,
      conversation,
      attempt: Number(last.attempts),
      deaths: Number(last.deaths),
      messages,
      history: this.#readableIn(writer, 'journal', past, readMessage),
      partlyAnswered: rows.some(({ blocks }) => Number(blocks) > 0),
      undelivered: this.#undelivered(writer, conversation),
    }
    return { turn, left: false }
  }

  /** Oldest first. */
  #undelivered(writer: Writer, conversation: Conversation): LostPart[] {
    const rows = writer.all(sql.unreported, ...this.#key(conversation), maxUndelivered)
    const read = (row: Row) => readOutboxRow(row, this.#lease.fence)
    const lost = this.#readableIn(writer, 'outbox', rows, read)
    return lost.reverse().map(({ id, part }) => ({ rowId: id, part }))
  }

  async #changed(change: (writer: Writer) => readonly Row[]): Promise<OutboxRow[]> {
    const rows = await this.#write('durable', change)
    return rows.map((row) => readOutboxRow(row, this.#lease.fence))
  }

  #forgetRefused(writer: Writer): void {
    writer.run(sql.forgetRefused, this.#id, this.#id, maxRefused)
  }

  #attempt(writer: Writer, rowId: number, nowMs: number): OutboxRow {
    const { fence } = this.#lease
    writer.run(sql.markAttempted, fence, nowMs, nowMs, rowId)
    return readOutboxRow(writer.get(sql.part, rowId) ?? {}, fence)
  }

  async #readable<Value>(
    table: SetAside['table'],
    rows: readonly Row[],
    read: (row: Row) => Value,
  ): Promise<Value[]> {
    const bad = rows.filter((row) => failureOf(read, row) !== undefined)
    if (bad.length > 0) await this.#write('relaxed', (writer) => this.#readableIn(writer, table, bad, read))
    return rows.filter((row) => !bad.includes(row)).map(read)
  }

  /** What can be read of these rows. The others are set aside, so that they stop nothing again. */
  #readableIn<Value>(
    writer: Writer,
    table: SetAside['table'],
    rows: readonly Row[],
    read: (row: Row) => Value,
  ): Value[] {
    return rows.flatMap((row) => {
      const failure = failureOf(read, row)
      if (failure === undefined) return [read(row)]
      const number = Number(row.seq ?? row.id)
      const reason = `unreadable row: ${failure}`.slice(0, maxReasonLength)
      writer.run(table === 'journal' ? sql.setMessageAside : sql.setPartAside, reason, number)
      this.#lease.onSetAside({ accountId: this.#id, table, row: number, reason })
      return []
    })
  }

  #write<Result>(durability: Durability, work: (writer: Writer) => Result): Promise<Result> {
    const { accountId, fence } = this.#lease
    return this.#db.write(durability, (writer) => {
      const isHeld = !this.#isReleased && Number(writer.get(sql.lease, accountId)?.fence) === fence
      if (isHeld) return work(writer)
      throw new MoltbotError('lease-lost', `account "${accountId}" has another owner now, or was stopped`)
    })
  }

  #key({ kind, id }: Conversation): Key {
    return [this.#id, kind, id]
  }
}

function failureOf(read: (row: Row) => unknown, row: Row): string | undefined {
  try {
    read(row)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
