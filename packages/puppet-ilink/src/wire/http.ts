/**
 * One HTTP exchange: a time-out that covers the body, a cap on the body, and every way it can fail turned into a coded
 * error that says whether the request can have reached the backend.
 */

import { ILinkError } from '../errors.ts'

export type Fetch = typeof globalThis.fetch

export interface Exchange {
  /** Names the call in errors; never the URL, which can hold secrets. */
  label: string
  timeoutMs: number
  maxBodyBytes: number
  signal?: AbortSignal | undefined
  fetch: Fetch
}

/** Failures before a connection stood: the request was surely not seen. */
const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
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
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const reason = errorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause))
  return new ILinkError('network', `${label}: the connection failed (${reason})`, {
    retryable: true,
    certain: didNotConnect(cause),
    cause: error,
  })
}

const tooLarge = (label: string, maxBytes: number) =>
  new ILinkError('bad-response', `${label}: the answer is larger than ${maxBytes} bytes`, {
    retryable: false,
    certain: false,
  })

const readBody = async (response: Response, { label, maxBodyBytes }: Exchange): Promise<string> => {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    if (size > maxBodyBytes) throw tooLarge(label, maxBodyBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size).toString('utf8')
}

const retryAfterMs = (response: Response): number | undefined => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1_000 : undefined
}

const statusError = (label: string, response: Response): ILinkError => {
  const { status } = response
  if (status === 429) {
    return new ILinkError('rate-limited', `${label}: HTTP 429`, {
      retryable: true,
      certain: true,
      retryAfterMs: retryAfterMs(response),
    })
  }
  const refused = status >= 400 && status < 500
  return new ILinkError(refused ? 'refused' : 'bad-response', `${label}: HTTP ${status}`, {
    retryable: !refused,
    certain: refused,
  })
}

const exchange = async (url: URL, init: RequestInit, options: Exchange): Promise<string> => {
  const response = await options.fetch(url, { ...init, redirect: 'manual' })
  if (response.ok) return await readBody(response, options)
  await response.body?.cancel()
  throw statusError(options.label, response)
}

/** A controller that aborts with the caller's signal or after the time-out; `dispose` forgets both. */
const deadline = (timeoutMs: number, signal: AbortSignal | undefined) => {
  const controller = new AbortController()
  const abort = () => controller.abort()
  const timer = setTimeout(abort, timeoutMs)
  signal?.addEventListener('abort', abort, { once: true })
  const dispose = () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
  return { controller, dispose }
}

/**
 * The body of a 2xx answer as text.
 * @throws ILinkError network, timeout, aborted, rate-limited (429), refused (other 4xx), bad-response
 */
export const requestText = async (url: URL, init: RequestInit, options: Exchange): Promise<string> => {
  const { label, timeoutMs, signal } = options
  if (signal?.aborted) {
    throw new ILinkError('aborted', `${label}: aborted before it was sent`, {
      retryable: true,
      certain: true,
    })
  }
  const { controller, dispose } = deadline(timeoutMs, signal)
  try {
    return await exchange(url, { ...init, signal: controller.signal }, options)
  } catch (error) {
    if (error instanceof ILinkError) throw error
    if (signal?.aborted) {
      throw new ILinkError('aborted', `${label}: aborted`, { retryable: true, certain: false })
    }
    if (controller.signal.aborted) {
      throw new ILinkError('timeout', `${label}: no answer within ${timeoutMs} ms`, {
        retryable: true,
        certain: false,
      })
    }
    throw networkError(label, error)
  } finally {
    dispose()
  }
}
