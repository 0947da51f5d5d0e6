/**
 * Finds the tables in a rendered text, so that a table that is too long for one message has its head in each of them. They are
 * Markdown where the client shows it, and lines with aligned columns elsewhere.
 */

import { type Fence, fenceAround } from './fences.ts'

export interface TableRange {
  /** Offset of the first line of the head. */
  readonly start: number
  /** Offset of the first row after the head. */
  readonly rows: number
  /** Offset after the last row. */
  readonly end: number
}

/** The line below the head of a table with two columns or more: `|---|:-:|` or `---+---`. */
const ruleLine =
  /^[ \t]*(?:\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?|\|[ \t]*:?-+:?[ \t]*\||-+(?:\+-+)+)[ \t]*$/

/** The tables in order, outside of code. */
export function tablesOf(text: string, fences: readonly Fence[]): TableRange[] {
  if (!text.includes('|')) return []
  const tables: TableRange[] = []
  let head = -1
  for (let at = 0; at < text.length; ) {
    const next = lineEnd(text, at)
    if (head !== -1 && ruleLine.test(lineAt(text, at, next)) && fenceAround(fences, at) === undefined) {
      const end = endOfRows(text, next)
      if (end > next) tables.push({ start: head, rows: next, end })
      at = Math.max(next, end)
      head = -1
    } else {
      head = hasCells(text, at, next) ? at : -1
      at = next
    }
  }
  return tables
}

/** The table whose head or rows continue at `offset`. */
export function tableAround(tables: readonly TableRange[], offset: number): TableRange | undefined {
  return tables.find(({ start, end }) => start < offset && offset < end)
}

function endOfRows(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const next = lineEnd(text, at)
    if (!hasCells(text, at, next)) break
    at = next
  }
  return at
}

function hasCells(text: string, start: number, end: number): boolean {
  const bar = text.indexOf('|', start)
  return bar !== -1 && bar < end
}

function lineAt(text: string, start: number, end: number): string {
  return text.slice(start, end).trimEnd()
}

/** Offset after the line and its newline. */
function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  return newline === -1 ? text.length : newline + 1
}
