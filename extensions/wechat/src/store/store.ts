/**
 * The port of everything that must survive a crash: the journal of what came in and the outbox of what goes out.
 * Verbs say what they mean and are asynchronous, so that several gateways can one day share a database server.
 * Every key begins with the account.
 *
 * States of a journal row: `accepted → recorded | dropped | dispatched → answered | failed`.
 */

import type { Conversation, ConversationKind } from '@moltbot/channel-sdk'
import type { InboundMessage } from '../model/message.ts'

/** `queued → attempted → sent | uncertain | parked | failed | expired` */
export type OutboxState = 'queued' | 'attempted' | 'sent' | 'uncertain' | 'parked' | 'failed' | 'expired'

/** Messages that are answered together, under an id that outlives a crash. */
export interface ClaimedTurn {
  readonly id: string
  readonly accountId: string
  readonly conversation: Conversation
  /** In order of arrival, at least one. */
  readonly messages: readonly InboundMessage[]
  /** Messages recorded since the bot's last reply in this conversation, oldest first. */
  readonly history: readonly InboundMessage[]
  /** A crash cut this turn off after part of its reply was committed: it must not run again. */
  readonly partlyAnswered: boolean
}

/** A file on its way out. The outbox owns it: it lies in the channel's folder and goes when it was sent. */
export interface OutboxFile {
  readonly path: string
  /** What the person sees. */
  readonly name: string
}

export interface OutboxText {
  readonly text: string
  /** The received message that it quotes, where the puppet can. */
  readonly quoteMessageId?: string
}

export type OutboxPart = OutboxText | { readonly file: OutboxFile }

export interface TurnLimits {
  readonly messages: number
  readonly history: number
}

export interface OutboxRow {
  readonly id: number
  readonly accountId: string
  readonly conversation: Conversation
  /** The turn it answers, or another id that groups the chunks of one text. */
  readonly groupId: string
  readonly part: OutboxPart
  /** The id the backend sees; the same at every attempt. */
  readonly clientId: string
  readonly state: OutboxState
  readonly attempts: number
  readonly createdMs: number
  /** When it was last handed to the puppet. */
  readonly attemptedMs: number | undefined
  /** Not to be sent before this time. */
  readonly notBeforeMs: number
}

/** The parts of one answer, on their way into the outbox. */
export interface OutboxEntry {
  readonly groupId: string
  readonly parts: readonly OutboxPart[]
}

export interface OutboxCounts {
  /** `queued`, `attempted` and `parked`. */
  readonly waiting: number
  /** `uncertain`, `failed` and `expired`: they need the operator's eye. */
  readonly troubled: number
}

export interface OutboxProgress {
  readonly total: number
  readonly sent: number
  /** `uncertain`, `failed` and `expired`. */
  readonly givenUp: number
  /** Why a chunk was given up or has to wait. */
  readonly trouble: string | undefined
}

/** Where a row went that could not be sent. */
export type Unsent =
  | { readonly state: 'parked'; readonly notBeforeMs: number; readonly reason: string }
  | { readonly state: 'uncertain' | 'failed' | 'expired'; readonly reason: string }

/** After the store failed (a full disk, say) what waits in it is tried again this much later. */
export const storeRetryMs = 5_000

export interface Store {
  /** Inserts a message as `accepted`. `duplicate`: this account has it already in this conversation. */
  acceptInbound(message: InboundMessage, nowMs: number): Promise<'accepted' | 'duplicate'>
  /** Messages that were accepted and not yet decided on: what a crash left between the two. Oldest first. */
  undecided(accountId: string): Promise<readonly InboundMessage[]>
  /** Ends a message that gets no turn. */
  settle(message: InboundMessage, state: 'recorded' | 'dropped', reason: string): Promise<void>
  /** Lets a message wait for its turn. */
  dispatch(message: InboundMessage, reason: string): Promise<void>
  /** Conversations with messages that wait for a turn, or whose turn a crash cut off. */
  conversationsToAnswer(accountId: string): Promise<readonly Conversation[]>
  /**
   * The conversation's unfinished turn, else a new one made of messages that wait, oldest first. Claiming again before
   * `commitReply` or `failTurn` gives the same turn with the same messages.
   * @param take `burst`: only as far as one sender wrote them; `all`: whoever did
   * @param limits `messages` for a new turn, `history` for what was recorded before them
   */
  claimTurn(
    accountId: string,
    conversation: Conversation,
    take: 'burst' | 'all',
    limits: TurnLimits,
  ): Promise<ClaimedTurn | undefined>
  /** Puts a block of a reply that is not whole yet into the outbox. From then on the turn is not run again. */
  commitBlock(turn: ClaimedTurn, parts: readonly OutboxPart[], nowMs: number): Promise<void>
  /**
   * In one transaction: the turn's messages are `answered`, its reply (or the rest of it) is in the outbox, and the
   * history it was given is over.
   */
  commitReply(turn: ClaimedTurn, parts: readonly OutboxPart[], nowMs: number): Promise<void>
  /** As `commitReply`, for a turn that ended without an answer; `parts` is what the person is told, if anything. */
  failTurn(turn: ClaimedTurn, reason: string, parts: readonly OutboxPart[], nowMs: number): Promise<void>
  /** Puts a text that answers no turn into the outbox. */
  enqueue(accountId: string, conversation: Conversation, entry: OutboxEntry, nowMs: number): Promise<void>
  /** Conversations with something to send, now or later. */
  conversationsToSend(accountId: string): Promise<readonly Conversation[]>
  /** The paths of the files that rows which are not at their end still need. */
  filesToSend(accountId: string): Promise<readonly string[]>
  /** The oldest row of the conversation that is not at its end, whatever its time. */
  nextToSend(accountId: string, conversation: Conversation): Promise<OutboxRow | undefined>
  markAttempted(row: OutboxRow, nowMs: number): Promise<void>
  markSent(row: OutboxRow, nowMs: number): Promise<void>
  markUnsent(row: OutboxRow, unsent: Unsent): Promise<void>
  /** The person wrote again: what was parked in this conversation may go now. */
  unpark(accountId: string, conversation: Conversation): Promise<void>
  /** How far the chunks of one text have come. */
  progress(accountId: string, groupId: string): Promise<OutboxProgress>
  /** The kind of a conversation that has been seen, for a send that names only the id. */
  kindOf(accountId: string, conversationId: string): Promise<ConversationKind | undefined>
  /** Ids of the account's people and groups among the newest `messages` messages of the store, each once. */
  seenIds(accountId: string, messages: number): Promise<readonly string[]>
  outboxCounts(accountId: string): Promise<OutboxCounts>
  /** The account is logged in with the puppet of this npm name. */
  noteLogin(accountId: string, puppet: string): Promise<void>
  /** The puppet of its last login; undefined where there was none. */
  lastPuppet(accountId: string): Promise<string | undefined>
  /**
   * Forgets what ended before `beforeMs`; de-duplication reaches back as far. The newest `historyKept` messages that
   * were recorded in a group since the last reply there stay, for a thousand groups an account.
   */
  prune(beforeMs: number, historyKept: number): Promise<number>
  close(): Promise<void>
}
