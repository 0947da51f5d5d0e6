/**
 * Takes a long text apart at places where nothing in Markdown spans them, so that each part can be parsed by itself:
 * the parser's time grows faster than a text's length.
 */

import { type Fence, fenceAround, fencesOf } from '../fences.ts'

export interface Section {
  readonly text: string
  /** What stands between the fences, where the section is fenced code in no list or quote and nothing else. */
  readonly code?: string
}

/** Joined, the texts of the sections are the text. */
export function sectionsOf(text: string): Section[] {
  const fences = fencesOf(text)
  const sections: Section[] = []
  let at = 0
  for (const fence of fences) {
    if (!standsAlone(text, fence)) continue
    addProse(sections, text, at, fence.start, fences)
    at = Math.min(fence.end, text.length)
    sections.push({ text: text.slice(fence.start, at), code: codeOf(text, fence) })
  }
  addProse(sections, text, at, text.length, fences)
  return sections
}

function standsAlone(text: string, { start }: Fence): boolean {
  return text[start] === '`' || text[start] === '~'
}

function codeOf(text: string, { contentStart, end }: Fence): string {
  if (end === Number.POSITIVE_INFINITY) return text.slice(contentStart)
  const code = text.slice(contentStart, text.lastIndexOf('\n', end - 2) + 1)
  // What ends without a newline still does when its last line is gone.
  return text.endsWith('\n', end) ? code : code.slice(0, -1)
}

/** What ends a paragraph without a blank line: a heading, or an item that begins a list, but no row of a table. */
const newBlock = /(?:[-+*]|1[.)]) (?![-:|\s])|#{1,6} /y
/** Ends an item. */
const anyItem = /(?:[-+*]|\d{1,9}[.)]) (?![-:|\s])/y

/** A section begins with a line that is not indented and belongs to nothing before it. */
function addProse(
  sections: Section[],
  text: string,
  from: number,
  to: number,
  fences: readonly Fence[],
): void {
  let start = from
  let before = from
  for (let line = from; line < to; line = nextLine(text, line, to)) {
    if (line > start && isBeginning(text, start, before, line) && fenceAround(fences, line) === undefined) {
      sections.push({ text: text.slice(start, line) })
      start = line
    }
    before = line
  }
  if (start < to) sections.push({ text: text.slice(start, to) })
}

function isBeginning(text: string, start: number, lineBefore: number, line: number): boolean {
  if (text.charCodeAt(line) <= space) return false
  if (isBlank(text, lineBefore) || matchesAt(newBlock, text, line)) return true
  return (
    matchesAt(anyItem, text, start) && matchesAt(anyItem, text, lineBefore) && matchesAt(anyItem, text, line)
  )
}

function matchesAt(sticky: RegExp, text: string, at: number): boolean {
  sticky.lastIndex = at
  return sticky.test(text)
}

const space = 0x20
const newline = 0x0a

function nextLine(text: string, line: number, to: number): number {
  const end = text.indexOf('\n', line)
  return end === -1 ? to : end + 1
}

function isBlank(text: string, line: number): boolean {
  let at = line
  while (at < text.length && text.charCodeAt(at) <= space && text.charCodeAt(at) !== newline) at++
  return at === text.length || text.charCodeAt(at) === newline
}
