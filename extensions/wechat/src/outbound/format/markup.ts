/**
 * Checks of a text before it is parsed. Most of a reply is plain sentences, and regular expressions read them a hundred
 * times faster than the parser. A check may say that plain text needs the parser, which only costs time. Text beyond the
 * caps is not parsed, because the parser's time grows with the square of some sizes. No honest reply reaches the caps,
 * and each of them limits one run of the parser to some tens of milliseconds.
 */

/** Longest text that is parsed at all. */
export const maxMarkdownChars = 16 * 1024 * 1024
/** Longest paragraph, list, quote or table that is parsed. */
export const maxSectionChars = 16 * 1024
export const maxSectionLines = 500
/** Most `*` and `_` in a section. Each of them may open or close emphasis. */
export const maxSectionMarkers = 500
/** Most nested quotes and lists in one line. */
export const maxNesting = 32

const deepNesting = new RegExp(
  `^[ \\t]*(?:>[ \\t]*|[-+*][ \\t]+|\\d{1,9}[.)][ \\t]+){${maxNesting + 1}}`,
  'm',
)

export function isParsable(section: string): boolean {
  return isInlineParsable(section) && !deepNesting.test(section)
}

/** As `isParsable`, for inline text, which has no nested blocks. */
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

/** How much Markdown a puppet shows: a subset, as iLink's client does, or none. */
export type MarkdownSupport = 'subset' | 'none'

const lineStart = '^[ \\t>]*(?:(?:[-+*]|\\d{1,9}[.)])[ \\t]+)*'
const underline = `${lineStart}(?:=+|-+)[ \\t]*$`

/** Markup that plain text cannot contain unchanged. */
const anyMarkup = new RegExp(`[\`*_[\\\\<&|]|~~~|${lineStart}(?:[-+](?:\\s|$)|#)|${underline}`, 'm')
const anyInlineMarkup = /[`*_[\\<&]|!\[/

/** Markup that iLink's client does not show. */
const unshownMarkup = new RegExp(`!\\[|#####|<|\\\\$|${underline}`, 'm')
/** Emphasis needs a run of markers with an odd length. */
const maybeEmphasis = /(?<!\*)\*(?:\*\*)*(?!\*)|_/
export const eastAsian = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]/

/** @param hasReferences whether the text may refer to definitions */
export function needsParser(section: string, support: MarkdownSupport, hasReferences: boolean): boolean {
  if (support === 'none') return anyMarkup.test(section)
  if (unshownMarkup.test(section) || (hasReferences && section.includes('['))) return true
  return eastAsian.test(section) && maybeEmphasis.test(section)
}

/** As `needsParser`, for the inline text of one paragraph, heading or item. */
export function needsInlineParser(text: string, support: MarkdownSupport, hasReferences: boolean): boolean {
  return support === 'none' ? anyInlineMarkup.test(text) : needsParser(text, support, hasReferences)
}

const lastMarkup = '`*_]\\>&)'

/** The range that contains all inline markup and the words next to it. Text outside cannot affect its meaning. */
export function markupRange(text: string): { start: number; end: number } {
  const first = text.search(anyInlineMarkup)
  let last = text.length - 1
  while (last > first && !lastMarkup.includes(text.charAt(last))) last--
  const spaceAfter = text.indexOf(' ', last)
  return {
    start: first === -1 ? text.length : text.lastIndexOf(' ', first) + 1,
    end: spaceAfter === -1 ? text.length : spaceAfter + 1,
  }
}
