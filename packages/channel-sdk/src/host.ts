/**
 * What a channel uses: the few services every host of the family gives it.
 */

import type { AccountEvent } from './account.ts'
import type { DiskBudget } from './disk-budget.ts'
import type { SqlDatabase } from './sql/index.ts'
import type { ReplyPiece, Turn } from './turn.ts'

/** Structured log: fields first, then a sentence. `event` among the fields marks a line that programs read. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(fields: object): Logger
}

export type PairingRequestResult =
  /** A new code; the person gets it once. */
  | { readonly status: 'created'; readonly code: string; readonly expiresAtMs: number }
  /** This sender has a code already: say nothing. */
  | { readonly status: 'pending' }
  /** The account has as many open requests as it may have: say nothing. */
  | { readonly status: 'full' }

/**
 * The host's record of who may talk to which account in direct chats. Every call names the account: an approval or a
 * full queue of one account never shows in another. Deciding is the operator's, through the host; a channel only asks.
 */
export interface PairingStore {
  /** @param loginId see `PairingAsk` */
  isApproved(accountId: string, senderId: string, loginId?: string): Promise<boolean>
  request(accountId: string, senderId: string, ask?: PairingAsk): Promise<PairingRequestResult>
}

export interface PairingAsk {
  /**
   * The message that asks. When it asks again, its code is given again: a crash may have come between the code and the
   * answer that tells it.
   */
  readonly messageId?: string
  /**
   * Where ids mean the same person during one login only: what tells this login from others. A request or an approval
   * of another login counts for nothing, though it bears the same sender id. Left out where ids last.
   */
  readonly loginId?: string
  /**
   * Display name and text of the message that asks, from somebody who is not admitted. A host shows the beginning of
   * both to the operator and to no one else, and deletes them with the request. Left out where they must not be stored.
   */
  readonly preview?: { readonly name: string; readonly text: string }
}

/** The agent's tools, by the names that a `ToolScope` means. */
export interface ToolNames {
  /** All that can be used now. */
  readonly known: readonly string[]
  /** How the names begin of those that are missing for now. */
  readonly away: readonly string[]
}

/** `limits` of the configuration: what one conversation may use. A channel has defaults for those that are left out. */
export interface ConversationLimits {
  /** Turns of a conversation within an hour. 0: any number. */
  readonly turnsPerHour?: number
  /** UTF-16 units of one message that the agent gets as its text. */
  readonly messageChars?: number
}

/** What names the session of a conversation. */
export type SessionOf = Pick<Turn, 'channelId' | 'accountId' | 'conversation' | 'sender'>

export interface SessionFacts {
  /** `provider/model`, where one is configured. */
  readonly model?: string
  /** Exchanges that the agent remembers. */
  readonly remembered: number
  /** What the model was not given for the latest answer. Absent: it was given everything. */
  readonly leftOut?: LeftOut
}

/** What a model was not given for an answer, because it takes less, or because its provider refused it. */
export interface LeftOut {
  /** Number of the oldest exchanges of the session. */
  readonly exchanges: number
  /** Number of the oldest messages of a group that were not addressed to the bot. */
  readonly messages: number
  /** Names of tools. */
  readonly tools: readonly string[]
  readonly pictures: boolean
  readonly voices: boolean
  /** Long texts were shortened in the middle. */
  readonly texts: boolean
  /** The answer was not asked for in a stream. */
  readonly streaming: boolean
}

/** Which accounts this process serves, where several share them. Account ids are those of the channel. */
export interface AccountHolds {
  /**
   * Number of this process's hold of the account; a later hold has a greater one. A store that others use too refuses to be
   * opened under a smaller number than before. Undefined: this process does not serve the account, and does not start it.
   */
  termOf(accountId: string): number | undefined
  /** May anything be sent to the account's backend, or asked of it, at this moment? Asked right before each request. */
  mayAct(accountId: string): boolean
  /**
   * Messages were received for the account and can be stored here no more, since another process serves it. The host gives
   * them to `Channel.receiveAgain` of that one. Never throws.
   * @param received a text of the channel's own
   */
  handOver(accountId: string, received: string): void
}

export interface ChannelHost {
  /** A folder of this channel alone, 0700, kept over restarts. The host makes it; the channel keeps other processes out of it. */
  readonly stateDir: string
  /** The folder of the user's configuration file, beside which they install packages. Absent: the host knows none. */
  readonly configDir?: string
  readonly log: Logger
  /**
   * The last process of this host crashed by itself, such as by an exhausted heap, and was not killed. Absent: that is not
   * known.
   */
  readonly hasCrashed?: boolean
  /** The HTTP proxy for a URL of the internet; undefined: it is reached directly. Absent: the host has no proxy. */
  readonly proxyFor?: (url: URL) => URL | undefined
  /** The HTTP proxy through which a channel reaches its own backend, where the operator asks for that. */
  readonly backendProxy?: URL | undefined
  /** `messages.inbound.debounceMs`: how long one sender's burst is gathered into a turn. 0: not at all. May change. */
  readonly debounceMs: number
  /**
   * `messages.inbound.mediaWaitMs`: how long a picture, file or card that came without words waits for some of its
   * sender before its turn starts. 0: not at all. May change.
   */
  readonly mediaWaitMs: number
  /** `messages.progressAfterMs`: a turn that runs longer is announced to the person once. 0: never. May change. */
  readonly progressAfterMs: number
  /**
   * How many bytes of files of earlier group messages (`ContextMessage.media`) a turn may bring that has no files of its
   * own. Absent or 0: none, and the channel need not fetch any. May change.
   */
  readonly contextMediaMaxBytes?: number
  /** `media.maxDiskMb`: room for the files of all channels and of the host. Absent: the channel has a cap of its own. */
  readonly mediaDisk?: DiskBudget
  /**
   * Whether the channel keeps files of messages for {@link Channel.receivedFile}, as long as their texts. Absent: it keeps
   * none. May change.
   */
  readonly showsFiles?: boolean
  /** `limits`. May change. */
  readonly limits?: ConversationLimits
  /** Absent: no other process serves any of the accounts. */
  readonly holds?: AccountHolds
  readonly pairing: PairingStore
  /**
   * Where a channel stores its state, in schemas of its own. The host connects and closes. Absent: in files of `stateDir`.
   */
  readonly database?: SqlDatabase
  /** With `database`: a folder that every machine of it sees, for files. Absent: they are stored in the database. */
  readonly sharedFolder?: string
  /**
   * Runs the agent and yields its reply piece by piece; ends when the reply is whole.
   * @throws an error with a `notice` when the person should get a reason why there is no answer; an `AbortError` after
   * `signal` fired, in which case nothing was decided and the turn may be run again.
   */
  runTurn(turn: Turn, signal: AbortSignal): AsyncIterable<ReplyPiece>
  /**
   * Takes into the session a turn that a crash or a stop cut off after a part of its answer was sent, and that is not run
   * again: without it the agent would not understand what the person answers to that part. The same turn again replaces it.
   * Left out by a host that cannot.
   * @param said what was sent of the answer
   */
  noteCutOff?(turn: Turn, said: string): Promise<void>
  /** Forgets the session of a conversation: the next turn starts afresh. */
  resetSession(turn: SessionOf): Promise<void>
  /** For a person who asks how the bot is. Left out by a host that does not tell. */
  aboutSession?(turn: SessionOf): Promise<SessionFacts>
  /** For warnings of scopes that name no tool. Left out by a host that cannot tell; may take a few seconds. */
  toolNames?(): Promise<ToolNames>
  /** Tells the host what happened to an account; it logs, shows and counts, ignores what it does not know, and never throws. */
  report(event: AccountEvent): void
  /** From now on no log line of the host shows this value. */
  registerSecret(value: string): void
}
