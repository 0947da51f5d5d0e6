/**
 * Rules that both ways of rendering share.
 */

import { type Draft, rangeOf } from './draft.ts'
import type { Token } from './tokens.ts'

const breakTag = /^<br\s*\/?>$/i

export function bareHeading(heading: Token, draft: Draft): void {
  const { start, end } = rangeOf(heading)
  const text = draft.textOf(heading)
  const marker = /^#+[ \t]*/.exec(text)?.[0].length ?? 0
  draft.replace({ start, end: start + marker }, '')
  draft.replace({ start: start + Math.max(marker, closingStart(text)), end }, '')
}

/** Where the optional `##` at the end of a heading begins, with the space before it; the end where there is none. */
export function closingStart(heading: string): number {
  const text = heading.trimEnd()
  let end = text.length
  while (text[end - 1] === '#') end--
  const bare = text.slice(0, end).trimEnd()
  return end < text.length && bare.length < end ? bare.length : heading.length
}

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
