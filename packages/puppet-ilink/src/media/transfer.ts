/**
 * One HTTP exchange with the CDN and the retries around it. A time limit covers everything from connecting to the last
 * byte of the body, and failures leave as `MediaError`s with nothing secret in them.
 *
 * node:http(s) and not `fetch`: it follows no redirect and unpacks nothing by itself, sends the length it is given, and
 * tells when a chunk has left, so that its buffer can be used again. `fetch` raised resident memory by 120 MB for an
 * upload of 100 MB, and by 60 MB for a download.
 */
import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http'
import { request as requestHttps } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { deadlineTimer } from '../deadline-timer.ts'
import { MediaError } from './errors.ts'
import type { StoreLimits } from './whole-file.ts'

/** Default of the longest time in which no byte is transferred, in milliseconds. */
const inactivityTimeoutMs = 60_000
/** Longest time of one attempt, against a peer that sends just enough to look alive. Enough for 100 MiB at 120 kB/s. */
const tryTimeoutMs = 15 * 60_000
/** Pauses before the second and third attempt. */
const defaultRetryDelaysMs: readonly number[] = [300, 1_200]

/** How the CDN is reached. */
export interface Cdn {
  /** Base of the parameter form, without trailing slash, such as `https://novac2c.cdn.weixin.qq.com/c2c`. */
  cdnBaseUrl: string
  /** The connections to use, by URL. Default: Node's own. */
  agentFor?: ((url: URL) => Agent) | undefined
}

export interface TransferOptions extends Cdn, StoreLimits {
  /** Ends the transfer; it rejects with the signal's reason. */
  signal: AbortSignal
  /** Longest time without a byte moving, in milliseconds. Defaults to 60,000. */
  timeoutMs?: number
  /** Pauses before each further try, in milliseconds. Defaults to 300 and 1,200, so three tries. */
  retryDelaysMs?: readonly number[]
}

/** A signal that also aborts when nothing is transferred, and the function to call when something was. */
export interface Watch {
  signal: AbortSignal
  moved(): void
}

/**
 * Does `work` under a watch whose signal fires with the caller's reason, or with `media-timeout`. It fires at the end
 * of the work too: what is left of its connection is closed.
 */
export const watching = async <T>(
  signal: AbortSignal,
  idleMs: number | undefined,
  work: (guard: Watch) => Promise<T>,
): Promise<T> => {
  const over = new AbortController()
  const expire = (what: string) => () =>
    over.abort(new MediaError('media-timeout', `The media transfer ${what}`))
  const limitMs = idleMs ?? inactivityTimeoutMs
  const idle = deadlineTimer(limitMs, expire(`stood still for ${limitMs} ms`))
  const total = deadlineTimer(tryTimeoutMs, expire(`took longer than ${tryTimeoutMs} ms`))
  try {
    return await work({ signal: AbortSignal.any([signal, over.signal]), moved: idle.refresh })
  } finally {
    idle.cancel()
    total.cancel()
    over.abort()
  }
}

/** `chunks` as they come, each one a sign of life; a failure of the source becomes what `failure` makes of it. */
export async function* watched(
  chunks: AsyncIterable<Uint8Array>,
  { signal, moved }: Watch,
  failure: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) {
      moved()
      yield chunk
    }
  } catch (error) {
    signal.throwIfAborted()
    throw failure(error)
  }
}

/**
 * The response to one request, its body still to be read; redirects are not followed. It may come before all of
 * `body` is sent; the rest is then not sent. A chunk of `body` has left when the next one is asked for.
 * @throws MediaError `media-unavailable`, `media-timeout`; the signal's reason; what `body` throws
 */
export const request = async (
  url: URL,
  init: RequestOptions,
  guard: Watch,
  body?: AsyncIterable<Uint8Array>,
): Promise<IncomingMessage> => {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  const outgoing = send(url, { ...init, signal: guard.signal })
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).on('error', reject)
  })
  try {
    await Promise.race([response, write(outgoing, body, guard)])
    const answered = await response
    guard.moved()
    return answered
  } catch (error) {
    guard.signal.throwIfAborted()
    throw connectionLost(error)
  }
}

const write = async (
  outgoing: ClientRequest,
  body: AsyncIterable<Uint8Array> | undefined,
  { moved }: Watch,
): Promise<void> => {
  for await (const chunk of body ?? []) {
    await new Promise<void>((resolve, reject) => {
      outgoing.write(chunk, (error) => (error ? reject(error) : resolve()))
    })
    moved()
  }
  outgoing.end()
}

/** A failure of the connection as `media-unavailable`. Its cause stays out: it may hold bytes of the answer. */
export const connectionLost = (error: unknown): MediaError => {
  if (error instanceof MediaError) return error
  const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
  return new MediaError('media-unavailable', `The connection to the media CDN failed${code}`)
}

/** A header that comes once. */
export const header = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

/** The error for an answer that is not a success, with the server's own word on it. */
export const statusError = (response: IncomingMessage): MediaError => {
  const { statusCode = 0 } = response
  const detail = header(response, 'x-error-message')
  return new MediaError(
    statusCode >= 300 && statusCode < 500 ? 'media-refused' : 'media-unavailable',
    `The media CDN answered ${statusCode}${detail ? `: ${quotable(detail)}` : ''}`,
  )
}

const longToken = /[\w+/=%.-]{20,}/g
/** Foreign text for a message: short, printable, without anything that could be a key or a parameter. */
const quotable = (text: string): string =>
  text
    .replace(longToken, '…')
    .replace(/[^\x20-\x7e\u00a0-\uffff]/g, ' ')
    .slice(0, 200)

/** Calls `attempt` until it succeeds, fails with something else than `media-unavailable`, or the pauses are used up. */
export const withRetries = async <T>(attempt: () => Promise<T>, options: TransferOptions): Promise<T> => {
  for (const delayMs of options.retryDelaysMs ?? defaultRetryDelaysMs) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof MediaError && error.code === 'media-unavailable')) throw error
    }
    await sleep(delayMs, undefined, { signal: options.signal }).catch(() => options.signal.throwIfAborted())
  }
  return attempt()
}
