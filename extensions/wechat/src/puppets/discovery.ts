/**
 * The endpoint of a hosted puppet, looked up by its token. The library's own look-up ends the process with current
 * versions of grpc-js (wechaty/wechaty#2640), so it is done here and the library is always given an endpoint.
 */

import { isIP } from 'node:net'
import { MoltbotError, messageOf, timeoutSignal } from '@moltbot/channel-sdk'
import { z } from 'zod'

export interface DiscoveryOptions {
  /** Never part of an error or a log line. */
  readonly token: string
  /** `host`, `host:port`, or an http URL of this machine. Defaults to Wechaty's own service. */
  readonly authority?: string | undefined
  readonly signal: AbortSignal
  /** Deadline of the whole answer. Defaults to 10 s. */
  readonly timeoutMs?: number
}

const defaultAuthority = 'api.chatie.io'
const defaultTimeoutMs = 10_000
/** An answer has about fifty. */
const maxBodyBytes = 4_096

/** What wechaty-token reads of an answer of `/v0/hosties/<token>`. */
const answerSchema = z.object({
  host: z.string().regex(/^[\w.:-]{1,255}$/),
  port: z.coerce.number().int().min(0).max(65_535),
})

/** Hosts of a service without a puppet. */
const nowhere: ReadonlySet<string> = new Set(['0.0.0.0', '::'])
/** Timeout, too early, too many requests: they say nothing about the token. */
const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429])

/**
 * @returns `host:port`
 * @throws `service-token-unknown`, retryable where the token is known and no puppet serves it; `discovery-unreachable` and
 * `discovery-invalid`, both retryable; `puppet-options-invalid` for an authority that is none
 */
export async function discoverEndpoint(options: DiscoveryOptions): Promise<string> {
  const { token, authority = defaultAuthority, signal, timeoutMs = defaultTimeoutMs } = options
  const base = baseUrl(authority)
  const url = new URL(`/v0/hosties/${encodeURIComponent(token)}`, base)
  const limit = timeoutSignal(timeoutMs)
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.any([signal, limit]) })
    checkStatus(response.status, base.host)
    return endpointIn(await readCapped(response, base.host), base.host)
  } catch (error) {
    if (error instanceof MoltbotError) throw error
    signal.throwIfAborted()
    throw unreachable(base.host, limit.aborted ? `no answer within ${timeoutMs / 1_000} s` : reasonOf(error))
  }
}

/** @throws `puppet-options-invalid` */
function baseUrl(authority: string): URL {
  const text = /^https?:\/\//.test(authority) ? authority : `https://${authority}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || `${url.origin}/` !== url.href) {
    throw new MoltbotError(
      'puppet-options-invalid',
      'puppetOptions.authority is not "host" or "host:port", such as "api.chatie.io"',
    )
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new MoltbotError(
      'puppet-options-invalid',
      'puppetOptions.authority would send the token in clear: plain http is allowed for this machine only',
    )
  }
  return url
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  )
}

function checkStatus(status: number, host: string): void {
  if (status === 200) return
  if (status >= 500 || passingStatuses.has(status)) throw unreachable(host, `it answered HTTP ${status}`)
  if (status < 400) throw invalid(host, `it answered HTTP ${status}`)
  throw new MoltbotError(
    'service-token-unknown',
    `${host} does not know puppetOptions.token; is it complete?`,
  )
}

function endpointIn(body: string, host: string): string {
  const { data } = answerSchema.safeParse(parseJson(body))
  if (data === undefined) throw invalid(host, 'its answer names no host and port')
  if (nowhere.has(data.host) || data.port === 0) {
    const message = `${host} knows puppetOptions.token, but no puppet serves it at present; is it running?`
    throw new MoltbotError('service-token-unknown', message, { retryable: true })
  }
  return `${isIP(data.host) === 6 ? `[${data.host}]` : data.host}:${data.port}`
}

async function readCapped(response: Response, host: string): Promise<string> {
  const pieces: Uint8Array[] = []
  let sizeBytes = 0
  for await (const piece of response.body ?? []) {
    sizeBytes += piece.length
    if (sizeBytes > maxBodyBytes) throw invalid(host, `its answer is longer than ${maxBodyBytes} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `fetch` gives the reason only in the cause. */
function reasonOf(error: unknown): string {
  return messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error)
}

function unreachable(host: string, reason: string): MoltbotError {
  const message = `the puppet's endpoint could not be asked for at ${host}: ${reason}`
  return new MoltbotError('discovery-unreachable', message, { retryable: true })
}

/** Retryable: a proxy on the way may answer in the service's place for a while. */
function invalid(host: string, reason: string): MoltbotError {
  const message = `${host} does not answer like a discovery service of hosted puppets: ${reason}`
  return new MoltbotError('discovery-invalid', message, { retryable: true })
}
