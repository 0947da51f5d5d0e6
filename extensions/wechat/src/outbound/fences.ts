/**
 * Finds the fenced code in a Markdown text. Chunks, blocks and the renderer use the same fences, because none of them may
 * end inside one. Fences are found line by line, without a Markdown parser, so that fences with wrong indentation in lists,
 * as models write them, are found too.
 */

export interface Fence {
  /** Offset of the opening line. */
  readonly start: number
  /** Offset of the line after the opening one. */
  readonly contentStart: number
  /** Offset after the closing line and its newline. `Infinity` if the fence is not closed. */
  readonly end: number
  /** The line that opens the fence again in another message, with its info string and without a list marker. */
  readonly opening: string
  /** The line that closes the fence. */
  readonly closing: string
}

/** Container prefix (quotes, list markers, indentation), marker, info string. */
const openingLine =
  /^((?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t])))*[ \t]*)(`{3,}(?=[^`]*$)|~{3,})([\s\S]*)$/
const openingLineStart = /(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t])))*[ \t]*(?:`{3}|~{3})/y
const closingLine = /^[ \t>]*(`{3,}|~{3,})\s*$/
const anyMarker = /`{3}|~{3}/g
const listMarker = /[-+*]|\d{1,9}[.)]/g

/** The fences in order, without overlaps. */
export function fencesOf(text: string): Fence[] {
  const fences: Fence[] = []
  let at = 0
  for (;;) {
    const fence = nextFence(text, at)
    if (fence === undefined) return fences
    fences.push(fence)
    if (fence.end === Number.POSITIVE_INFINITY) return fences
    at = fence.end
  }
}

/** The fence that contains `offset`. */
export function fenceAround(fences: readonly Fence[], offset: number): Fence | undefined {
  let low = 0
  let high = fences.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((fences[middle]?.end ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  const fence = fences[low]
  return fence !== undefined && fence.start < offset ? fence : undefined
}

/** Would the text at this offset, in the middle of a line, open a fence if a message began with it? */
export function wouldOpenFence(text: string, offset: number): boolean {
  openingLineStart.lastIndex = offset
  return text[offset - 1] !== '\n' && openingLineStart.test(text)
}

function nextFence(text: string, from: number): Fence | undefined {
  let at = from
  for (;;) {
    const marker = nextMarker(text, at)
    if (marker === -1) return undefined
    const start = Math.max(text.lastIndexOf('\n', marker) + 1, from)
    const contentStart = afterLine(text, start)
    const match = openingLine.exec(text.slice(start, contentStart).trimEnd())
    if (match !== null) return fenceFrom(text, start, contentStart, match)
    at = contentStart
    if (at >= text.length) return undefined
  }
}

function fenceFrom(text: string, start: number, contentStart: number, match: RegExpExecArray): Fence {
  const [, prefix = '', marker = '', info = ''] = match
  const indent = prefix.replace(listMarker, (found) => ' '.repeat(found.length))
  return {
    start,
    contentStart,
    end: endOf(text, contentStart, marker),
    opening: `${indent}${marker}${info}`,
    closing: `${indent}${marker}`,
  }
}

function endOf(text: string, contentStart: number, marker: string): number {
  let at = contentStart
  for (;;) {
    const found = text.indexOf(marker, at)
    if (found === -1) return Number.POSITIVE_INFINITY
    const lineStart = Math.max(text.lastIndexOf('\n', found) + 1, contentStart)
    at = afterLine(text, found)
    const closing = closingLine.exec(text.slice(lineStart, at))?.[1]
    if (closing?.startsWith(marker)) return at
    if (at >= text.length) return Number.POSITIVE_INFINITY
  }
}

/** Searches both markers at once. Separate searches would read the whole text repeatedly for the rare marker. */
function nextMarker(text: string, from: number): number {
  anyMarker.lastIndex = from
  return anyMarker.exec(text)?.index ?? -1
}

/** Offset after the line that contains `offset`. */
function afterLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  return newline === -1 ? text.length : newline + 1
}
