/**
 * The headers every iLink request carries, and the protocol version they declare.
 */

import type { Random } from '../clock.ts'

/** The version of Tencent's client whose wire format this puppet speaks. */
export const channelVersion = '2.4.9'

/** `major.minor.patch` as one number, a byte each: 2.4.9 is 132105. */
export const encodeClientVersion = (version: string): number => {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0)
  return ((major & 255) << 16) | ((minor & 255) << 8) | (patch & 255)
}

/** What the `fetch` of Tencent's client adds; the backend has only ever seen requests that have them. */
const headersOfFetch = {
  Accept: '*/*',
  'Accept-Language': '*',
  'Sec-Fetch-Mode': 'cors',
  'User-Agent': 'node',
}

export const commonHeaders = (routeTag?: string): Record<string, string> => ({
  ...headersOfFetch,
  'iLink-App-Id': 'bot',
  'iLink-App-ClientVersion': String(encodeClientVersion(channelVersion)),
  ...(routeTag === undefined ? {} : { SKRouteTag: routeTag }),
})

/** The base64 of a random uint32's decimal text, new for each request. */
const randomUin = (random: Random): string =>
  Buffer.from(String(Math.floor(random() * 2 ** 32))).toString('base64')

export const postHeaders = (random: Random, token?: string): Record<string, string> => ({
  'Content-Type': 'application/json',
  AuthorizationType: 'ilink_bot_token',
  'X-WECHAT-UIN': randomUin(random),
  ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
})
