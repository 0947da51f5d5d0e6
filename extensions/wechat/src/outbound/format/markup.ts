/**
 * Tells cheaply that a text has nothing for the parser, or where it has. Most of a reply is plain sentences, and a
 * regular expression reads them a hundred times faster. A wrong "yes" costs time only.
 */

/** What a puppet shows: some of Markdown, as iLink's client does, or none. */
export type MarkdownSupport = 'subset' | 'none'

const lineStart = '^[ \\t>]*(?:(?:[-+*]|\\d{1,9}[.)])[ \\t]+)*'
const underline = `${lineStart}(?:=+|-+)[ \\t]*$`

/** Whatever plain text cannot have as it is. */
const anyMarkup = new RegExp(`[\`*_[\\\\<&|]|~~~|${lineStart}(?:[-+](?:\\s|$)|#)|${underline}`, 'm')
const anyInlineMarkup = /[`*_[\\<&]|!\[/

/** What iLink's client does not show. */
const unshownMarkup = new RegExp(`!\\[|#####|<|\\\\$|${underline}`, 'm')
/** Emphasis needs a run of markers of odd length. */
const maybeEmphasis = /(?<!\*)\*(?:\*\*)*(?!\*)|_/
export const eastAsian = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]/

/** @param hasReferences the text may refer to definitions */
export function needsParser(section: string, support: MarkdownSupport, hasReferences: boolean): boolean {
  if (support === 'none') return anyMarkup.test(section)
  if (unshownMarkup.test(section) || (hasReferences && section.includes('['))) return true
  return eastAsian.test(section) && maybeEmphasis.test(section)
}

/** As `needsParser`, for the text of one paragraph, heading or item. */
export function needsInlineParser(text: string, support: MarkdownSupport, hasReferences: boolean): boolean {
  return support === 'none' ? anyInlineMarkup.test(text) : needsParser(text, support, hasReferences)
}

const lastMarkup = '`*_]\\>&)'

/** Around all inline markup and the words that touch it. What is outside cannot change how that is read. */
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
