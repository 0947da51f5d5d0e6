/**
 * Line-wise Markdown that no puppet shows.
 */

import { type Draft, rangeOf } from './draft.ts'
import type { Token } from './tokens.ts'

const breakTag = /^<br\s*\/?>$/i

/** The line that makes a heading of those above it. */
export function removeUnderline(underline: Token, draft: Draft): void {
  const { start, end } = rangeOf(underline)
  draft.replace({ start: draft.source.lastIndexOf('\n', start), end }, '')
}

/** `<br>` is the one tag that models write for people; any other may be meant as text, as in `Vec<T>`, and stays. */
export function replaceBreakTag(html: Token, draft: Draft): void {
  if (!breakTag.test(draft.textOf(html))) return
  const { start, end } = rangeOf(html)
  const endsLine = end === draft.source.length || draft.source[end] === '\n'
  const text = draft.isIn('table') ? ' ' : endsLine ? '' : '\n'
  draft.replace({ start, end }, text)
}
