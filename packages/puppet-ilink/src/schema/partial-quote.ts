/**
 * A quote of part of a message carries no text, only where the part starts and ends: two markers, and which occurrence
 * of each. Clients disagree on whether the end is counted from the beginning of the text or from the start marker, so
 * both are tried and the md5 decides when there is one.
 */

import { createHash } from 'node:crypto'
import type { WirePartialText } from './wire-message.ts'

/** Index of the n-th (from 0) occurrence of `marker` at or after `from`, or -1. */
const nthIndexOf = (text: string, marker: string, n: number, from = 0): number => {
  let at = text.indexOf(marker, from)
  for (let left = n; left > 0 && at >= 0; left -= 1) at = text.indexOf(marker, at + 1)
  return at
}

const occurrence = (index: number | undefined): number =>
  index !== undefined && Number.isInteger(index) && index > 0 ? index : 0

const candidates = (text: string, partial: WirePartialText): string[] => {
  const { start = '', end = '' } = partial
  const from = nthIndexOf(text, start, occurrence(partial.startindex))
  if (from < 0) return []
  const n = occurrence(partial.endindex)
  const ends = [nthIndexOf(text, end, n), nthIndexOf(text, end, n, from + start.length)]
  return ends.filter((at) => at >= from).map((at) => text.slice(from, at + end.length))
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
