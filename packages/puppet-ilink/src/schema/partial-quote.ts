/**
 * A quote of part of a message carries no text, only where the part starts and ends: two markers, and which occurrence
 * of each. Clients disagree on whether the end is counted from the beginning of the text or from the start marker, so
 * both are tried and the md5 decides when there is one.
 */

import { createHash } from 'node:crypto'
import type { WirePartialText } from './wire-message.ts'

/** Index of the n-th (from 0) occurrence of `marker`, which is not empty, at or after `from`, or -1. */
const nthIndexOf = (text: string, marker: string, n: number, from = 0): number => {
  let at = text.indexOf(marker, from)
  for (let left = n; left > 0 && at >= 0; left -= 1) at = text.indexOf(marker, at + 1)
  return at
}

const occurrence = (index: number | undefined): number =>
  index !== undefined && Number.isInteger(index) && index > 0 ? index : 0

/** Where the part may end; without an end marker, with the text. */
const endsAfter = (
  text: string,
  from: number,
  { start = '', end = '', endindex }: WirePartialText,
): number[] => {
  if (end === '') return [text.length]
  const n = occurrence(endindex)
  const found = [nthIndexOf(text, end, n), nthIndexOf(text, end, n, from + start.length)]
  return found.filter((at) => at >= from).map((at) => at + end.length)
}

const candidates = (text: string, partial: WirePartialText): string[] => {
  const { start = '', startindex } = partial
  const from = start === '' ? 0 : nthIndexOf(text, start, occurrence(startindex))
  return from < 0 ? [] : endsAfter(text, from, partial).map((to) => text.slice(from, to))
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

/** The quoted part of `text`; the whole text when the markers do not find it. */
export const partOf = (text: string, partial: WirePartialText): string => {
  if (!partial.start && !partial.end) return text
  const found = candidates(text, partial)
  const { quotemd5 } = partial
  if (!quotemd5) return found[0] ?? text
  return found.find((candidate) => md5(candidate) === quotemd5.toLowerCase()) ?? text
}
