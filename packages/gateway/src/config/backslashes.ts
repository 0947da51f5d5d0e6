/**
 * Backslashes in strings. JSON5 takes them away without a word where it knows no escape, as in the path "C:\data" or the
 * regular expression "\d+", and turns others into characters that nobody means in a configuration.
 */

/** What a backslash may stand before. Not `b`, `f`, `v`, `0` and `x`: they give control characters, as in "C:\bot" or "C:\x86". */
const escapes = /^['"\\/nrtu\n\r\u2028\u2029]/

/** What is wrong with a string as it is written; undefined where nothing is. */
export function lostBackslash(written: string): string | undefined {
  const letter = [...written.matchAll(/\\(.)/gsu)]
    .map(([, after = '']) => after)
    .find((after) => !escapes.test(after))
  return letter === undefined ? undefined : lostBefore(letter)
}

/** The same for a text that ends within a string, at an escape that is not whole: "C:\users", "C:\x86". */
export function brokenEscape(before: string): string | undefined {
  const [, letter] = /\\([xu])?[\da-f]{0,3}$/i.exec(before) ?? []
  return letter === undefined ? undefined : lostBefore(letter)
}

function lostBefore(letter: string): string {
  return `the backslash before "${letter}" begins an escape in JSON5; write \\\\ for a backslash, or / between folders`
}

/** Momoa 3.3.13 never returns from a string whose last character is a backslash at the very end of the text. */
export function withEnd(text: string): string {
  return text.endsWith('\\') ? `${text}\n` : text
}
