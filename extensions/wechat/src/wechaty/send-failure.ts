/**
 * What the error of a foreign puppet's send says about the message. Most say nothing: the message may have arrived, and is
 * not sent again. These were surely not sent: what gRPC refused before a puppet saw it (grpc.io/docs/guides/status-codes),
 * what Wechaty cannot do at all, and what web WeChat answered with a number.
 */

import { codeOf, MoltbotError } from '@moltbot/channel-sdk'
import { describeError } from '../puppets/errors.ts'

interface Refusal {
  readonly code: string
  readonly retryable: boolean
  /** Replaces the words of the puppet. */
  readonly message?: string
}

/** As long as iLink's: no puppet says how long. */
const tooManyPauseMs = 30_000

const unreachable = { code: 'puppet-unreachable', retryable: true }
const unsupported = { code: 'unsupported', retryable: false, message: 'the puppet cannot send this' }
const invalid = { code: 'invalid-argument', retryable: false }

/** The first that fits. A call of gRPC says its status before the words of the server. */
const refusals: readonly (readonly [RegExp, Refusal])[] = [
  // grpc-js 1.14: the call never left, because there was no connection to send it on.
  [/\bNo connection established\b|\bECONNREFUSED\b|\bName resolution failed\b/, unreachable],
  [/^(?:7 PERMISSION_DENIED|16 UNAUTHENTICATED): /, unreachable],
  [/\bAttempted to send message with a size larger\b/, { code: 'media-too-large', retryable: false }],
  [/^8 RESOURCE_EXHAUSTED: (?!Received message larger)/, { code: 'rate-limited', retryable: true }],
  [/^12 UNIMPLEMENTED: |\bPuppet Unsupported API\b/, unsupported],
  [/^(?:3 INVALID_ARGUMENT|5 NOT_FOUND|11 OUT_OF_RANGE): /, invalid],
  // wechaty-puppet-wechat 1.18, before it opens the page's chat.
  [/\bUserName not found$|\bcannot say nothing$/, invalid],
]

/** How wechat4u 0.7 reports the number in `BaseResponse.Ret`. */
const webAnswer = /(?:^|[\s:])(-?\d+) == 0$/
/** Users of web WeChat get it when they send too fast. */
const webTooMany = 1205
/** Logged out on the phone, logged in elsewhere, cookies that are too old. */
const webLoginEnded: ReadonlySet<number> = new Set([1100, 1101, 1102])

/**
 * @returns `thrown` itself where it says whether the send was done, or is no error; else an error that says so, in one line.
 * An error of a hosted puppet brings the stack of its server along.
 */
export function sendFailure(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || 'certain' in thrown) return thrown
  const text = describeError(thrown)
  const refusal = refusals.find(([pattern]) => pattern.test(text))?.[1] ?? webRefusal(text)
  if (refusal === undefined)
    return new MoltbotError(codeOf(thrown), text, { retryable: true, certain: false, cause: thrown })
  const { code, retryable, message = text } = refusal
  const failure = new MoltbotError(code, message, { retryable, certain: true, cause: thrown })
  return code === 'rate-limited' ? Object.assign(failure, { retryAfterMs: tooManyPauseMs }) : failure
}

/** Before a send is begun. */
export function notConnected(cause: unknown): MoltbotError {
  const { code, retryable } = unreachable
  return new MoltbotError(code, 'the account is not connected', { retryable, certain: true, cause })
}

function webRefusal(text: string): Refusal | undefined {
  const answer = webAnswer.exec(text)?.[1]
  if (answer === undefined) return undefined
  const message = `WeChat refused the message (${answer})`
  if (Number(answer) === webTooMany)
    return { code: 'rate-limited', retryable: true, message: `${message}: too many messages` }
  if (webLoginEnded.has(Number(answer)))
    return { code: 'session-expired', retryable: true, message: `${message}: the login has ended` }
  return { code: 'refused', retryable: true, message }
}
