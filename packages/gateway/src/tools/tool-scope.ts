/**
 * Which tools a scope lets through. Scopes only narrow: a tool is used where every scope admits it.
 */

import type { ToolScope } from '@moltbot/channel-sdk'

/** The `named` that every scope admits, in their order. */
export function narrow<Named extends { readonly name: string }>(
  named: readonly Named[],
  scopes: readonly ToolScope[],
): Named[] {
  return named.filter(({ name }) => scopes.every((scope) => admits(scope, name)))
}

function admits({ allow, deny = [] }: ToolScope, name: string): boolean {
  const allowed = allow === undefined || allow.some((pattern) => matches(pattern, name))
  return allowed && !deny.some((pattern) => matches(pattern, name))
}

/** Names and patterns of the scopes that match none of `names`, each once: probably misspelt. */
export function unknownPatterns(scopes: readonly ToolScope[], names: readonly string[]): string[] {
  const patterns = new Set(scopes.flatMap(({ allow = [], deny = [] }) => [...allow, ...deny]))
  patterns.delete('*')
  return [...patterns].filter((pattern) => !names.some((name) => matches(pattern, name)))
}

/** A name, or the beginning of names before a last `*`. Case counts. */
function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}
