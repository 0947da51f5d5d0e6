/**
 * What becomes of a message that a bot sends by itself: the forecast before it is sent, its receipt, and its state afterwards
 * use the same words.
 */

/**
 * Why a message waits, and so what ends the wait. `window`: the person has to write, because the time in which the bot may
 * write has ended or never begun; `quota`: the person has to write, because the sends that their last message allowed are
 * used up; `rate`: the account pauses; `offline`: the account is not connected; `unconfirmed`: the backend accepts the
 * account's messages without confirming them, and such messages usually do not arrive.
 */
export type WaitCause = 'window' | 'quota' | 'rate' | 'offline' | 'unconfirmed'

export interface SendWait {
  readonly cause: WaitCause
  /** Since when nothing can be sent, milliseconds since the epoch; left out where that is not known. */
  readonly sinceMs?: number
  /** When the wait ends by itself, milliseconds since the epoch; left out where time does not end it. */
  readonly untilMs?: number
  /** For people, one sentence. */
  readonly reason: string
}

/** How long, and how often, a person can be written to. What was learnt of the backend's real limits is taken into account. */
export interface SendWindowFacts {
  /** When it opened: the person wrote. Milliseconds since the epoch. */
  readonly openedMs: number
  /** When it closes by itself. */
  readonly closesMs: number
  /** Messages that can still be sent in it, without those that are queued already. */
  readonly left: number
}

/** What a message that is sent now will become. */
export type SendForecast =
  /** `window` is left out where the backend has none. */
  | { readonly outcome: 'sent'; readonly window?: SendWindowFacts }
  | { readonly outcome: 'queued'; readonly wait: SendWait; readonly window?: SendWindowFacts }
  | {
      readonly outcome: 'refused'
      /** Stable: `account-unknown`, `account-needed`, `account-disabled`, `not-admitted`. */
      readonly code: string
      /** For people, one sentence. */
      readonly reason: string
    }

export interface ForecastQuery {
  readonly accountId: string
  /** A user id or a group id, as in `SendRequest`. */
  readonly to: string
}

/** What became of a message that was sent with an id. */
export interface SendOutcome {
  /** `not-sent`: given up; nothing of it arrived, as far as is known. */
  readonly status: 'sent' | 'queued' | 'partly-sent' | 'not-sent'
  readonly chunks: number
  /** Of them, those that the backend took. */
  readonly sent: number
  /** Why it waits or was given up, where known. */
  readonly reason?: string
}

/** What was learnt of a backend's real limits by the sends of one account. */
export interface SendLimits {
  /** Sends that the backend grants for one message of a person, as it is documented, and for how long. */
  readonly documented: { readonly sends: number; readonly windowMs: number }
  /** The sends after which the backend refused, where that was fewer; left out where it was not. */
  readonly seenSends?: number
  /** The age at which a window was refused, where that was sooner; left out where it was not. */
  readonly seenWindowMs?: number
  /** Refusals since the account was set up. */
  readonly refusals: { readonly quota: number; readonly window: number; readonly rate: number }
  /** When the last one was, milliseconds since the epoch. */
  readonly lastRefusalMs?: number
}
