/**
 * One account's part of the PostgreSQL store: its journal and its turns, over its outbox.
 */

import { randomUUID } from 'node:crypto'
import type { Conversation, ConversationKind } from '@moltbot/channel-sdk'
import type { SqlRow, SqlValue } from '@moltbot/channel-sdk/sql'
import { z } from 'zod'
import type { InboundMessage } from '../../model/message.ts'
import type { OutboxEntry, OutboxRow } from '../../model/outbox.ts'
import { failureOf } from '../account-rows.ts'
import { conversationOf, readMessage } from '../rows.ts'
import { stepsText } from '../steps.ts'
import {
  type AccountStore,
  type ClaimedTurn,
  curedByMessage,
  type Decided,
  type JournalDecision,
  longestBelievedMs,
  maxRefused,
  maxUndelivered,
  type Refusal,
  type TurnEnd,
  type TurnLimits,
  type WaitingAnswer,
} from '../store.ts'
import { PostgresOutbox } from './outbox.ts'
import { read } from './statements.ts'

/** Nothing to say. */
const silent: OutboxEntry = { groupId: '', parts: [] }

export class PostgresAccountStore extends PostgresOutbox implements AccountStore {
  async accept(message: InboundMessage, nowMs: number): Promise<'accepted' | 'duplicate'> {
    const text = JSON.stringify(message)
    const { sender, timestampMs } = message
    const values = [...placeOf(message), sender.id, nowMs, Math.trunc(timestampMs), text]
    const [row] = await this.call('accept', 'durable', ...values)
    return row?.accept === true ? 'accepted' : 'duplicate'
  }

  async acceptDecided(
    message: InboundMessage,
    { state, reason, steps, events = [] }: Omit<JournalDecision, 'say'>,
    nowMs: number,
  ): Promise<Decided | undefined> {
    const { sender, timestampMs } = message
    const [row] = await this.call(
      'accept_decided',
      'durable',
      ...placeOf(message),
      sender.id,
      nowMs,
      Math.trunc(timestampMs),
      JSON.stringify(message),
      state,
      reason,
      stepsText(steps),
      curedByMessage,
      ...this.events({ events, nowMs }),
    )
    return decidedOf(row?.accept_decided)
  }

  async noteUnreadable(messageId: string, reason: string, nowMs: number): Promise<void> {
    await this.call('note_unreadable', 'durable', messageId, reason, nowMs)
  }

  async undecided(): Promise<readonly InboundMessage[]> {
    return this.readable('journal', await this.read(read.undecided, this.id), readMessage)
  }

  async decide(
    message: InboundMessage,
    decision: JournalDecision,
    nowMs: number,
  ): Promise<Decided | undefined> {
    const { state, reason, steps, say, events = [] } = decision
    const [row] = await this.call(
      'decide',
      say === undefined ? 'relaxed' : 'durable',
      ...placeOf(message),
      state,
      reason,
      stepsText(steps),
      say !== undefined,
      curedByMessage,
      ...this.entry(say ?? silent, nowMs),
      ...this.events({ events, nowMs }),
    )
    return decidedOf(row?.decide)
  }

  async refuse(message: InboundMessage, refusal: Refusal, nowMs: number): Promise<'refused' | 'duplicate'> {
    const { reason, steps, say } = refusal
    const [row] = await this.call(
      'refuse',
      say === undefined ? 'relaxed' : 'durable',
      ...placeOf(message),
      message.sender.id,
      reason,
      stepsText(steps),
      maxRefused,
      say !== undefined,
      curedByMessage,
      ...this.entry(say ?? silent, nowMs),
    )
    return row?.refuse === true ? 'refused' : 'duplicate'
  }

  async takeOut(
    messages: readonly InboundMessage[],
    state: 'recorded' | 'refused',
    reason: string,
  ): Promise<void> {
    await this.call(
      'take_out',
      'relaxed',
      messages.map(({ conversation }) => conversation.kind),
      messages.map(({ conversation }) => conversation.id),
      messages.map(({ id }) => id),
      state,
      reason,
      maxRefused,
    )
  }

  async turnsSince(conversation: Conversation, sinceMs: number): Promise<number> {
    const row = await this.readOne(read.turnsSince, ...this.key(conversation), sinceMs)
    return Number(row?.n ?? 0)
  }

  async conversationsToAnswer(): Promise<readonly Conversation[]> {
    return (await this.read(read.conversationsToAnswer, this.id)).map(conversationOf)
  }

  async claimTurn(
    conversation: Conversation,
    take: 'burst' | 'all',
    limits: TurnLimits,
  ): Promise<ClaimedTurn | undefined> {
    // Messages that cannot be read leave the turn, and others may take their places.
    for (;;) {
      const rows = await this.#claim(conversation, take, limits)
      const stale = factsOf(rows).stale
      if (stale > 0) limits.onStale?.(stale)
      if (!rows.some(({ part }) => part === 'message')) return undefined
      const turn = await this.#turnOf(conversation, rows)
      if (turn.messages.length > 0) return turn
    }
  }

  async setUnderWay({ conversation, id }: ClaimedTurn, isUnderWay: boolean): Promise<void> {
    const fence = isUnderWay ? this.lease.fence : null
    await this.call('set_under_way', 'relaxed', conversation.kind, conversation.id, id, fence)
  }

  async commitBlock(turn: ClaimedTurn, parts: OutboxEntry['parts'], nowMs: number): Promise<void> {
    const { kind, id } = turn.conversation
    const entry = this.entry({ groupId: turn.id, parts, purpose: 'answer' }, nowMs)
    await this.call('commit_block', 'durable', kind, id, ...entry)
  }

  async commitReply(
    turn: ClaimedTurn,
    { parts, failure }: TurnEnd,
    { nowMs, attempt }: { readonly nowMs: number; readonly attempt: boolean },
  ): Promise<OutboxRow | undefined> {
    const { conversation, undelivered = [] } = turn
    const [row] = await this.call(
      'commit_reply',
      'durable',
      conversation.kind,
      conversation.id,
      failure === undefined ? 'answered' : 'failed',
      failure ?? '',
      attempt,
      failure === undefined ? undelivered.map(({ rowId }) => rowId) : [],
      ...this.entry({ groupId: turn.id, parts, purpose: 'answer' }, nowMs),
    )
    return row && this.readPart(row)
  }

  async lastWords(conversation: Conversation): Promise<string> {
    const row = await this.readOne(read.lastWords, ...this.key(conversation))
    return row === undefined || failureOf(readMessage, row) !== undefined ? '' : readMessage(row).text
  }

  async answersWaiting(): Promise<readonly WaitingAnswer[]> {
    const parse = (row: SqlRow) => ({ turnId: String(row.turn_id), message: readMessage(row) })
    const found = await this.readable('journal', await this.read(read.answersWaiting, this.id), parse)
    return [...Map.groupBy(found, ({ turnId }) => turnId)].map(([turnId, rows]) => ({
      turnId,
      messages: rows.map(({ message }) => message),
    }))
  }

  async kindOf(conversationId: string): Promise<ConversationKind | undefined> {
    const row = await this.readOne(read.kindOf, this.id, conversationId)
    return row && conversationOf(row).kind
  }

  async seenIds(messages: number): Promise<readonly string[]> {
    return (await this.read(read.seenIds, this.id, messages)).map(({ id }) => String(id))
  }

  async setAsideCount(): Promise<number> {
    return Number((await this.readOne(read.setAsideCount, this.id))?.n ?? 0)
  }

  async noteLogin(puppet: string): Promise<void> {
    await this.call('note_login', 'relaxed', puppet)
  }

  async lastPuppet(): Promise<string | undefined> {
    const puppet = (await this.readOne(read.lastPuppet, this.id))?.puppet
    return typeof puppet === 'string' ? puppet : undefined
  }

  #claim({ kind, id }: Conversation, take: 'burst' | 'all', limits: TurnLimits) {
    const { messages, history, oldest, sinceMs = null } = limits
    const { receivedMs = null, sentMs = null } = oldest ?? {}
    const believedMs = oldest === undefined ? null : oldest.sentMs - longestBelievedMs
    const values = [take === 'burst', messages, history, maxUndelivered, randomUUID()]
    return this.call('claim_turn', 'relaxed', kind, id, ...values, receivedMs, sentMs, believedMs, sinceMs)
  }

  async #turnOf(conversation: Conversation, rows: readonly SqlRow[]): Promise<ClaimedTurn> {
    const of = (part: string) => rows.filter((row) => row.part === part)
    const asked = of('message')
    const last = asked.at(-1) ?? {}
    const lost = await this.readable('outbox', of('lost'), ({ more }) => this.readPart(Object(more)))
    return {
      id: String(last.turn),
      accountId: this.id,
      conversation,
      attempt: Number(last.attempts),
      deaths: Number(last.deaths),
      messages: await this.readable('journal', asked, readMessage),
      history: await this.readable('journal', of('history'), readMessage),
      partlyAnswered: asked.some(({ blocks }) => Number(blocks) > 0),
      undelivered: lost.map(({ id, part }) => ({ rowId: id, part })),
      turnsBefore: factsOf(rows).turns,
      othersWait: factsOf(rows).waits,
    }
  }
}

const claimFacts = z.object({ stale: z.number(), turns: z.number(), waits: z.boolean() })

/** What a claim tells beside the turn. */
function factsOf(rows: readonly SqlRow[]): z.output<typeof claimFacts> {
  return claimFacts.parse(rows.find(({ part }) => part === 'facts')?.more)
}

/** @param partsWait null: it was decided on before */
function decidedOf(partsWait: unknown): Decided | undefined {
  return typeof partsWait === 'boolean' ? { partsWait } : undefined
}

/** Where the journal has the message. */
function placeOf({ conversation, id }: InboundMessage): SqlValue[] {
  return [conversation.kind, conversation.id, id]
}
