// What is wrong about a request. The service lets most of it pass; a bot's developer wants to know.

import { type JsonObject, objectAt, textAt } from '../json.ts'
import type { Endpoint } from '../state/faults.ts'

type Headers = Record<string, string>

const maxUint32 = 0xffff_ffff
const cdnEndpoints = new Set<Endpoint>(['upload', 'download'])

/** Violations of the header and `base_info` rules, in words. */
export function violationsOf(
  endpoint: Endpoint,
  method: string,
  headers: Headers,
  body: JsonObject,
): string[] {
  if (cdnEndpoints.has(endpoint)) return []
  const found = appHeaderViolations(headers)
  if (method !== 'POST') return found
  found.push(...postHeaderViolations(headers))
  if (endpoint !== 'getqr') found.push(...tokenViolations(headers), ...baseInfoViolations(headers, body))
  return found
}

function appHeaderViolations(headers: Headers): string[] {
  const found: string[] = []
  if (!headers['ilink-app-id']) found.push('header iLink-App-Id is missing')
  const version = headers['ilink-app-clientversion']
  if (version === undefined) found.push('header iLink-App-ClientVersion is missing')
  else if (!/^\d+$/.test(version)) found.push('header iLink-App-ClientVersion is not a decimal number')
  return found
}

function postHeaderViolations(headers: Headers): string[] {
  const found: string[] = []
  if (!headers['content-type']?.startsWith('application/json'))
    found.push('header Content-Type is not application/json')
  if (headers.authorizationtype !== 'ilink_bot_token')
    found.push('header AuthorizationType is not ilink_bot_token')
  if (!isUin(headers['x-wechat-uin'])) found.push('header X-WECHAT-UIN is not base64 of a decimal uint32')
  return found
}

function tokenViolations(headers: Headers): string[] {
  return /^Bearer \S/.test(headers.authorization ?? '') ? [] : ['header Authorization has no Bearer token']
}

function baseInfoViolations(headers: Headers, body: JsonObject): string[] {
  const info = objectAt(body, 'base_info')
  if (!info) return ['body has no base_info']
  const version = textAt(info, 'channel_version')
  if (version === '') return ['base_info.channel_version is missing']
  const declared = headers['ilink-app-clientversion']
  const expected = encodedVersion(version)
  return declared === undefined || expected === undefined || declared === expected
    ? []
    : [`header iLink-App-ClientVersion is ${declared}, but channel_version ${version} makes ${expected}`]
}

/** `major.minor.patch` as the header writes it; `undefined` for other text. */
export function encodedVersion(version: string): string | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version)
  if (!match) return undefined
  const [major = 0, minor = 0, patch = 0] = match.slice(1).map((part) => Number(part) & 0xff)
  return `${(major << 16) | (minor << 8) | patch}`
}

function isUin(header: string | undefined): boolean {
  const text = Buffer.from(header ?? '', 'base64').toString('latin1')
  return /^\d{1,10}$/.test(text) && Number(text) <= maxUint32
}
