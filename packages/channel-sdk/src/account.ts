/**
 * An account as its host and people see it.
 */

import type { SendLimits } from './forecast.ts'

/**
 * States of an account. `reconnecting`: the connection is lost and tried again; `degraded`: connected, but something
 * keeps it from doing its work, such as a full disk; `logged-out`: the next login needs a person; `failed`: it does not
 * run until a person has acted, or an attempt once a minute succeeds.
 */
export type AccountState =
  | 'idle'
  | 'starting'
  | 'scan'
  | 'online'
  | 'reconnecting'
  | 'degraded'
  | 'logged-out'
  | 'failed'
  | 'disabled'

/** What a person can do about a state. */
export type NextAction = 'none' | 'scan' | 'enter-code' | 'fix-config' | 'wait'

/** The current state of an account. */
export interface AccountStatus {
  readonly accountId: string
  /** The label from the configuration, for people. */
  readonly name?: string
  readonly puppet: string
  readonly state: AccountState
  /** When it entered this state, milliseconds since the epoch. */
  readonly sinceMs: number
  /** Why, in words. */
  readonly reason: string
  /** Stable error code, where an error led here. */
  readonly code?: string
  readonly nextAction: NextAction
  /** The bot's own id at the backend, once known. */
  readonly userId?: string
  /** The text of the QR code to scan, while `state` is `scan`. */
  readonly qr?: string
}

export interface AccountSnapshot extends AccountStatus {
  /** What of its configuration cannot do what it seems to, as far as a running account can tell; one sentence each. */
  readonly warnings?: readonly string[]
  /** Chunks not yet sent, and chunks that need the operator's eye (`uncertain`, `failed`, `expired`). */
  readonly outbox: { readonly waiting: number; readonly troubled: number }
  /** Rows of its store that could not be read, messages that could not be read from the backend included. */
  readonly setAside: number
  /** What was learnt of the backend's limits for sends, for a backend that has some. */
  readonly limits?: SendLimits
}

export type AccountEvent =
  | { readonly type: 'state'; readonly account: AccountStatus }
  /** A QR code to scan. `url` is the text in it; `terminal` draws it in block characters, where wanted. */
  | { readonly type: 'qr'; readonly accountId: string; readonly url: string; readonly terminal?: string }
  | CountedAccountEvent

/**
 * What a host counts. Every text in it but the account's id is a fixed code of the channel's, lower-case words joined by
 * `-`: it becomes a label of a metric, so it never holds an id, a name or a text of a person.
 */
export type CountedAccountEvent =
  /** Policy decided on a message: what is done with it, and why. */
  | {
      readonly type: 'message'
      readonly accountId: string
      readonly action: string
      readonly reason: string
    }
  /** A turn ended. `stopped`: by its person. One that the gateway's stop cut short is none yet. */
  | {
      readonly type: 'turn'
      readonly accountId: string
      readonly outcome: 'answered' | 'failed' | 'stopped'
      readonly durationMs: number
    }
  /** An attempt to send a chunk ended, or one that was never confirmed is given up: `sent`, or what became of it. */
  | {
      readonly type: 'send'
      readonly accountId: string
      readonly outcome: string
      /** The id of the send, where the host has named it. No label of a metric. */
      readonly sendId?: string
    }
