/**
 * Cuts a text into chunks that WeChat takes. Pure. Joined, the chunks are the text again.
 */

export type ChunkMode = 'length' | 'newline'

/** Where a reader minds a cut least, best first. Each pattern ends where the next chunk may begin. */
const boundaries: readonly RegExp[] = [
  /\n[^\S\n]*\n\s*/g, // blank line
  /\n/g,
  /[.!?…][)\]"'”’]*\s+|[。！？；][）」』”’]*/g, // sentence end, Chinese ones too
  /\s+/g,
]

/** A boundary is taken only in this last part of the chunk, so that no chunk is needlessly short. */
const searchedPart = 2 / 3

/** More than any grapheme cluster in use; what is longer is cut between code points. */
const longestGrapheme = 64

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * @param limit UTF-16 units a chunk may have, as WeChat counts; at least 2
 * @param mode `newline` makes every paragraph its own chunk, or several when it is over the limit
 */
export function chunkText(text: string, limit: number, mode: ChunkMode): string[] {
  if (text === '') return []
  const parts = mode === 'newline' ? paragraphs(text) : [text]
  return parts.flatMap((part) => byLength(part, limit))
}

/** Paragraphs with the blank lines that follow them. */
function paragraphs(text: string): string[] {
  return text.match(/[\s\S]+?(?:\n[^\S\n]*\n\s*|$)/g) ?? [text]
}

function byLength(text: string, limit: number): string[] {
  const chunks: string[] = []
  let start = 0
  while (text.length - start > limit) {
    const cut = cutWithin(text.slice(start, start + limit + longestGrapheme), limit)
    chunks.push(text.slice(start, start + cut))
    start += cut
  }
  chunks.push(text.slice(start))
  return chunks
}

/** The best place to cut `window`, in units from its start: more than 0, at most `limit`. */
function cutWithin(window: string, limit: number): number {
  const from = Math.floor(limit * (1 - searchedPart))
  for (const boundary of boundaries) {
    const cut = lastBoundary(window.slice(0, limit), boundary, from)
    if (cut !== undefined && graphemeStart(window, cut) === cut) return cut
  }
  return graphemeStart(window, limit) || codePointStart(window, limit)
}

function lastBoundary(text: string, boundary: RegExp, from: number): number | undefined {
  let last: number | undefined
  for (const match of text.matchAll(boundary)) {
    const end = match.index + match[0].length
    if (end > from) last = end
  }
  return last
}

function graphemeStart(window: string, at: number): number {
  return graphemes.segment(window).containing(at)?.index ?? at
}

function codePointStart(window: string, at: number): number {
  const unit = window.charCodeAt(at)
  const isLowSurrogate = unit >= 0xdc00 && unit <= 0xdfff
  return isLowSurrogate && at > 1 ? at - 1 : at
}
