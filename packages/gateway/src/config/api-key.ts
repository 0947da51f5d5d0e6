/**
 * API keys that are none: the example's placeholder, or a key with characters that no key has, as an input method or a
 * copied sentence puts them there. No request can be made with either.
 */

/** Names for "put your key here", in the ways in which examples write it. */
const placeholders: readonly RegExp[] = [
  /^(?:sk-)?[x*.…]{3,}$/i,
  /^sk-(?:xx|\*|\.\.|…)/i,
  /\byour\b.*key|your[-_ ]?(?:api[-_ ]?)?key|api[-_ ]?key[-_ ]?here/i,
  /^<.*>$/,
  /^(?:change[-_ ]?me|replace[-_ ]?me|todo)$/i,
]
/** Printable ASCII without the space: what a header can hold, and all that providers use. */
const foreign = /[^\x21-\x7e]/u

/** What is wrong with a key, in words that show nothing of it but the wrong character; undefined where nothing is. */
export function apiKeyProblem(key: string): string | undefined {
  if (placeholders.some((pattern) => pattern.test(key))) {
    return "is the placeholder of an example; put the provider's key there"
  }
  const { 0: character, index } = foreign.exec(key) ?? {}
  if (character === undefined || index === undefined) return undefined
  const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
  const shown = /[\p{L}\p{P}\p{S}]/u.test(character) ? `"${character}" ` : ''
  return `has a character that no API key has: ${shown}U+${code} at position ${index + 1}; copy the key again from the provider's site`
}
