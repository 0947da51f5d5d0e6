/**
 * Splits a long text at places that no Markdown construct spans, so that each part can be parsed separately: the parser's
 * time grows faster than the length of the text. A quote is opened, so that its content is read like any other text.
 */

import { type Fence, fenceAround, fencesOf } from '../fences.ts'

export interface Section {
  readonly text: string
  /** The code between the fences, if the section is only fenced code that is not in a list or quote. */
  readonly code?: string
}

/** The texts of the sections, joined, are the text. */
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
  // If the text ends without a newline, so does the code.
  return text.endsWith('\n', end) ? code : code.slice(0, -1)
}

/** A line that ends a paragraph without a blank line: a heading or the first item of a list, but not a row of a table. */
const newBlock = /(?:[-+*]|1[.)]) (?![-:|\s])|#{1,6} /y
/** A line that ends an item. */
const anyItem = /(?:[-+*]|\d{1,9}[.)]) (?![-:|\s])/y

/** Adds sections. A section begins with a line that is not indented and does not belong to the text before it. */
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

interface Quote {
  readonly text: string
  /** Newlines and spaces after the quote. */
  readonly end: string
}

/** Reads a quote with a marker in every line. Undefined for any other section, which the parser must read. */
export function quoteOf(section: string): Quote | undefined {
  if (!section.startsWith('>')) return undefined
  const body = section.trimEnd()
  const lines = body.split('\n')
  if (!lines.every((line) => line === '>' || line.startsWith('> '))) return undefined
  return { text: lines.map((line) => line.slice(2)).join('\n'), end: section.slice(body.length) }
}

export function quoted({ text, end }: Quote): string {
  const lines = text.split('\n').map((line) => (line === '' ? '>' : `> ${line}`))
  return lines.join('\n') + end
}
