/**
 * Markdown for iLink's client. It shows fences, inline code, tables, rules, bold, headings to level 4, quotes, lists
 * and links; those stay exactly as written. Emphasis stays too, but not around Chinese, Japanese or Korean text, where
 * Tencent's own plugin takes its markers out.
 */

import { type Draft, type Link, type Rules, rangeOf } from './draft.ts'
import { eastAsian } from './markup.ts'
import { bareHeading, replaceBreakTag } from './shared-rules.ts'
import type { Token } from './tokens.ts'

const deepestHeading = 4

export const subsetRules: Rules = {
  deepestHeading,
  link: writeLink,
  tokens: {
    atxHeading: bareDeepHeading,
    setextHeading: rewriteHeading,
    emphasis: bareEastAsian,
    hardBreakEscape: (token, draft) => draft.remove(token),
    autolinkMarker: (token, draft) => draft.remove(token),
    htmlText: replaceBreakTag,
    htmlFlow: replaceBreakTag,
  },
}

/** An image becomes a link, and a link whose target stands elsewhere gets it. */
function writeLink(link: Link, draft: Draft): void {
  const { range, label, target, isImage, isReference, isNested } = link
  const bare = isNested || label.start === label.end
  if (isImage) draft.replace({ start: range.start, end: label.start }, bare ? '' : '[')
  if (isImage && bare) draft.replace({ start: label.end, end: range.end }, isNested ? '' : target.url)
  else if (isReference) draft.replace({ start: label.end, end: range.end }, `](${target.destination})`)
}

function bareDeepHeading(heading: Token, draft: Draft): void {
  if (draft.source.startsWith('#'.repeat(deepestHeading + 1), heading.start.offset))
    bareHeading(heading, draft)
}

/** A heading that is underlined gets the marker that the client knows, if it is one line. */
function rewriteHeading(heading: Token, draft: Draft): void {
  const { start, end } = rangeOf(heading)
  const underline = draft.source.lastIndexOf('\n', end - 1)
  const isOneLine = draft.source.lastIndexOf('\n', underline - 1) < start
  const level = draft.source[end - 1] === '=' ? 1 : 2
  if (isOneLine) draft.replace({ start, end: start }, `${'#'.repeat(level)} `)
  draft.replace({ start: underline, end }, '')
}

function bareEastAsian(emphasis: Token, draft: Draft): void {
  if (!eastAsian.test(draft.textOf(emphasis))) return
  const { start, end } = rangeOf(emphasis)
  draft.replace({ start, end: start + 1 }, '')
  draft.replace({ start: end - 1, end }, '')
}
