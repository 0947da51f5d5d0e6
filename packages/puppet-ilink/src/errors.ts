/**
 * One error class for everything this puppet refuses or fails at. A caller that queues and repeats sends needs two
 * answers besides the code: may it be tried again, and did the backend surely not take it?
 */

import { MediaError, type MediaErrorCode } from './media/errors.ts'

export type ILinkErrorCode =
  /** Nobody has written to the bot within the window, so iLink gives no way to write to them. */
  | 'window-closed'
  /** The sends that one received message allows are used up. */
  | 'quota'
  | 'rate-limited'
  | 'invalid-argument'
  /** Refused by the backend for a reason this client does not know. */
  | 'refused'
  /** `-14`: the bot token is no longer valid. */
  | 'session-expired'
  | 'not-logged-in'
  | 'network'
  | 'timeout'
  /** The caller's signal, or the puppet's stop, ended the call. */
  | 'aborted'
  | 'bad-response'
  | 'empty-response'
  /** Accepted without a message id: in practice such messages often never arrive. */
  | 'unconfirmed'
  | MediaErrorCode
  | 'login-failed'
  /** The person who scanned is bound to another bot of this host already. */
  | 'already-bound'
  /** Another person than before has scanned. */
  | 'owner-changed'
  | 'verify-code-needed'
  /** Another process or puppet has the state folder open. */
  | 'state-in-use'
  /** A state file could not be read and was set aside. */
  | 'state-corrupt'
  | 'state-newer'
  | 'state-failed'

export interface ILinkErrorFacts {
  /** Can the same call succeed later without a change to its arguments? */
  retryable: boolean
  /** True: the backend surely did not take it. False: nobody knows. */
  certain: boolean
  ret?: number | undefined
  errcode?: number | undefined
  /** How long to wait at least before another try, in milliseconds. */
  retryAfterMs?: number | undefined
  cause?: unknown
}

/** What every send, and every call to the backend, fails with. Messages never hold secrets. */
export class ILinkError extends Error {
  override readonly name = 'ILinkError'
  readonly code: ILinkErrorCode
  readonly retryable: boolean
  readonly certain: boolean
  declare readonly ret?: number
  declare readonly errcode?: number
  declare readonly retryAfterMs?: number

  constructor(code: ILinkErrorCode, message: string, facts: ILinkErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = code
    this.retryable = facts.retryable
    this.certain = facts.certain
    if (facts.ret !== undefined) this.ret = facts.ret
    if (facts.errcode !== undefined) this.errcode = facts.errcode
    if (facts.retryAfterMs !== undefined) this.retryAfterMs = facts.retryAfterMs
  }
}

/** A refusal made here, before anything reached the wire. */
export const refusedLocally = (code: ILinkErrorCode, message: string, retryable: boolean): ILinkError =>
  new ILinkError(code, message, { retryable, certain: true })

export const isSessionExpired = (error: unknown): error is ILinkError =>
  error instanceof ILinkError && error.code === 'session-expired'

/** A failure of a media transfer: whatever it was, nothing was shown to anybody. */
export const mediaFailure = (error: unknown, signal: AbortSignal): ILinkError => {
  if (error instanceof ILinkError)
    return new ILinkError(error.code, error.message, { ...error, certain: true })
  if (signal.aborted) return refusedLocally('aborted', 'The media transfer was aborted', true)
  if (error instanceof MediaError) return refusedLocally(error.code, error.message, error.retryable)
  return refusedLocally('media-file-failed', `The media transfer failed: ${reasonOf(error)}`, false)
}

/** The message of whatever was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Wraps what is not ours, so that everything reported carries a code. */
export const toILinkError = (error: unknown, code: ILinkErrorCode, context: string): ILinkError => {
  if (error instanceof ILinkError) return error
  return new ILinkError(code, `${context}: ${reasonOf(error)}`, {
    retryable: true,
    certain: false,
    cause: error,
  })
}
