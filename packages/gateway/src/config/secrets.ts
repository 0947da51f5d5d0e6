/**
 * Which parts of a configuration are secret, recognised by their keys and by coming from the environment.
 */

import { secretKeyPattern } from '@moltbot/channel-sdk'
import { type ConfigPath, type Located, scalars } from './located.ts'

/** Maps of headers and environment variables, secret as a whole. */
const secretMapPattern = /^(?:headers|env)$/i
/** The keys below these are names that the operator chose, whatever they look like. */
const mapsOfNames: ReadonlySet<unknown> = new Set([
  'accounts',
  'providers',
  'servers',
  'groups',
  'dms',
  'toolsBySender',
])

/** Replaces a secret when a configuration is shown. */
const masked = '[secret]'

/** The address of a robot, a mail server or a webhook has its key in it. */
const addressKeys: ReadonlySet<unknown> = new Set(['url', 'smtp'])

export function isSecretPath(path: ConfigPath): boolean {
  const hasAddresses = path[0] === 'alerts' || path.at(-3) === 'webhooks'
  if (hasAddresses && addressKeys.has(path.at(-1))) return true
  if (path[0] === 'state' && path[1] === 'url') return true
  return path.some((key, index) => isSecretKey(String(key)) && !mapsOfNames.has(path[index - 1]))
}

function isSecretKey(key: string): boolean {
  return secretKeyPattern.test(key) || secretMapPattern.test(key)
}

/** Every secret string, as a log line could show it: whole, and the environment's part of it. */
export function configSecrets(root: Located): string[] {
  const found = new Set<string>()
  for (const [{ value, fromEnv = [] }, path] of scalars(root)) {
    if (typeof value !== 'string' || !isSecretPath(path)) continue
    for (const secret of [value, ...fromEnv]) if (secret !== '') found.add(secret)
  }
  return [...found]
}

/** A value to show: values of secret keys are covered. */
export function maskSecrets(value: unknown, path: ConfigPath = []): unknown {
  if (Array.isArray(value)) return value.map((item, index) => maskSecrets(item, [...path, index]))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, maskSecrets(item, [...path, key])]),
    )
  }
  if (isSecretPath(path) && value !== undefined) return masked
  return typeof value === 'string' ? withoutUrlUser(value, path) : value
}

/** The part of a URL that may hold a password. */
const urlUser = /\/\/[^/\s]*@/g

/** A proxy may be written without the scheme of its URL. */
const isProxy = ([first, second]: ConfigPath) => first === 'network' && second === 'proxy'

/** A text to show: user names and passwords in URLs are covered. */
export function withoutUrlUser(text: string, path: ConfigPath): string {
  return isProxy(path)
    ? text.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1…@')
    : text.replaceAll(urlUser, '//…@')
}
