/**
 * One error class for all failures of this puppet. A caller that queues and repeats sends needs two answers besides the
 * code: may it be tried again, and is it certain that the backend did not accept it?
 */

import { MediaError, type MediaErrorCode } from './media/errors.ts'

export type ILinkErrorCode =
  /** The person has not written within the window, so iLink does not let the bot write. */
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
  /** The caller's signal, or a stop of the puppet, ended the call. */
  | 'aborted'
  /** The program's `mayAsk` does not let the puppet ask the backend at present. */
  | 'suspended'
  | 'bad-response'
  /** The body of an answer is over its cap; the same request would get it again. */
  | 'answer-too-large'
  | 'empty-response'
  /** Accepted without a message id: in practice such messages often never arrive. */
  | 'unconfirmed'
  | MediaErrorCode
  | 'login-failed'
  /** The person who scanned is already bound to another bot of this host. */
  | 'already-bound'
  /** The QR code was scanned by another person than before. */
  | 'owner-changed'
  | 'verify-code-needed'
  /** Another process or puppet has the state folder open. */
  | 'state-in-use'
  /** A state file or a stored entry could not be read and was set aside. */
  | 'state-corrupt'
  | 'state-newer'
  | 'state-failed'

export interface ILinkErrorFacts {
  /** Can the same call succeed later without a change to its arguments? */
  retryable: boolean
  /** True: the backend certainly did not accept it. False: unknown. */
  certain: boolean
  ret?: number | undefined
  errcode?: number | undefined
  /** Shortest time to wait before another attempt, in milliseconds. */
  retryAfterMs?: number | undefined
  cause?: unknown
}

/** The error of every failed send and call to the backend. Messages never contain secrets. */
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

/** A refusal by the puppet itself, before any request. */
export const refusedLocally = (code: ILinkErrorCode, message: string, retryable: boolean): ILinkError =>
  new ILinkError(code, message, { retryable, certain: true })

export const isSessionExpired = (error: unknown): error is ILinkError =>
  error instanceof ILinkError && error.code === 'session-expired'

/**
 * A failure of a media transfer. It is always certain: nothing was shown to the person. A refusal to take a file has the
 * number that means used-up sends elsewhere, while texts are still accepted: only time cures it.
 */
export const mediaFailure = (error: unknown, signal: AbortSignal): ILinkError => {
  if (error instanceof ILinkError) {
    const code = error.code === 'quota' ? 'media-unavailable' : error.code
    return new ILinkError(code, error.message, { ...error, certain: true })
  }
  if (signal.aborted) return refusedLocally('aborted', 'The media transfer was aborted', true)
  if (error instanceof MediaError) return refusedLocally(error.code, error.message, error.retryable)
  return refusedLocally('media-file-failed', `The media transfer failed: ${reasonOf(error)}`, false)
}

/** The message of whatever was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Wraps foreign errors, so that every reported error has a code. */
export const toILinkError = (error: unknown, code: ILinkErrorCode, context: string): ILinkError => {
  if (error instanceof ILinkError) return error
  return new ILinkError(code, `${context}: ${reasonOf(error)}`, {
    retryable: true,
    certain: false,
    cause: error,
  })
}
