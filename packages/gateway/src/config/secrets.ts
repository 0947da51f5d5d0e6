/**
 * Which parts of a configuration are secret: told by their keys, and by coming out of the environment.
 */

import type { ConfigPath } from './config-path.ts'
import { type Located, scalars } from './located.ts'

/** A key like this makes a secret of its value and of all that is below it. */
const secretKey =
  /(?:api[_-]?keys?|token|secret|passw(?:or)?d|credentials?|authorization|cookie)$|^(?:headers|env)$/i
/** What stands below these is a name that somebody chose, whatever it looks like. */
const mapsOfNames: ReadonlySet<unknown> = new Set([
  'accounts',
  'providers',
  'servers',
  'groups',
  'dms',
  'toolsBySender',
])

/** What stands in a secret's place when a configuration is shown. */
const masked = '[secret]'

export function isSecretPath(path: ConfigPath): boolean {
  return path.some((key, index) => secretKey.test(String(key)) && !mapsOfNames.has(path[index - 1]))
}

/** Every secret string, as a log line could show it: whole, and the environment's part of it. */
export function secretsIn(root: Located): string[] {
  const found = new Set<string>()
  for (const [{ value, fromEnv = [] }, path] of scalars(root)) {
    if (typeof value !== 'string' || !isSecretPath(path)) continue
    for (const secret of [value, ...fromEnv]) if (secret !== '') found.add(secret)
  }
  return [...found]
}

/** A value to show: whatever stands under a secret key is covered. */
export function maskSecrets(value: unknown, path: ConfigPath = []): unknown {
  if (Array.isArray(value)) return value.map((item, index) => maskSecrets(item, [...path, index]))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, maskSecrets(item, [...path, key])]),
    )
  }
  return isSecretPath(path) && value !== undefined ? masked : value
}
