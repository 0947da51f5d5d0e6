/**
 * Tables as lines of text whose columns stand under one another.
 */

import { widthOf } from './width.ts'

export type Alignment = 'left' | 'center' | 'right'

export interface Table {
  /** The head first; a row may have more or fewer cells than it. */
  readonly rows: readonly (readonly string[])[]
  readonly alignments: readonly Alignment[]
}

/** Lines of text. */
export interface TableText {
  readonly head: string
  readonly rule: string
  readonly body: readonly string[]
}

/** A longer cell sticks out instead of making every row as long. */
const maxPaddedWidth = 40

const delimiterRow = /^\|(?: *:?-+:? *\|)+$/

/** Reads a section that is a table with a `|` at both ends of each line and no other way to write one; else undefined. */
export function tableOf(section: string): Table | undefined {
  if (!section.startsWith('|') || section.includes('\\')) return undefined
  const lines = section
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd())
  const [head, delimiters, ...body] = lines
  if (head === undefined || delimiters === undefined || !delimiterRow.test(delimiters)) return undefined
  if (!lines.every((line) => line.length > 1 && line.startsWith('|') && line.endsWith('|'))) return undefined
  const rows = [head, ...body].map(cellsOf)
  const alignments = alignmentsOf(delimiters)
  return rows[0]?.length === alignments.length ? { rows, alignments } : undefined
}

export function alignmentsOf(delimiterRow: string): Alignment[] {
  return (delimiterRow.match(/:?-+:?/g) ?? []).map((delimiter) => {
    if (!delimiter.endsWith(':')) return 'left'
    return delimiter.startsWith(':') ? 'center' : 'right'
  })
}

export function layOutTable(table: Table): TableText {
  const { alignments } = table
  const rows = table.rows.map((row) => row.map(oneLine))
  const widths: number[] = []
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 1, Math.min(widthOf(cell), maxPaddedWidth))
  const [head = '', ...body] = rows.map((row) => {
    const cells = row.map((cell, column) => pad(cell, widths[column] ?? 0, alignments[column]))
    return cells.join(' | ').trimEnd()
  })
  return { head, rule: widths.map((width) => '-'.repeat(width)).join('-+-'), body }
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())
}

function oneLine(cell: string): string {
  return cell.replace(/\s+/g, ' ').trim()
}

function pad(cell: string, width: number, alignment: Alignment = 'left'): string {
  const missing = Math.max(0, width - widthOf(cell))
  const before = { left: 0, center: missing >> 1, right: missing }[alignment]
  return ' '.repeat(before) + cell + ' '.repeat(missing - before)
}
