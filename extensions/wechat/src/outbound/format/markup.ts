/**
 * Tells cheaply that a section has nothing for the parser. Most of a reply is plain sentences, and the parser reads a
 * megabyte in a second where a regular expression needs a hundredth of it. A wrong "yes" costs time only.
 */

/** What a puppet shows: some of Markdown, as iLink's client does, or none. */
export type MarkdownSupport = 'subset' | 'none'

const lineStart = '^[ \\t>]*(?:(?:[-+*]|\\d{1,9}[.)])[ \\t]+)*'
const underline = `${lineStart}(?:=+|-+)[ \\t]*$`

/** Whatever plain text cannot have as it is. */
const anyMarkup = new RegExp(`[\`*_[\\\\<&|]|~~~|${lineStart}(?:[-+](?:\\s|$)|#)|${underline}`, 'm')

/** What iLink's client does not show. */
const unshownMarkup = new RegExp(`!\\[|#####|<|\\\\$|${underline}`, 'm')
/** Emphasis needs a run of markers of odd length. */
const maybeEmphasis = /(?<!\*)\*(?:\*\*)*(?!\*)|_/
export const eastAsian = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]/

export function needsParser(section: string, support: MarkdownSupport, hasNoDefinitions: boolean): boolean {
  if (support === 'none') return anyMarkup.test(section)
  if (unshownMarkup.test(section) || (!hasNoDefinitions && section.includes('['))) return true
  return eastAsian.test(section) && maybeEmphasis.test(section)
}
