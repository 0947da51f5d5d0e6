/**
 * Fetches what a stranger's URL leads to, without being led anywhere else: http and https only, public addresses only,
 * for the first host and for every redirect's. Addresses are judged where the connection is made, so that no name can
 * resolve to one address for the check and to another for the connection; a proxy is given the checked address, not the
 * name. Nothing of ours is sent along: no credentials, no cookies; headers that came with the URL go to its own origin only.
 */

import { lookup } from 'node:dns/promises'
import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { timeoutSignal } from './deadline-timer.ts'
import { MoltbotError, messageOf } from './errors.ts'
import { openTunnel } from './proxy-tunnel.ts'
import { isPublicAddress } from './public-address.ts'

export { isOwnNetworkAddress, isPublicAddress } from './public-address.ts'

/** What counts as the public internet. */
export interface AddressRules {
  /** Which addresses may be connected to. Defaults to the public ones. */
  readonly isAllowed?: (address: string) => boolean
  /** All addresses of a host. Defaults to the system's. */
  readonly resolve?: (hostname: string) => Promise<readonly Address[]>
  /** The HTTP proxy for a URL; undefined: none. Defaults to none for all. */
  readonly proxyFor?: ((url: URL) => URL | undefined) | undefined
  /**
   * A host that the program itself has chosen, and to which no redirect leads: a proxy may be given its name, which only
   * the proxy may be able to resolve. Without a proxy it is checked like any other.
   */
  readonly trustedHost?: string
}

export interface UrlGuardOptions extends AddressRules {
  /** Largest body. */
  readonly maxBytes: number
  /** For all of it: name, connection, redirects and body. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Defaults to 5. */
  readonly maxRedirects?: number
  /** Headers that belong to the URL, such as its cookies. A redirect to another origin does not get them. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent by POST. Redirects are refused then. */
  readonly post?: string
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
  const { post, maxRedirects = defaultMaxRedirects, timeoutMs, maxBytes } = options
  const timeout = timeoutSignal(timeoutMs)
  const journey = { ...options, signal: AbortSignal.any([options.signal, timeout]) }
  const what = post === undefined ? 'it could not be fetched' : 'it could not be reached'
  const explain = (error: unknown) => explained(error, { stopped: options.signal, timeout, timeoutMs, what })
  try {
    const first = checkedUrl(url, options)
    let target = first
    for (let redirects = 0; ; redirects++) {
      const own = target.origin === first.origin ? options.headers : undefined
      const proxy = options.proxyFor?.(target)
      const response = await (proxy ? getThrough(proxy, target, journey, own) : get(target, journey, own))
      const location = locationOf(response)
      if (location === undefined) return guarded(target, response, maxBytes, explain)
      response.destroy()
      if (post !== undefined) throw refused('it redirects, and what is posted is not sent elsewhere')
      if (redirects === maxRedirects) throw refused(`it redirects more than ${maxRedirects} times`)
      target = checkedUrl(location, options, target)
    }
  } catch (error) {
    throw explain(error)
  }
}

/** @throws as {@link openUrl}, and `url-failed` for a status that is not 2xx. */
export async function fetchBody(url: string, options: UrlGuardOptions): Promise<GuardedResponse> {
  const response = await openUrl(url, options)
  const { status, body } = response
  if (status >= 200 && status <= 299) return response
  body.destroy()
  throw new MoltbotError('url-failed', `the server answered with HTTP ${status}`, {
    retryable: status >= 500 || status === 429,
  })
}

/** The body as text. @throws as {@link fetchBody} */
export async function fetchText(url: string, options: UrlGuardOptions): Promise<string> {
  const { body } = await fetchBody(url, options)
  const parts: Buffer[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

/**
 * The URL as it may be shown to people: undefined where it is refused, and where the addresses of its host cannot be
 * told within the time.
 */
export async function publicHref(
  text: string,
  options: Omit<UrlGuardOptions, 'maxBytes'>,
): Promise<string | undefined> {
  try {
    return await checkedHref(text, options)
  } catch {
    return undefined // Refused, or not to be resolved: either way it is not known to be public.
  }
}

/**
 * The URL, after its addresses were looked up and checked; nothing is sent there.
 * @throws `url-refused`, or why its host cannot be resolved within the time
 */
export async function checkedHref(text: string, options: Omit<UrlGuardOptions, 'maxBytes'>): Promise<string> {
  const { isAllowed = isPublicAddress, resolve = resolveAll, timeoutMs, signal } = options
  const over = AbortSignal.any([signal, timeoutSignal(timeoutMs)])
  const url = checkedUrl(text, options)
  const addresses = await Promise.race([resolve(hostOf(url)), abortOf(over)])
  if (!areAllowed(addresses, isAllowed)) throw notPublic()
  return url.href
}

/** Numbers in other bases and the like are plain addresses once a URL is parsed (WHATWG URL, "IPv4 parser"). */
function checkedUrl(text: string, { isAllowed = isPublicAddress }: AddressRules, base?: URL): URL {
  const url = text.length <= maxUrlLength ? URL.parse(text, base?.href) : null
  if (url === null) throw refused('it is not a URL, or too long')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refused('it is neither http nor https')
  if (url.username !== '' || url.password !== '') throw refused('it has a user name in it')
  url.hostname = url.hostname.replace(/\.+$/, '')
  if (isIP(hostOf(url)) !== 0 && !isAllowed(hostOf(url))) throw notPublic()
  return url
}

/** Without the brackets of an IPv6 address. */
const hostOf = ({ hostname }: URL) => hostname.replace(/^\[(.*)\]$/, '$1')

type Headers = UrlGuardOptions['headers']
const headersWith = (own: Headers = {}) => {
  return { accept: '*/*', 'user-agent': 'moltbot', ...own, 'accept-encoding': 'identity' }
}
const methodOf = ({ post }: UrlGuardOptions) => (post === undefined ? 'GET' : 'POST')
const requestFor = ({ protocol }: URL) => (protocol === 'https:' ? requestHttps : requestHttp)

function get(url: URL, options: UrlGuardOptions, own: Headers): Promise<IncomingMessage> {
  const { signal, post } = options
  const headers = headersWith(own)
  const lookup = guardedLookup(options)
  const request = requestFor(url)(url, { method: methodOf(options), agent: false, lookup, signal, headers })
  request.on('socket', (socket) => {
    socket.once('connect', () => checkPeer(socket, options))
  })
  return answerTo(request, post)
}

/** The proxy connects to the address that was checked here: asked for a name it could resolve it to another one. */
async function getThrough(
  proxy: URL,
  url: URL,
  options: UrlGuardOptions,
  own: Headers,
): Promise<IncomingMessage> {
  const { signal, trustedHost, post } = options
  const host = hostOf(url)
  const isSecure = url.protocol === 'https:'
  const target = host === trustedHost ? host : await allowedAddress(host, options)
  const tunnel = await openTunnel(
    proxy,
    { host: target, port: Number(url.port) || (isSecure ? 443 : 80) },
    signal,
  )
  const servername = isIP(host) === 0 ? { servername: host } : {}
  const createConnection = () => (isSecure ? connectTls({ socket: tunnel, host, ...servername }) : tunnel)
  const headers = { ...headersWith(own), host: url.host } // Without an agent Node would add the default port.
  const method = methodOf(options)
  return answerTo(requestFor(url)(url, { method, createConnection, signal, headers }), post)
}

function answerTo(request: ClientRequest, post: string | undefined): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  request.on('response', resolve).on('error', reject).end(post)
  return promise
}

async function allowedAddress(
  host: string,
  { isAllowed = isPublicAddress, resolve = resolveAll }: AddressRules,
): Promise<string> {
  const found = await resolve(host).catch((cause: unknown) => {
    throw new Error(
      `${messageOf(cause)}; through a proxy too, only addresses that are checked here are reached`,
    )
  })
  const [first] = found
  if (first === undefined || !areAllowed(found, isAllowed)) throw notPublic()
  return first.address
}

/** Every address of the host has to be allowed, not only the one that is taken. */
function guardedLookup({ isAllowed = isPublicAddress, resolve = resolveAll }: AddressRules): LookupFunction {
  return (hostname, { all }, done) => {
    resolve(hostname).then(
      (found) => {
        const [first] = found
        if (first === undefined || !areAllowed(found, isAllowed)) done(notPublic(), [])
        else if (all) done(null, [...found])
        else done(null, first.address, first.family)
      },
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), []),
    )
  }
}

const resolveAll = (hostname: string) => lookup(hostname, { all: true })

function areAllowed(found: readonly Address[], isAllowed: (address: string) => boolean): boolean {
  return found.length > 0 && found.every(({ address }) => isAllowed(address))
}

function abortOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  if (signal.aborted) reject(signal.reason)
  else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  return promise
}

function checkPeer(socket: Socket, { isAllowed = isPublicAddress }: AddressRules): void {
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
  const body = Readable.from(capped(response, maxBytes, explain))
  body.once('close', () => response.destroy()) // A body without a reader would hold the connection.
  return { url: url.href, status: statusCode, headers, body }
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

interface Attempt {
  readonly stopped: AbortSignal
  readonly timeout: AbortSignal
  readonly timeoutMs: number
  /** What did not work, in words. */
  readonly what: string
}

function explained(error: unknown, { stopped, timeout, timeoutMs, what }: Attempt): unknown {
  if (stopped.aborted) return stopped.reason
  if (timeout.aborted) {
    return new MoltbotError('url-timeout', `it took longer than ${timeoutMs} ms`, { retryable: true })
  }
  if (error instanceof MoltbotError) return error
  return new MoltbotError('url-failed', `${what}: ${messageOf(error)}`, { retryable: true })
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
