/**
 * Fetches what a stranger's URL leads to, without being led anywhere else: http and https only, public addresses only,
 * for the first host and for every redirect's. Addresses are judged where the connection is made, so that no name can
 * resolve to one address for the check and to another for the connection. Nothing of ours is sent along: no
 * credentials, no cookies, no proxy's.
 */

import { lookup } from 'node:dns/promises'
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { isPublicAddress } from './public-address.ts'

export interface UrlGuardOptions {
  /** Of the body. */
  readonly maxBytes: number
  /** For all of it: name, connection, redirects and body. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Defaults to 5. */
  readonly maxRedirects?: number
  /** Which addresses may be connected to. Defaults to the public ones. */
  readonly isAllowed?: (address: string) => boolean
  /** All addresses of a host. Defaults to the system's. */
  readonly resolve?: (hostname: string) => Promise<readonly Address[]>
}

interface Address {
  readonly address: string
  readonly family: number
}

export interface GuardedResponse {
  /** After redirects. */
  readonly url: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** As it comes from the wire. Fails past `maxBytes`, and when the time is over. Destroy it if it is not read. */
  readonly body: Readable
}

const defaultMaxRedirects = 5
const maxUrlLength = 4_096

/** @throws `url-refused`, `url-too-large`, `url-timeout` or `url-failed`; the reason of `signal` after it fired. */
export async function openUrl(url: string, options: UrlGuardOptions): Promise<GuardedResponse> {
  const { maxRedirects = defaultMaxRedirects, timeoutMs, maxBytes } = options
  const timeout = AbortSignal.timeout(timeoutMs)
  const journey = { ...options, signal: AbortSignal.any([options.signal, timeout]) }
  const explain = (error: unknown) => explained(error, options.signal, timeout, timeoutMs)
  try {
    let target = checkedUrl(url, options)
    for (let redirects = 0; ; redirects++) {
      const response = await get(target, journey)
      const location = locationOf(response)
      if (location === undefined) return guarded(target, response, maxBytes, explain)
      response.destroy()
      if (redirects === maxRedirects) throw refused(`it redirects more than ${maxRedirects} times`)
      target = checkedUrl(location, options, target)
    }
  } catch (error) {
    throw explain(error)
  }
}

/** The body as text. @throws as {@link openUrl}, and `url-failed` for a status that is not 2xx. */
export async function fetchText(url: string, options: UrlGuardOptions): Promise<string> {
  const { status, body } = await openUrl(url, options)
  if (status < 200 || status > 299) {
    body.destroy()
    throw new MoltbotError('url-failed', `the server answered with HTTP ${status}`, {
      retryable: status >= 500 || status === 429,
    })
  }
  const parts: Buffer[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

/** Numbers in other bases and the like are plain addresses once a URL is parsed (WHATWG URL, "IPv4 parser"). */
function checkedUrl(text: string, { isAllowed = isPublicAddress }: UrlGuardOptions, base?: URL): URL {
  const url = text.length <= maxUrlLength ? URL.parse(text, base?.href) : null
  if (url === null) throw refused('it is not a URL, or too long')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refused('it is neither http nor https')
  if (url.username !== '' || url.password !== '') throw refused('it has a user name in it')
  url.hostname = url.hostname.replace(/\.+$/, '')
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(literal) !== 0 && !isAllowed(literal)) throw notPublic()
  return url
}

function get(url: URL, options: UrlGuardOptions): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    agent: false,
    lookup: guardedLookup(options),
    signal: options.signal,
    headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'moltbot' },
  })
  request.on('socket', (socket) => {
    socket.once('connect', () => checkPeer(socket, options))
  })
  request.on('response', resolve).on('error', reject).end()
  return promise
}

/** Every address of the host has to be allowed, not only the one that is taken. */
function guardedLookup({
  isAllowed = isPublicAddress,
  resolve = resolveAll,
}: UrlGuardOptions): LookupFunction {
  return (hostname, { all }, done) => {
    resolve(hostname).then(
      (found) => {
        const [first] = found
        if (first === undefined || !found.every(({ address }) => isAllowed(address))) done(notPublic(), [])
        else if (all) done(null, [...found])
        else done(null, first.address, first.family)
      },
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), []),
    )
  }
}

const resolveAll = (hostname: string) => lookup(hostname, { all: true })

function checkPeer(socket: Socket, { isAllowed = isPublicAddress }: UrlGuardOptions): void {
  if (!isAllowed(socket.remoteAddress ?? '')) socket.destroy(notPublic())
}

const redirectStatuses: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308])

function locationOf({ statusCode, headers }: IncomingMessage): string | undefined {
  return redirectStatuses.has(statusCode) ? headers.location : undefined
}

function guarded(
  url: URL,
  response: IncomingMessage,
  maxBytes: number,
  explain: (error: unknown) => unknown,
): GuardedResponse {
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) {
    response.destroy()
    throw tooLarge(maxBytes)
  }
  const { statusCode = 0, headers } = response
  return {
    url: url.href,
    status: statusCode,
    headers,
    body: Readable.from(capped(response, maxBytes, explain)),
  }
}

async function* capped(
  response: IncomingMessage,
  maxBytes: number,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Buffer> {
  let bytes = 0
  try {
    for await (const chunk of response) {
      bytes += chunk.length
      if (bytes > maxBytes) throw tooLarge(maxBytes)
      yield chunk
    }
  } catch (error) {
    throw explain(error)
  }
}

function explained(error: unknown, stopped: AbortSignal, timeout: AbortSignal, timeoutMs: number): unknown {
  if (stopped.aborted) return stopped.reason
  if (timeout.aborted) {
    return new MoltbotError('url-timeout', `it took longer than ${timeoutMs} ms`, { retryable: true })
  }
  if (error instanceof MoltbotError) return error
  return new MoltbotError('url-failed', `it could not be fetched: ${messageOf(error)}`, { retryable: true })
}

function notPublic(): MoltbotError {
  return refused('it does not lead to the public internet')
}

function refused(why: string): MoltbotError {
  return new MoltbotError('url-refused', `the URL is refused: ${why}`)
}

function tooLarge(maxBytes: number): MoltbotError {
  return new MoltbotError('url-too-large', `it is larger than ${maxBytes} bytes`)
}
