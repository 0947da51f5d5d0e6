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
  return text.slice(contentStart, text.lastIndexOf('\n', end - 2) + 1)
}

/** A section begins after a blank line, with a line that is not indented, so it belongs to nothing before it. */
function addProse(
  sections: Section[],
  text: string,
  from: number,
  to: number,
  fences: readonly Fence[],
): void {
  let start = from
  let isAfterBlank = false
  for (let line = from; line < to; line = nextLine(text, line, to)) {
    const isIndented = text.charCodeAt(line) <= space
    if (isAfterBlank && !isIndented && fenceAround(fences, line) === undefined) {
      sections.push({ text: text.slice(start, line) })
      start = line
    }
    isAfterBlank = isBlank(text, line)
  }
  if (start < to) sections.push({ text: text.slice(start, to) })
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
