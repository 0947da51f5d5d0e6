/**
 * One HTTP exchange: a time-out that covers the body, a cap on the body, and every way it can fail turned into a coded
 * error that says whether the request can have reached the backend.
 *
 * node:http(s) and not `fetch`: a request costs a third of the processor time (150 to 250 µs instead of 450 to 750,
 * against a loopback server).
 */

import { Agent, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps, Agent as SecureAgent } from 'node:https'
import { lifetimeWithin, untilAborted } from '../clock.ts'
import { ILinkError, reasonOf } from '../errors.ts'
import { rateLimitRetryMs } from '../limits.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

export interface HttpAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Empty when the status is not 2xx. */
  readonly body: string
}

export interface HttpLimits {
  readonly maxBodyBytes: number
  readonly signal: AbortSignal
  /**
   * Called right before the request goes out, when its connection is made: the process may have stood still since the
   * request was begun. What it throws ends the request.
   */
  readonly beforeSent?: () => void
}

/**
 * Makes one request: no redirects, no retries. Ends when the signal aborts.
 * @throws ILinkError answer-too-large for a body over the cap; otherwise the error of the platform
 */
export type Http = (url: URL, request: HttpRequest, limits: HttpLimits) => Promise<HttpAnswer>

/** An idle connection is closed after this time, before servers usually do. */
const idleMs = 4_000

/** The connections of one puppet. */
export class Connections {
  readonly #plain: Agent
  readonly #secure: SecureAgent

  /** @param proxy URL of the HTTP proxy; undefined: none, or the environment's where NODE_USE_ENV_PROXY is 1 */
  constructor(proxy?: string) {
    const options = { keepAlive: true, timeout: idleMs, ...proxyOptions(proxy) }
    this.#plain = new Agent(options)
    this.#secure = new SecureAgent(options)
  }

  /** Also for requests that are made elsewhere. */
  readonly agentFor = ({ protocol }: URL): Agent => (protocol === 'https:' ? this.#secure : this.#plain)

  readonly http: Http = (url, { method, headers, body }, { maxBodyBytes, signal, beforeSent }) =>
    new Promise((resolve, reject) => {
      const options = { method, headers, signal, agent: this.agentFor(url) }
      const isSecure = url.protocol === 'https:'
      const outgoing = (isSecure ? requestHttps : requestHttp)(url, options, (response) => {
        read(response, maxBodyBytes).then(resolve, reject)
      })
      outgoing.on('error', reject)
      const send = () => {
        try {
          beforeSent?.()
          outgoing.end(body)
        } catch (error) {
          outgoing.destroy(asError(error))
        }
      }
      outgoing.once('socket', (socket) => {
        if (socket.connecting) socket.once(isSecure ? 'secureConnect' : 'connect', send)
        else send()
      })
    })

  /** Closes all connections, those in use as well. */
  close(): void {
    this.#plain.destroy()
    this.#secure.destroy()
  }
}

/** A backend on this machine, such as a simulator, is no matter of a proxy. */
const thisMachine = 'localhost,127.0.0.1,::1,[::1]'

const proxyOptions = (proxy: string | undefined) => {
  if (proxy !== undefined) {
    return { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: thisMachine } }
  }
  return process.env.NODE_USE_ENV_PROXY === '1' ? { proxyEnv: process.env } : {}
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

const isSuccess = (status: number): boolean => status >= 200 && status < 300

const read = async (response: IncomingMessage, maxBodyBytes: number): Promise<HttpAnswer> => {
  const { statusCode: status = 0, headers } = response
  if (!isSuccess(status)) {
    response.destroy()
    return { status, headers, body: '' }
  }
  // Decoded piece by piece: a large body is not in memory as bytes and as text at the same time.
  response.setEncoding('utf8')
  const pieces: string[] = []
  let size = 0
  return await new Promise((resolve, reject) => {
    response.on('error', reject)
    if (Number(headers['content-length']) > maxBodyBytes) response.destroy(tooLarge(maxBodyBytes))
    response.on('data', (piece: string) => {
      size += Buffer.byteLength(piece)
      pieces.push(piece)
      if (size > maxBodyBytes) response.destroy(tooLarge(maxBodyBytes))
    })
    response.on('end', () => resolve({ status, headers, body: pieces.join('') }))
  })
}

const tooLarge = (maxBytes: number) =>
  new ILinkError('answer-too-large', `The answer is larger than ${maxBytes} bytes, the most that is read`, {
    retryable: false,
    certain: false,
  })

export interface Exchange {
  /** Names the call in errors; never the URL, which can hold secrets. */
  label: string
  timeoutMs: number
  maxBodyBytes: number
  signal?: AbortSignal | undefined
  http: Http
}

/** Failures before a connection was made: the backend certainly did not see the request. */
const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

const didNotConnect = (error: unknown): boolean => {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(didNotConnect)
  if (!(error instanceof Error)) return false
  if (neverConnected.has(errorCode(error) ?? '')) return true
  return 'syscall' in error && error.syscall === 'connect'
}

const networkError = (label: string, error: unknown): ILinkError => {
  const message = `${label}: the connection failed (${errorCode(error) ?? reasonOf(error)})`
  return new ILinkError('network', message, { retryable: true, certain: didNotConnect(error), cause: error })
}

const retryAfterMs = ({ headers }: HttpAnswer): number => {
  const seconds = Number(headers['retry-after'] ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1_000 : rateLimitRetryMs
}

const payloadTooLarge = 413

const statusError = (label: string, answer: HttpAnswer): ILinkError => {
  const { status } = answer
  const message = `${label}: HTTP ${status}`
  if (status === 429) {
    const facts = { retryable: true, certain: true, retryAfterMs: retryAfterMs(answer) }
    return new ILinkError('rate-limited', message, facts)
  }
  const refused = status >= 400 && status < 500
  return new ILinkError(refused ? 'refused' : 'bad-response', message, {
    // The other refusals come from what stands before iLink as well, and pass.
    retryable: status !== payloadTooLarge,
    certain: refused,
  })
}

/** @throws ILinkError */
const checked = (label: string, answer: HttpAnswer): string => {
  if (isSuccess(answer.status)) return answer.body
  throw statusError(label, answer)
}

/** What went wrong, from the two signals that may have ended the exchange. */
const failure = (error: unknown, { label, timeoutMs, signal }: Exchange, isOver: boolean): ILinkError => {
  if (signal?.aborted) {
    return new ILinkError('aborted', `${label}: aborted`, { retryable: true, certain: false })
  }
  if (isOver) {
    const message = `${label}: no answer within ${timeoutMs} ms`
    return new ILinkError('timeout', message, { retryable: true, certain: false })
  }
  return error instanceof ILinkError ? error : networkError(label, error)
}

/**
 * The body of a 2xx answer as text. Settles when `signal` aborts or the time is over, whatever `http` does.
 * @throws ILinkError network, timeout, aborted, rate-limited (429), refused (other 4xx), bad-response, answer-too-large
 */
export const requestText = async (url: URL, request: HttpRequest, exchange: Exchange): Promise<string> => {
  const { label, timeoutMs, maxBodyBytes, signal, http } = exchange
  if (signal?.aborted) {
    const message = `${label}: aborted before it was sent`
    throw new ILinkError('aborted', message, { retryable: true, certain: true })
  }
  const life = lifetimeWithin(signal, timeoutMs)
  try {
    const answer = http(url, request, { maxBodyBytes, signal: life.signal })
    return checked(label, await untilAborted(answer, life.signal))
  } catch (error) {
    throw failure(error, exchange, life.signal.aborted)
  } finally {
    life.dispose()
  }
}
