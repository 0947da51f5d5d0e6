/**
 * Lays out a table as lines of text whose columns stand under one another.
 */

import { widthOf } from './width.ts'

export type Alignment = 'left' | 'center' | 'right'

/** A longer cell sticks out instead of making every row as long. */
const maxPaddedWidth = 40

export interface TableText {
  /** Of the rows, the head first. */
  readonly lines: readonly string[]
  /** Belongs under the head. */
  readonly rule: string
}

/** @param rows the head first; a row may have more or fewer cells than it */
export function layOutTable(
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[],
): TableText {
  const widths: number[] = []
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 1, Math.min(widthOf(cell), maxPaddedWidth))
  const padded = (row: readonly string[]) =>
    row.map((cell, column) => pad(cell, widths[column] ?? 0, alignments[column]))
  return {
    lines: rows.map((row) => padded(row).join(' | ').trimEnd()),
    rule: widths.map((width) => '-'.repeat(width)).join('-+-'),
  }
}

function pad(cell: string, width: number, alignment: Alignment = 'left'): string {
  const missing = Math.max(0, width - widthOf(cell))
  const before = { left: 0, center: missing >> 1, right: missing }[alignment]
  return ' '.repeat(before) + cell + ' '.repeat(missing - before)
}
