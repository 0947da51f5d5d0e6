/**
 * Which URL a transfer may go to. Full URLs come over the wire, so they count only when they name the configured CDN
 * or a host of Tencent's; anything else could make the bot ask hosts of its own network.
 */
import { MediaError } from './errors.ts'

export interface CdnLocation {
  fullUrl?: string | undefined
  path: 'download' | 'upload'
  /** Query parameters of the other form; undefined when the wire gave none. */
  params?: Record<string, string> | undefined
}

const tencentHost = /(^|\.)qq\.com$/

/**
 * The full URL when it is trusted, else `<cdnBaseUrl>/<path>?<params>`.
 * @throws MediaError `media-url-missing`, or `media-url-refused` when an untrusted full URL is all there is
 */
export const cdnUrl = (location: CdnLocation, cdnBaseUrl: string): URL => {
  const base = httpUrl(cdnBaseUrl)
  if (!base) throw new MediaError('media-url-refused', 'The CDN base is not an http(s) URL')
  const full = location.fullUrl ? httpUrl(location.fullUrl) : undefined
  if (full && isTrusted(full, base)) return full
  if (location.params) return withParams(base, location.path, location.params)
  throw location.fullUrl
    ? new MediaError('media-url-refused', 'The media URL does not point to the CDN')
    : new MediaError('media-url-missing', 'The media has neither a URL nor a parameter')
}

/**
 * Where a redirect from `from` leads.
 * @throws MediaError `media-url-refused` unless it stays on the CDN
 */
export const redirectUrl = (to: string | undefined, from: URL, cdnBaseUrl: string): URL => {
  const target = to ? httpUrl(to, from) : undefined
  const base = httpUrl(cdnBaseUrl)
  if (target && base && isTrusted(target, base)) return target
  throw new MediaError('media-url-refused', 'The CDN redirected the media elsewhere')
}

const httpUrl = (text: string, base?: URL): URL | undefined => {
  const url = URL.parse(text, base?.href)
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url : undefined
}

const isTrusted = (url: URL, base: URL): boolean =>
  url.origin === base.origin || (url.protocol === 'https:' && !url.port && tencentHost.test(url.hostname))

const withParams = (base: URL, path: string, params: Record<string, string>): URL => {
  const url = new URL(`${base.pathname.replace(/\/+$/, '')}/${path}`, base)
  const query = Object.entries(params).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  url.search = query.join('&')
  return url
}
