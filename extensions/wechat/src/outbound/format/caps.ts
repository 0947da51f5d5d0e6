/**
 * What is parsed at all. The parser's time grows with the square of some things; a section beyond these caps, which no
 * honest reply has, goes out as it was written. Each cap bounds one parsing to some tens of milliseconds.
 */

/** Of a whole text. */
export const maxMarkdownChars = 16 * 1024 * 1024
/** Of one paragraph, list, quote or table. */
export const maxSectionChars = 16 * 1024
export const maxSectionLines = 500
/** `*` and `_`, each of which may open or close emphasis. */
export const maxSectionMarkers = 500
/** Quotes and lists within each other in one line. */
export const maxNesting = 32

const deepNesting = new RegExp(
  `^[ \\t]*(?:>[ \\t]*|[-+*][ \\t]+|\\d{1,9}[.)][ \\t]+){${maxNesting + 1}}`,
  'm',
)

export function isParsable(section: string): boolean {
  return isInlineParsable(section) && !deepNesting.test(section)
}

/** For text without blocks, which cannot nest. */
export function isInlineParsable(text: string): boolean {
  if (text.length > maxSectionChars) return false
  let lines = 0
  let markers = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '\n') lines++
    else if (character === '*' || character === '_') markers++
  }
  return lines <= maxSectionLines && markers <= maxSectionMarkers
}
