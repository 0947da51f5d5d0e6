/**
 * Which tools a scope lets through. Scopes only narrow: a tool is used where every scope admits it.
 */

import type { ToolScope } from './turn.ts'

/** The `named` that every scope admits, in their order. */
export function narrow<Named extends { readonly name: string }>(
  named: readonly Named[],
  scopes: readonly ToolScope[],
): Named[] {
  return named.filter(({ name }) => admitted(scopes, name))
}

/** Does every scope admit the tool of this name? */
export function admitted(scopes: readonly ToolScope[], name: string): boolean {
  return scopes.every(({ allow, deny = [] }) => {
    const allowed = allow === undefined || allow.some((pattern) => meansTool(pattern, name))
    return allowed && !deny.some((pattern) => meansTool(pattern, name))
  })
}

/** Names and patterns of the scopes that match none of `names`, each once: probably misspelt. */
export function unknownPatterns(scopes: readonly ToolScope[], names: readonly string[]): string[] {
  const patterns = new Set(scopes.flatMap(({ allow = [], deny = [] }) => [...allow, ...deny]))
  patterns.delete('*')
  return [...patterns].filter((pattern) => !names.some((name) => meansTool(pattern, name)))
}

/** A valid tool name or pattern. Any other could match no tool, so a `deny` with it would restrict nothing. */
export const toolPattern = /^[\w-]{1,64}\*?$|^\*$/
export const toolPatternError =
  'is not a tool name; names have up to 64 letters, digits, "_" and "-", and `*` works only at the end'

/** A name, or the beginning of names before a last `*`. Case counts. */
export function meansTool(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}
