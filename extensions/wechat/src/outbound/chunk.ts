/**
 * Splits a text into chunks that WeChat accepts. Pure. The bodies of the chunks, joined, are the text again. A fence that
 * is too long for one chunk is closed at the end of the chunk and opened again in the next, so that each chunk is valid
 * Markdown; a table that is too long has its head in each chunk. An address is whole in one chunk if it fits.
 */

import { type Fence, fenceAround, fencesOf, wouldOpenFence } from './fences.ts'
import { type TableRange, tableAround, tablesOf } from './tables.ts'

export type ChunkMode = 'length' | 'newline'

export interface Chunk {
  /** The chunk's part of the text. */
  readonly body: string
  /** Lines before the body that open a fence again or repeat the head of a table, with their newlines. Empty if there are none. */
  readonly opening: string
  /** Text after the body that closes a fence. Empty if there is none. */
  readonly closing: string
}

const blankLine = /\n[^\S\n]*\n(?:[^\S\n]*\n)*/g

/** Places for a split, best first. The next chunk begins at the end of the match. */
const boundaries: readonly RegExp[] = [
  blankLine,
  /\n/g,
  /[.!?…][)\]"'”’]*\s+|[。！？；][）」』”’]*/g, // end of a sentence, English or Chinese
  /\s+|[，、；：]/g,
]

/** A boundary is used only in this last part of the chunk, so that chunks are not too short. */
const searchedPart = 2 / 3

/** Largest part of a chunk for the lines that open and close a fence or repeat a head. Longer ones are not repeated. */
const largestFencePart = 1 / 2

/**
 * An address, with the text of a Markdown link before it. It ends at a space, at a Chinese character and at Chinese punctuation,
 * as in WeChat's client.
 */
const address =
  /(?:!?\[[^\][\n]{0,200}\]\()?(?:https?:\/\/|www\.)[^\s<>"“”‘’…\u2e80-\u9fff\uac00-\ud7af\uff01-\uffee]+/gi

/** Longer than any grapheme cluster in use. A longer one is split between code points. */
export const longestGrapheme = 64

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * @param limit longest chunk in UTF-16 units, as WeChat counts; at least 2
 * @param mode `newline` makes each paragraph a chunk, or several chunks if it is over the limit
 */
export function chunkText(text: string, limit: number, mode: ChunkMode): string[] {
  return splitText(text, limit, mode).map(textOf)
}

/** As `chunkText`, but returns the text of each chunk separately from the lines that keep its fences complete. */
export function splitText(text: string, limit: number, mode: ChunkMode): Chunk[] {
  const fences = splittableFences(text, limit)
  const tables = splittableTables(text, fences, limit)
  const chunks: Chunk[] = []
  let start = 0
  for (const end of mode === 'newline' ? paragraphEnds(text, fences) : [text.length]) {
    while (start < end) {
      const chunk = nextChunk({ text, fences, tables, end, limit }, start)
      chunks.push(chunk)
      start += chunk.body.length
    }
  }
  return chunks
}

/** The text of a chunk that is sent. */
export function textOf(chunk: Chunk): string {
  return chunk.opening + chunk.body + chunk.closing
}

/** The fences of a text that are closed and opened again at a split. */
export function splittableFences(text: string, limit: number): Fence[] {
  const most = limit * largestFencePart
  return fencesOf(text).filter(
    ({ start, contentStart, closing }) => contentStart - start + closing.length + 1 <= most,
  )
}

/** The tables of a text whose head is repeated after a split. */
export function splittableTables(text: string, fences: readonly Fence[], limit: number): TableRange[] {
  return tablesOf(text, fences).filter(({ start, rows }) => rows - start <= limit * largestFencePart)
}

export interface Cuttable {
  readonly text: string
  readonly fences: readonly Fence[]
  readonly tables: readonly TableRange[]
  /** The chunk ends at this offset at the latest. */
  readonly end: number
  readonly limit: number
}

/** Returns the chunk that begins at `start`, which is before `end`. */
export function nextChunk(given: Cuttable, start: number): Chunk {
  const { text, fences, end, limit } = given
  const opening = openingAt(given, start)
  const room = limit - opening.length
  const furthest = Math.min(start + room, end)
  const fence = fenceAround(fences, furthest)
  if (fence !== undefined) return { opening, ...cutAtFence(given, start, room, fence) }
  const cut = furthest === end ? end : start + cutWithin(given, start, furthest)
  return { opening, body: text.slice(start, cut), closing: '' }
}

/** The lines with which a chunk begins that begins at this offset. */
export function openingAt({ text, fences, tables }: Omit<Cuttable, 'end' | 'limit'>, offset: number): string {
  const fence = fenceAround(fences, offset)
  if (fence !== undefined) return `${fence.opening}\n`
  const table = tableAround(tables, offset)
  const isRow = table !== undefined && offset >= table.rows && text[offset - 1] === '\n'
  return isRow ? text.slice(table.start, table.rows) : ''
}

type Cut = Pick<Chunk, 'body' | 'closing'>

/** Splits before or inside `fence`, if the furthest split would be inside it. */
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

/** Ends of paragraphs, after their blank lines. */
function paragraphEnds(text: string, fences: readonly Fence[]): number[] {
  const ends: number[] = []
  for (const match of text.matchAll(blankLine)) {
    const end = match.index + match[0].length
    if (fenceAround(fences, end) === undefined) ends.push(end)
  }
  return [...ends, text.length]
}

/** The best split outside fences, in units from `start`: more than 0, at most `furthest - start`. */
function cutWithin({ text, fences, tables, limit }: Cuttable, start: number, furthest: number): number {
  const room = furthest - start
  const isInHead = (at: number) => at < (tableAround(tables, at)?.rows ?? 0)
  const window = text.slice(start, furthest + longestGrapheme)
  const searched = window.slice(0, room)
  for (const boundary of boundaries) {
    for (const cut of boundariesIn(searched, boundary, shortest(limit))) {
      const isWhole = graphemeStart(window, cut) === cut && !wouldOpenFence(window, cut)
      if (isWhole && fenceAround(fences, start + cut) === undefined && !isInHead(start + cut)) return cut
    }
  }
  return hardCut(window, room)
}

function shortest(limit: number): number {
  return Math.floor(limit * (1 - searchedPart))
}

/** Ends of the boundaries after `from`, last first. */
function boundariesIn(text: string, boundary: RegExp, from: number): number[] {
  const ends: number[] = []
  for (const match of text.matchAll(boundary)) {
    const end = match.index + match[0].length
    if (end > from) ends.unshift(end)
  }
  return ends
}

/** A split at `at` or before it. It moves before a run of backticks that would open a fence, if there is text before it. */
function hardCut(window: string, at: number): number {
  const cut = addressStart(window, graphemeStart(window, at))
  if (cut === 0) return codePointStart(window, at)
  let harmless = cut
  while (harmless > 0 && wouldOpenFence(window, harmless)) harmless = graphemeStart(window, harmless - 1)
  return harmless || cut
}

/** The start of the address around a split, unless the chunk begins with it; then the address does not fit. */
function addressStart(window: string, at: number): number {
  for (const { index, 0: whole } of window.matchAll(address)) {
    if (index >= at) break
    if (at < index + whole.length) return index || at
  }
  return at
}

function graphemeStart(window: string, at: number): number {
  return graphemes.segment(window).containing(at)?.index ?? at
}

function codePointStart(window: string, at: number): number {
  const unit = window.charCodeAt(at)
  const isLowSurrogate = unit >= 0xdc00 && unit <= 0xdfff
  return isLowSurrogate && at > 1 ? at - 1 : at
}
