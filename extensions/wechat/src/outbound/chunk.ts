/**
 * Cuts a text into chunks that WeChat takes. Pure. The bodies of the chunks, joined, are the text again; a fence that
 * is too long for one chunk is closed at the end of a chunk and opened again in the next, so that each shows by itself.
 */

import { type Fence, fenceAround, fencesOf, wouldOpenFence } from './fences.ts'

export type ChunkMode = 'length' | 'newline'

export interface Chunk {
  /** Its part of the text. */
  readonly body: string
  /** The line before the body that opens a fence again, with its newline; else empty. */
  readonly opening: string
  /** What follows the body to close a fence; else empty. */
  readonly closing: string
}

const blankLine = /\n[^\S\n]*\n(?:[^\S\n]*\n)*/g

/** Where a reader minds a cut least, best first. Each pattern ends where the next chunk may begin. */
const boundaries: readonly RegExp[] = [
  blankLine,
  /\n/g,
  /[.!?…][)\]"'”’]*\s+|[。！？；][）」』”’]*/g, // sentence end, Chinese ones too
  /\s+/g,
]

/** A boundary is taken only in this last part of the chunk, so that no chunk is needlessly short. */
const searchedPart = 2 / 3

/** The lines that close and open a fence may take this part of a chunk; longer ones are cut like any text. */
const largestFencePart = 1 / 2

/** More than any grapheme cluster in use; what is longer is cut between code points. */
export const longestGrapheme = 64

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * @param limit UTF-16 units a chunk may have, as WeChat counts; at least 2
 * @param mode `newline` makes every paragraph its own chunk, or several when it is over the limit
 */
export function chunkText(text: string, limit: number, mode: ChunkMode): string[] {
  return splitText(text, limit, mode).map(textOf)
}

/** As `chunkText`, and tells what of each chunk is the text and what was added to keep its fences whole. */
export function splitText(text: string, limit: number, mode: ChunkMode): Chunk[] {
  const fences = splittableFences(text, limit)
  const chunks: Chunk[] = []
  let start = 0
  for (const end of mode === 'newline' ? paragraphEnds(text, fences) : [text.length]) {
    while (start < end) {
      const chunk = nextChunk({ text, fences, end, limit }, start)
      chunks.push(chunk)
      start += chunk.body.length
    }
  }
  return chunks
}

/** What is sent of a chunk. */
export function textOf(chunk: Chunk): string {
  return chunk.opening + chunk.body + chunk.closing
}

/** The fences of a text that chunks of this size keep whole. */
export function splittableFences(text: string, limit: number): Fence[] {
  const most = limit * largestFencePart
  return fencesOf(text).filter(
    ({ start, contentStart, closing }) => contentStart - start + closing.length + 1 <= most,
  )
}

export interface Cuttable {
  readonly text: string
  readonly fences: readonly Fence[]
  /** The chunk must not pass this offset. */
  readonly end: number
  readonly limit: number
}

/** The chunk that begins at `start`, which is before `end`. */
export function nextChunk(given: Cuttable, start: number): Chunk {
  const { text, fences, end, limit } = given
  const opened = fenceAround(fences, start)
  const opening = opened === undefined ? '' : `${opened.opening}\n`
  const room = limit - opening.length
  const furthest = Math.min(start + room, end)
  const fence = fenceAround(fences, furthest)
  if (fence !== undefined) return { opening, ...cutAtFence(given, start, room, fence) }
  const cut = furthest === end ? end : start + cutWithin(given, start, furthest)
  return { opening, body: text.slice(start, cut), closing: '' }
}

type Cut = Pick<Chunk, 'body' | 'closing'>

/** The furthest cut lies inside `fence`: cut before the fence if that helps, else inside it. */
function cutAtFence({ text, end, limit }: Cuttable, start: number, room: number, fence: Fence): Cut {
  const rest = cutInside(text, start, end, fence)
  if (rest.body.length + rest.closing.length <= room) return rest
  const last = start + room - fence.closing.length - 1
  const before = fence.start - start
  const fitsAlone = Math.min(fence.end, text.length + fence.closing.length + 1) - fence.start <= limit
  const barelyBegins = last - fence.contentStart < shortest(limit)
  if (before > 0 && (fitsAlone || barelyBegins || before > shortest(limit)))
    return { body: text.slice(start, fence.start), closing: '' }
  const from = Math.max(start, fence.contentStart)
  const newline = text.lastIndexOf('\n', last - 1) + 1
  const cut = newline > from ? newline : from + hardCut(text.slice(from, last + longestGrapheme), last - from)
  return cutInside(text, start, cut, fence)
}

function cutInside(text: string, start: number, cut: number, { closing }: Fence): Cut {
  const body = text.slice(start, cut)
  return { body, closing: body.endsWith('\n') ? closing : `\n${closing}` }
}

/** Ends of paragraphs, with the blank lines that follow them. */
function paragraphEnds(text: string, fences: readonly Fence[]): number[] {
  const ends: number[] = []
  for (const match of text.matchAll(blankLine)) {
    const end = match.index + match[0].length
    if (fenceAround(fences, end) === undefined) ends.push(end)
  }
  return [...ends, text.length]
}

/** The best place to cut outside fences, in units from `start`: more than 0, at most `furthest - start`. */
function cutWithin({ text, fences, limit }: Cuttable, start: number, furthest: number): number {
  const room = furthest - start
  const window = text.slice(start, furthest + longestGrapheme)
  const searched = window.slice(0, room)
  for (const boundary of boundaries) {
    for (const cut of boundariesIn(searched, boundary, shortest(limit))) {
      const isWhole = graphemeStart(window, cut) === cut && !wouldOpenFence(window, cut)
      if (isWhole && fenceAround(fences, start + cut) === undefined) return cut
    }
  }
  return hardCut(window, room)
}

function shortest(limit: number): number {
  return Math.floor(limit * (1 - searchedPart))
}

/** Ends of the boundaries beyond `from`, last first. */
function boundariesIn(text: string, boundary: RegExp, from: number): number[] {
  const ends: number[] = []
  for (const match of text.matchAll(boundary)) {
    const end = match.index + match[0].length
    if (end > from) ends.unshift(end)
  }
  return ends
}

/** At most `at`; before a run of backticks that would be read as a fence, where there is something before it. */
function hardCut(window: string, at: number): number {
  const cut = graphemeStart(window, at)
  if (cut === 0) return codePointStart(window, at)
  let harmless = cut
  while (harmless > 0 && wouldOpenFence(window, harmless)) harmless = graphemeStart(window, harmless - 1)
  return harmless || cut
}

function graphemeStart(window: string, at: number): number {
  return graphemes.segment(window).containing(at)?.index ?? at
}

function codePointStart(window: string, at: number): number {
  const unit = window.charCodeAt(at)
  const isLowSurrogate = unit >= 0xdc00 && unit <= 0xdfff
  return isLowSurrogate && at > 1 ? at - 1 : at
}
