/**
 * One account's part of the SQLite store: its journal and its turns, over its outbox.
 */

import { randomUUID } from 'node:crypto'
import type { Conversation, ConversationKind } from '@moltbot/channel-sdk'
import type { Row, Writer } from '@moltbot/channel-sdk/sqlite'
import type { InboundMessage } from '../model/message.ts'
import type { OutboxEntry, OutboxRow } from '../model/outbox.ts'
import { failureOf } from './account-rows.ts'
import { idsOf, insertParts } from './outbox-rows.ts'
import { conversationOf, readMessage } from './rows.ts'
import { SqliteOutbox } from './sqlite-outbox.ts'
import { sql } from './statements.ts'
import { stepsText } from './steps.ts'
import {
  type AccountStore,
  type ClaimedTurn,
  curedByMessage,
  type Decided,
  type JournalDecision,
  longestBelievedMs,
  maxRefused,
  type Refusal,
  type TurnEnd,
  type TurnLimits,
  type WaitingAnswer,
} from './store.ts'

export class SqliteAccountStore extends SqliteOutbox implements AccountStore {
  accept(message: InboundMessage, nowMs: number): Promise<'accepted' | 'duplicate'> {
    const { conversation, id, sender } = message
    return this.write('durable', (writer) => {
      const text = JSON.stringify(message)
      const inserted = writer.run(sql.accept, ...this.key(conversation), id, sender.id, nowMs, text)
      return inserted === 1 ? 'accepted' : 'duplicate'
    })
  }

  acceptDecided(
    message: InboundMessage,
    decision: Omit<JournalDecision, 'say'>,
    nowMs: number,
  ): Promise<Decided | undefined> {
    const { conversation, id, sender } = message
    return this.write('durable', (writer) => {
      const text = JSON.stringify(message)
      const inserted = writer.run(sql.accept, ...this.key(conversation), id, sender.id, nowMs, text)
      return inserted === 1 ? this.#decide(writer, message, decision, nowMs) : undefined
    })
  }

  async noteUnreadable(messageId: string, reason: string, nowMs: number): Promise<void> {
    await this.write('durable', (writer) => writer.run(sql.noteUnreadable, this.id, messageId, reason, nowMs))
  }

  async undecided(): Promise<readonly InboundMessage[]> {
    return this.readable('journal', this.db.all(sql.undecided, this.id), readMessage)
  }

  decide(message: InboundMessage, decision: JournalDecision, nowMs: number): Promise<Decided | undefined> {
    return this.write(decision.say === undefined ? 'relaxed' : 'durable', (writer) =>
      this.#decide(writer, message, decision, nowMs),
    )
  }

  refuse(message: InboundMessage, refusal: Refusal, nowMs: number): Promise<'refused' | 'duplicate'> {
    const { conversation, id, sender } = message
    const { reason, steps, say } = refusal
    const facts = [sender.id, reason, stepsText(steps), nowMs]
    return this.write(say === undefined ? 'relaxed' : 'durable', (writer) => {
      const refused = writer.run(sql.refuse, ...this.key(conversation), id, ...facts)
      if (refused === 0) return 'duplicate'
      this.#forgetRefused(writer)
      if (say !== undefined) {
        insertParts(writer, this.key(conversation), say, nowMs)
        writer.run(sql.unparkConversation, ...this.key(conversation), JSON.stringify(curedByMessage))
      }
      return 'refused'
    })
  }

  async takeOut(
    messages: readonly InboundMessage[],
    state: 'recorded' | 'refused',
    reason: string,
  ): Promise<void> {
    await this.write('relaxed', (writer) => {
      const statement = state === 'recorded' ? sql.takeOutRecorded : sql.takeOutRefused
      for (const { conversation, id } of messages) {
        writer.run(statement, reason, ...this.key(conversation), id)
      }
      if (state === 'refused') this.#forgetRefused(writer)
    })
  }

  async turnsSince(conversation: Conversation, sinceMs: number): Promise<number> {
    return Number(this.db.get(sql.turnsSince, ...this.key(conversation), sinceMs, '')?.n ?? 0)
  }

  async conversationsToAnswer(): Promise<readonly Conversation[]> {
    return this.db.all(sql.conversationsToAnswer, this.id).map(conversationOf)
  }

  claimTurn(
    conversation: Conversation,
    take: 'burst' | 'all',
    limits: TurnLimits,
  ): Promise<ClaimedTurn | undefined> {
    return this.write('relaxed', (writer) => {
      this.#recordStale(writer, conversation, limits)
      // Messages that cannot be read leave the turn, and others may take their places.
      for (;;) {
        const { turn, left } = this.#claim(writer, conversation, take, limits)
        if (turn !== undefined || !left) return turn
      }
    })
  }

  async setUnderWay({ conversation, id }: ClaimedTurn, isUnderWay: boolean): Promise<void> {
    const fence = isUnderWay ? this.lease.fence : null
    await this.write('relaxed', (writer) => writer.run(sql.setUnderWay, fence, ...this.key(conversation), id))
  }

  async commitBlock(turn: ClaimedTurn, parts: OutboxEntry['parts'], nowMs: number): Promise<void> {
    const { conversation, id } = turn
    const key = this.key(conversation)
    await this.write('durable', (writer) => {
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
    const key = this.key(conversation)
    return this.write('durable', (writer) => {
      if (conversation.kind === 'group') writer.run(sql.markHistory, ...key, id)
      const state = failure === undefined ? 'answered' : 'failed'
      const ended = writer.run(sql.endTurn, state, failure ?? '', ...key, id)
      // A turn that has ended already has its reply in the outbox: a second one would be said twice.
      if (ended === 0) return undefined
      const isFirst = attempt && !this.isWaiting(writer, key)
      if (failure === undefined) writer.run(sql.markReported, idsOf(undelivered))
      const entry: OutboxEntry = { groupId: id, parts, purpose: 'answer' }
      const [first] = insertParts(writer, key, entry, nowMs)
      return isFirst && first !== undefined ? this.attempt(writer, first, nowMs) : undefined
    })
  }

  async lastWords(conversation: Conversation): Promise<string> {
    const row = this.db.get(sql.lastWords, ...this.key(conversation))
    return row === undefined || failureOf(readMessage, row) !== undefined ? '' : readMessage(row).text
  }

  async answersWaiting(): Promise<readonly WaitingAnswer[]> {
    const read = (row: Row) => ({ turnId: String(row.turn_id), message: readMessage(row) })
    const found = await this.readable('journal', this.db.all(sql.answersWaiting, this.id), read)
    return [...Map.groupBy(found, ({ turnId }) => turnId)].map(([turnId, rows]) => ({
      turnId,
      messages: rows.map(({ message }) => message),
    }))
  }

  async kindOf(conversationId: string): Promise<ConversationKind | undefined> {
    const row = this.db.get(sql.kindOf, this.id, conversationId)
    return row === undefined ? undefined : conversationOf(row).kind
  }

  async seenIds(messages: number): Promise<readonly string[]> {
    return this.db.all(sql.seenIds, this.id, messages).map(({ id }) => String(id))
  }

  async setAsideCount(): Promise<number> {
    return Number(this.db.get(sql.setAsideCount, this.id, this.id)?.n ?? 0)
  }

  async noteLogin(puppet: string): Promise<void> {
    await this.write('relaxed', (writer) => writer.run(sql.noteLogin, this.id, puppet))
  }

  async lastPuppet(): Promise<string | undefined> {
    const puppet = this.db.get(sql.lastPuppet, this.id)?.puppet
    return typeof puppet === 'string' ? puppet : undefined
  }

  #decide(
    writer: Writer,
    { conversation, id }: InboundMessage,
    { state, reason, steps, say, events = [] }: JournalDecision,
    nowMs: number,
  ): Decided | undefined {
    const key = this.key(conversation)
    const decided = writer.run(sql.decide, state, reason, stepsText(steps), ...key, id)
    if (decided === 0) return undefined // Decided on before, and its notice is in the outbox.
    this.putEvents(writer, { events, nowMs })
    if (say !== undefined) insertParts(writer, key, say, nowMs)
    if (state === 'dispatched' || say !== undefined) {
      writer.run(sql.unparkConversation, ...key, JSON.stringify(curedByMessage))
    }
    return { partsWait: this.isWaiting(writer, key) }
  }

  #claim(writer: Writer, conversation: Conversation, take: 'burst' | 'all', limits: TurnLimits) {
    const key = this.key(conversation)
    const cutOff = writer.get(sql.cutOffTurn, ...key)?.turn_id
    const id = typeof cutOff === 'string' ? cutOff : randomUUID()
    if (cutOff === undefined) {
      writer.run(take === 'burst' ? sql.nameBurst : sql.nameTurn, ...key, limits.messages, id)
    }
    writer.run(sql.countAttempt, this.lease.fence, ...key, id)
    const rows = writer.all(sql.turnMessages, ...key, id)
    const messages = this.readableIn(writer, 'journal', rows, readMessage)
    const last = rows.at(-1)
    if (last === undefined || messages.length === 0) return { turn: undefined, left: last !== undefined }
    const past = writer.all(sql.history, ...key, Number(last.seq), ...key, limits.history)
    const turn: ClaimedTurn = {
      id,
      accountId: this.id,
      conversation,
      attempt: Number(last.attempts),
      deaths: Number(last.deaths),
      messages,
      history: this.readableIn(writer, 'journal', past, readMessage),
      partlyAnswered: rows.some(({ blocks }) => Number(blocks) > 0),
      undelivered: this.undelivered(writer, conversation),
      turnsBefore: Number(writer.get(sql.turnsSince, ...key, limits.sinceMs ?? null, id)?.n),
      othersWait: writer.get(sql.othersWait, ...key, id) !== undefined,
    }
    return { turn, left: false }
  }

  #recordStale(writer: Writer, conversation: Conversation, { oldest, onStale }: TurnLimits): void {
    if (oldest === undefined) return
    const { receivedMs, sentMs } = oldest
    const values = [receivedMs, sentMs, sentMs - longestBelievedMs]
    const messages = writer.run(sql.recordStale, ...this.key(conversation), ...values)
    if (messages > 0) onStale?.(messages)
  }

  #forgetRefused(writer: Writer): void {
    writer.run(sql.forgetRefused, this.id, this.id, maxRefused)
  }
}
