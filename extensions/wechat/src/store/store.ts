/**
 * The port of everything that must survive a crash: the journal of what came in and the outbox of what goes out. Verbs
 * say what they mean and are asynchronous, so that several gateways can share a database server; what must happen
 * together is one verb. `storeContract` (test/store-contract.ts) says what every implementation has to do.
 *
 * Each verb that writes says what it resolves after. Durable: the change is on the disk. Relaxed: a killed process
 * cannot lose it, a power failure can, and the verb says what that costs.
 *
 * States of a journal row: `accepted → recorded | dropped | dispatched → answered | failed`, `refused` for a message of
 * someone who is not admitted, which has no text, and `unreadable` for a message that the puppet could not hand over. A row that cannot be read back becomes `set-aside` with the reason; it
 * stops nothing, and `setAsideCount` shows it.
 */

import type {
  Conversation,
  ConversationKind,
  ExplainedStep,
  ReceivedPage,
  ReceivedQuery,
} from '@moltbot/channel-sdk'
import type { InboundMessage } from '../model/message.ts'
import type {
  OutboxCounts,
  OutboxEntry,
  OutboxPart,
  OutboxQuery,
  OutboxRow,
  ParkCause,
  RestState,
  SilenceState,
  Unsent,
} from '../model/outbox.ts'
import type { PuppetState } from '../model/puppet-state.ts'
import type { NewEvent } from '../model/webhook-event.ts'
import type { EventStore, EventsOfChange } from './event-store.ts'
import type { BlobParts } from './shared-blobs.ts'
import type { ClaimedTurn, TurnLimits } from './turn-claim.ts'

export type { ClaimedTurn, OldestMs, TurnLimits } from './turn-claim.ts'

/** What is done with a message that came in. */
export interface JournalDecision {
  readonly state: 'recorded' | 'dropped' | 'dispatched'
  /** A stable code of the policy's. */
  readonly reason: string
  /** The steps of the policy that led to it, for the operator. */
  readonly steps?: readonly ExplainedStep[]
  /** A notice to the sender, such as the answer to a command. */
  readonly say?: OutboxEntry
  /** For webhooks. None where it was decided on before. */
  readonly events?: readonly NewEvent[]
}

/** What else is known of the conversation of a message that was decided on. */
export interface Decided {
  /** Parts wait to be sent in it. */
  readonly partsWait: boolean
}

/** Why a message is refused. Its text is not stored. */
export interface Refusal {
  /** A stable code of the policy's. */
  readonly reason: string
  /** As in {@link JournalDecision}. */
  readonly steps?: readonly ExplainedStep[]
  /** A notice to the sender, such as a pairing code. */
  readonly say?: OutboxEntry
}

/** Refused messages of an account that are stored for de-duplication. Beyond it the oldest are deleted. */
export const maxRefused = 1_000

/** Lost parts that one turn is told of, the newest. */
export const maxUndelivered = 5

/** What a person's message cures. */
export const curedByMessage: readonly ParkCause[] = ['window', 'quota']

/** A message that seems to have waited longer at the backend has a wrong date. */
export const longestBelievedMs = 30 * 24 * 60 * 60_000

/** How a turn ended. */
export interface TurnEnd {
  /** The reply, or what is left of it; of a failed turn, the notice to the person. */
  readonly parts: readonly OutboxPart[]
  /** Why there is no answer. */
  readonly failure?: string
}

/** Tells a person that something was not sent. */
export interface LossReport {
  readonly parts: readonly OutboxPart[]
  readonly nowMs: number
  /** No report is stored where one was stored later than this. */
  readonly sinceMs: number
}

export interface WaitingAnswer {
  readonly turnId: string
  readonly messages: readonly InboundMessage[]
}

export interface OutboxProgress {
  readonly total: number
  readonly sent: number
  /** `uncertain`, `failed`, `expired` and `withdrawn`. */
  readonly givenUp: number
  /** Why a part was given up or has to wait. */
  readonly trouble: string | undefined
}

/** What may go out in a conversation: a part, or nothing before a time (milliseconds since the epoch). */
export type NextToSend = { readonly row: OutboxRow } | { readonly dueMs: number }

export interface Retention {
  readonly nowMs: number
  /** Ended rows are kept this long: de-duplication reaches back as far. */
  readonly rowsMs: number
  /** Texts of ended rows, by account and for accounts that are not named, milliseconds. */
  readonly textsMs: ReadonlyMap<string, number>
  readonly otherTextsMs: number
  /** The newest messages that were recorded in a group since the last reply there stay, for 1,000 groups an account. */
  readonly history: number
  /** Ends the work between two batches. */
  readonly signal: AbortSignal
}

/** After the store failed (a full disk, say) what waits in it is tried again this much later at the latest. */
export const storeRetryMs = 5_000

export interface Store {
  /**
   * Takes the account's lease. Turns that an earlier holder had claimed and that it neither ended nor gave back with the
   * lease count its end as a death. From now on every write of an earlier holder is refused with `lease-lost`, and turns and
   * sends that it had begun count as cut off. Durable.
   * @param owner names the holder, for people
   * @param deaths for how many deaths the end of the earlier holder counts. Defaults to 1
   * @param term number of the host's hold of the account, see `AccountHolds`. Defaults to 0: there are no others
   * @throws `lease-lost` where the account was opened under a greater `term`
   */
  openAccount(accountId: string, owner: string, deaths?: number, term?: number): Promise<AccountStore>
  /** Messages with what was said in return. Of an account that need not be open. */
  received(query: ReceivedQuery): Promise<ReceivedPage>
  /** Of an account that need not be open. */
  outboxCounts(accountId: string): Promise<OutboxCounts>
  /** As `AccountStore.progress`, of an account that need not be open. */
  progress(accountId: string, groupId: string): Promise<OutboxProgress>
  /**
   * Moves the times of what waits for an answer or to be sent, and of pauses, of all accounts, since the clock was set. Relaxed.
   * @param onMoved called before anything can be read with its new time
   */
  moveTimes(byMs: number, onMoved?: () => void): Promise<void>
  /** Removes what has ended and is old enough, in batches that do not hold the event loop. @returns rows removed */
  prune(retention: Retention): Promise<number>
  /** Reads the whole store beside its use. @returns what is damaged, in words; undefined where nothing is */
  check(): Promise<string | undefined>
  /** Resolves when everything written is on the disk. */
  close(): Promise<void>
}

/** One account's part of the store, for the holder of its lease. @throws `lease-lost` from every verb that writes */
export interface AccountStore extends EventStore {
  /** For what the account's puppet has to remember. */
  readonly puppetState: PuppetState
  /** Files that wait to be sent, where several machines use the store. Absent: they are in a folder of this machine. */
  readonly blobParts?: BlobParts
  /**
   * Inserts a message that is decided on already, as `accept` and `decide` in one. Durable.
   * @returns undefined: this account has it already in this conversation
   */
  acceptDecided(
    message: InboundMessage,
    decision: Omit<JournalDecision, 'say'>,
    nowMs: number,
  ): Promise<Decided | undefined>
  /** Inserts a message as `accepted`. Durable. `duplicate`: this account has it already in this conversation. */
  accept(message: InboundMessage, nowMs: number): Promise<'accepted' | 'duplicate'>
  /** Notes a message that could not be read from the puppet. Durable. */
  noteUnreadable(messageId: string, reason: string, nowMs: number): Promise<void>
  /** Messages that were accepted and not yet decided on. Oldest first. */
  undecided(): Promise<readonly InboundMessage[]>
  /**
   * Decides on an accepted message. `dispatched`, or something to say: the person wrote, so parts that wait for that
   * (`window`, `quota`) may go. Durable with something to say; relaxed without, since the same decision is made again.
   * @returns undefined: it was decided on before
   */
  decide(message: InboundMessage, decision: JournalDecision, nowMs: number): Promise<Decided | undefined>
  /**
   * Stores that a message is refused, without its text, whether or not it was accepted before; see {@link maxRefused}.
   * Durable with something to say; relaxed without: after a power failure a message is refused again.
   * `duplicate`: it was decided on before, and nothing is said.
   */
  refuse(message: InboundMessage, refusal: Refusal, nowMs: number): Promise<'refused' | 'duplicate'>
  /**
   * Takes messages out of the turn for which they wait. Those that are `refused` lose their text. Relaxed: a lost
   * withdrawal is decided on again.
   */
  takeOut(messages: readonly InboundMessage[], state: 'recorded' | 'refused', reason: string): Promise<void>
  /** Turns of messages that came after `sinceMs` in this conversation. */
  turnsSince(conversation: Conversation, sinceMs: number): Promise<number>
  /** Conversations with messages that wait for a turn, or whose turn was cut off. */
  conversationsToAnswer(): Promise<readonly Conversation[]>
  /**
   * The conversation's unfinished turn, else a new one made of messages that wait, oldest first. Claiming again before
   * `commitReply` gives the same turn with the same messages, as its next attempt. Relaxed: a lost claim is made again.
   * Before, messages that wait, or whose turn was cut off before a block, and are too old to be answered become history. A date
   * of the backend that is more than a month before `oldest.receivedMs` is not believed.
   * @param take `burst`: only as far as one sender wrote them; `all`: messages of all senders
   * @param limits `messages` for a new turn, `history` for what was recorded before them
   */
  claimTurn(
    conversation: Conversation,
    take: 'burst' | 'all',
    limits: TurnLimits,
  ): Promise<ClaimedTurn | undefined>
  /**
   * A claimed turn that waits to be run is not under way: the death of its holder does not count for it. Relaxed: a killed
   * process does not lose it.
   */
  setUnderWay(turn: ClaimedTurn, isUnderWay: boolean): Promise<void>
  /** Puts a block of a reply that is not whole yet into the outbox. From then on the turn is not run again. Durable. */
  commitBlock(turn: ClaimedTurn, parts: readonly OutboxPart[], nowMs: number): Promise<void>
  /**
   * Durable, as one: the turn's messages are `answered` (or `failed`), its reply (or the rest of it) is in the outbox,
   * and the history that it was given is over. A turn that has ended already changes nothing.
   * @param attempt marks the first part as attempted in the same commit, where nothing else of the conversation waits
   * @returns the part that was so marked, for the caller to send
   */
  commitReply(
    turn: ClaimedTurn,
    end: TurnEnd,
    commit: { readonly nowMs: number; readonly attempt: boolean },
  ): Promise<OutboxRow | undefined>
  /** The texts of a turn's answer that were sent or will be, in order, as far as they are stored. */
  answerTexts(turnId: string): Promise<readonly string[]>
  /** Puts a text that answers no turn into the outbox. Durable. @returns false: it was there already, see `OutboxEntry.once` */
  enqueue(conversation: Conversation, entry: OutboxEntry, nowMs: number): Promise<boolean>
  /**
   * Texts of schedules that can be sent in the conversation now, oldest first, without those whose attempt is not confirmed and
   * those of several parts.
   */
  scheduledTexts(conversation: Conversation, nowMs: number): Promise<readonly OutboxRow[]>
  /**
   * Sends several waiting texts as one: `carrier` gets the text of all, and what becomes of it becomes of the others. Durable.
   * @returns the carrier as it is now; undefined: one of them waits no more, and nothing was changed
   */
  merge(carrier: OutboxRow, text: string, others: readonly OutboxRow[]): Promise<OutboxRow | undefined>
  /** Conversations with something to send, now or later. */
  conversationsToSend(): Promise<readonly Conversation[]>
  /** The blobs that rows which are not at their end still need. */
  blobsToSend(): Promise<readonly string[]>
  /**
   * The oldest part of the conversation that may be sent now. A part that waits holds back the later parts of its own
   * answer only. Undefined: nothing waits, or only for its cause to end.
   */
  nextToSend(conversation: Conversation, nowMs: number): Promise<NextToSend | undefined>
  /** @returns the row as it is now: of another state, if it was withdrawn meanwhile. @param durability relaxed where the backend shows a repeated id once */
  markAttempted(row: OutboxRow, nowMs: number, durability: 'durable' | 'relaxed'): Promise<OutboxRow>
  /**
   * Relaxed for a text: after a power failure the part counts as attempted, and is sent again where that shows it once.
   * Durable for a file, whose copy is removed after that.
   * @param told for webhooks, in the same commit
   * @returns whether more parts of the conversation wait
   */
  markSent(row: OutboxRow, told?: EventsOfChange): Promise<boolean>
  /**
   * Durable: a part that was surely refused would count as attempted after a power failure, and where a backend cannot repeat
   * an id it would not be sent any more. The report is sent next, and the copy of a file removed.
   * @param report tells the person of it, in the same commit, unless one was stored in the conversation since `sinceMs`
   * @param told for webhooks, in the same commit
   */
  markUnsent(row: OutboxRow, unsent: Unsent, report?: LossReport, told?: EventsOfChange): Promise<void>
  /** What the person wrote last in a conversation, as far as it is stored, for the language of a report. */
  lastWords(conversation: Conversation): Promise<string>
  /** Parts of the conversation that are not sent yet. */
  waitingIn(conversation: Conversation): Promise<number>
  /** `waiting`: oldest first; `failed`: newest first. A few hundred at most. */
  listOutbox(query: OutboxQuery): Promise<readonly OutboxRow[]>
  /** The answers of which something waits, each with the messages that it answers as far as these are still stored. */
  answersWaiting(): Promise<readonly WaitingAnswer[]>
  /** Takes back parts that are not being sent. Durable. @returns those that it took back */
  withdraw(ids: readonly number[], reason: string): Promise<readonly OutboxRow[]>
  /**
   * Queues parts that wait or were given up once more, as if they were new. Durable. A file that was given up is gone, and
   * so are texts that retention has removed: they stay as they are.
   * @returns those that it queued
   */
  retry(ids: readonly number[], nowMs: number): Promise<readonly OutboxRow[]>
  /** Ends the wait of what was parked for one of these causes. Relaxed. */
  unpark(causes: readonly ParkCause[]): Promise<void>
  /** How far the parts of one text have come. */
  progress(groupId: string): Promise<OutboxProgress>
  /** The kind of a conversation that has been seen, for a send that names only the id. */
  kindOf(conversationId: string): Promise<ConversationKind | undefined>
  /** Ids of the account's people and groups among the newest `messages` messages of the store, each once. */
  seenIds(messages: number): Promise<readonly string[]>
  outboxCounts(): Promise<OutboxCounts>
  /** Rows that could not be read, and messages that the puppet could not hand over. */
  setAsideCount(): Promise<number>
  /** The account's pause after a refusal because of too many sends; undefined where there is none. */
  rest(): Promise<RestState | undefined>
  /** Relaxed: after a power failure there is one more attempt, or a pause that was over already. */
  noteRest(rest: RestState | undefined): Promise<void>
  /** The account's sends without a confirmation; undefined where the last one was confirmed. */
  silence(): Promise<SilenceState | undefined>
  /** Relaxed: after a power failure the count may be lower. */
  noteSilence(silence: SilenceState | undefined): Promise<void>
  /** The account is logged in with the puppet of this npm name. Relaxed. */
  noteLogin(puppet: string): Promise<void>
  /** The puppet of its last login; undefined where there was none. */
  lastPuppet(): Promise<string | undefined>
  /** Gives the lease back: from now on every write is refused, also of work that is still under way. Never rejects. */
  release(): Promise<void>
}
