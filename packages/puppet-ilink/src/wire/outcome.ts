/**
 * The outcome in an iLink answer. Application errors come as HTTP 200 with `ret`, with `errcode`, or with both; a client
 * that reads only one of them takes an expired session for a success.
 */

import { ILinkError, type ILinkErrorCode } from '../errors.ts'
import { rateLimitRetryMs } from '../limits.ts'

export interface Outcome {
  ret?: number | undefined
  errcode?: number | undefined
  errmsg?: string | undefined
}

const sessionExpired = -14
/** Reported by users as a rate limit. */
const tooMany = -13
/** One code for many refusals; the text distinguishes some of them. */
const sendRefused = -2
/** "system busy". */
const busy = -1
const invalidArguments = -3
const noTypingTicket = -4

const longRun = /[A-Za-z0-9+/=_:.@-]{20,}/g

/** Texts of the server are quoted shortened, and without anything that could be a token or a key. */
const quoted = (errmsg: string | undefined): string =>
  errmsg === undefined || errmsg === '' ? '' : `, "${errmsg.replace(longRun, '[masked]').slice(0, 120)}"`

interface Meaning {
  code: ILinkErrorCode
  retryable: boolean
  hint: string
  retryAfterMs?: number
}

const rateLimited: Meaning = {
  code: 'rate-limited',
  retryable: true,
  hint: 'too many messages',
  retryAfterMs: rateLimitRetryMs,
}

/**
 * Users get "prepare failed" for short texts when the window or the sends of the last message are used up, until the
 * person writes again. A text that is too long gets it too, but is not sent in the first place.
 */
const meaningOfSendRefusal = (errmsg: string): Meaning =>
  /rate.?limit/i.test(errmsg)
    ? rateLimited
    : { code: 'quota', retryable: true, hint: 'the person has to write again first' }

/** Refusals that may pass with time are retryable, and so are unknown ones: the answer is not given up for them. */
const meaningOf = (value: number, errmsg: string): Meaning => {
  if (value === sendRefused) return meaningOfSendRefusal(errmsg)
  if (value === tooMany) return rateLimited
  if (value === invalidArguments) {
    return { code: 'invalid-argument', retryable: false, hint: 'ids are case-sensitive' }
  }
  if (value === noTypingTicket) {
    return { code: 'window-closed', retryable: true, hint: 'the person has not written yet' }
  }
  return {
    code: 'refused',
    retryable: true,
    hint: value === busy ? 'iLink is busy' : 'the reason is unknown',
  }
}

const failed = (value: number | undefined): value is number => value !== undefined && value !== 0

/** @throws ILinkError with `certain: true` when `ret` or `errcode` is not zero. */
export const assertAccepted = (label: string, { ret, errcode, errmsg }: Outcome): void => {
  if (!failed(ret) && !failed(errcode)) return
  const facts = { certain: true, ret, errcode }
  if (ret === sessionExpired || errcode === sessionExpired) {
    const message = `${label}: iLink ended this session (-14${quoted(errmsg)})`
    throw new ILinkError('session-expired', message, { ...facts, retryable: true })
  }
  const value = failed(ret) ? ret : (errcode ?? 0)
  const { code, retryable, hint, retryAfterMs } = meaningOf(value, errmsg ?? '')
  const message = `${label}: refused with ${value}${quoted(errmsg)}; ${hint}`
  throw new ILinkError(code, message, { ...facts, retryable, retryAfterMs })
}
