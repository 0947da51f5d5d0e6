/**
 * Which proxy a request to the outside goes through: that of `network.proxy`, else that of the environment, in the
 * variables that every program reads. Pure.
 */

import { goesDirect, listOf } from './no-proxy.ts'

/** `network` of the configuration. */
export interface NetworkConfig {
  /** false: none, whatever the environment says. Undefined: that of the environment. */
  readonly proxy: string | false | undefined
  /** The iLink backend and its CDN are reached through the proxy too. */
  readonly ilink: boolean
  /** Undefined: that of the environment. */
  readonly noProxy: readonly string[] | undefined
}

export interface Proxy {
  readonly url: URL
  /** Where it was configured, such as `network.proxy` or `HTTPS_PROXY`. */
  readonly source: string
}

export interface Proxies {
  /** For http:// and https:// URLs. */
  readonly http: Proxy | undefined
  readonly https: Proxy | undefined
  readonly noProxy: readonly string[]
  readonly ilink: boolean
  /** What was configured and cannot be used. */
  readonly warnings: readonly string[]
}

export const noProxies: Proxies = {
  http: undefined,
  https: undefined,
  noProxy: [],
  ilink: false,
  warnings: [],
}

/** In the order in which they count; the first that is set is used. */
const variables = {
  http: ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
  https: ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
} as const
export const proxyVariables = [...variables.http, ...variables.https, 'no_proxy', 'NO_PROXY']

export function proxiesOf({ proxy, ilink, noProxy }: NetworkConfig, env: NodeJS.ProcessEnv): Proxies {
  if (proxy === false) return noProxies
  const common = { noProxy: noProxy ?? listOf(env.no_proxy || env.NO_PROXY), ilink }
  if (proxy !== undefined) {
    const configured = { url: new URL(proxy), source: 'network.proxy' }
    return { ...common, http: configured, https: configured, warnings: [] }
  }
  const http = fromEnvironment(variables.http, env)
  const https = fromEnvironment(variables.https, env)
  const warnings = new Set([...http.warnings, ...https.warnings])
  return { ...common, http: http.proxy, https: https.proxy, warnings: [...warnings] }
}

/** The proxy for a URL; undefined: it is reached directly. */
export function proxyFor(proxies: Proxies, url: URL): URL | undefined {
  const proxy = url.protocol === 'https:' ? proxies.https : proxies.http
  return proxy === undefined || goesDirect(url, proxies.noProxy) ? undefined : proxy.url
}

/** A proxy's URL as it may be shown. */
function shownProxy({ url, source }: Proxy): string {
  return `${url.protocol}//${url.username || url.password ? '…@' : ''}${url.host} (from ${source})`
}

/** Parts of the proxies' URLs that no log line may show. */
export function proxySecrets({ http, https }: Proxies): string[] {
  const passwords = [http, https].map((proxy) => proxy?.url.password ?? '').filter((text) => text !== '')
  return [...new Set(passwords.flatMap((text) => [text, decoded(text)]))]
}

/** In one line for the log and the status; undefined where nothing goes through a proxy. */
export function describeProxies({ http, https, noProxy, ilink }: Proxies): string | undefined {
  const both = http?.url.href === https?.url.href ? [https] : [https, http]
  const shown = both.flatMap((proxy) => (proxy ? [shownProxy(proxy)] : []))
  if (shown.length === 0) return undefined
  const direct = noProxy.length === 0 ? '' : `; directly reached are ${noProxy.join(', ')}`
  const backend = ilink ? 'iLink uses it too' : 'iLink is reached directly, see network.proxy.ilink'
  return `${shown.join(' and ')}${direct}; ${backend}`
}

function fromEnvironment(
  names: readonly string[],
  env: NodeJS.ProcessEnv,
): { proxy: Proxy | undefined; warnings: string[] } {
  const warnings: string[] = []
  for (const name of names) {
    const value = env[name]?.trim()
    if (!value) continue
    const url = proxyUrl(value)
    if (typeof url !== 'string') return { proxy: { url, source: name }, warnings }
    warnings.push(`the proxy in ${name} is not used: ${url}`)
  }
  return { proxy: undefined, warnings }
}

/** The URL, or why there is none. Without a scheme it is http, as curl takes it: `127.0.0.1:7890`. */
export function proxyUrl(text: string): URL | string {
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  if (url === null || url.hostname === '') return 'it is not a URL such as "http://127.0.0.1:7890"'
  if (url.protocol === 'http:' || url.protocol === 'https:') return url
  return `${url.protocol}// is not supported; name the HTTP port of the proxy, such as "http://127.0.0.1:7890"`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
