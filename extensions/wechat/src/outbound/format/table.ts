/**
 * Renders tables as lines of text with aligned columns.
 */

import { type Draft, type Range, rangeOf } from './draft.ts'
import type { Token } from './tokens.ts'

export type Alignment = 'left' | 'center' | 'right'

export interface Table {
  /** The rows, head first. A row may have more or fewer cells than the head. */
  readonly rows: readonly (readonly string[])[]
  readonly alignments: readonly Alignment[]
}

/** A table as lines of text. */
export interface TableText {
  readonly head: string
  readonly rule: string
  readonly body: readonly string[]
}

/** A longer cell overflows its column, so that it does not widen every row. */
const maxPaddedWidth = 40

const delimiterRow = /^\|(?: *:?-+:? *\|)+$/

/** Reads a table with a `|` at both ends of each line. Undefined for any other section, which the parser must read. */
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

function alignmentsOf(delimiterRow: string): Alignment[] {
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

/**
 * Collects the rows of a table from the tokens of a section and replaces each row by its line of text. Text before a row,
 * such as the marker of a quote, is kept.
 */
export class TableDraft {
  #rows: { range: Range; cells: string[] }[] = []
  #cells: string[] = []
  #content = ''
  #delimiterRow: Range = { start: 0, end: 0 }
  #alignments: Alignment[] = []

  endContent(token: Token, draft: Draft): void {
    this.#content = draft.take(rangeOf(token))
  }

  endCell(): void {
    this.#cells.push(this.#content)
    this.#content = ''
  }

  endRow(token: Token): void {
    this.#rows.push({ range: rangeOf(token), cells: this.#cells })
    this.#cells = []
  }

  endDelimiterRow(token: Token, draft: Draft): void {
    this.#content = ''
    this.#delimiterRow = rangeOf(token)
    this.#alignments = alignmentsOf(draft.textOf(token))
  }

  end(draft: Draft): void {
    const rows = this.#rows
    this.#rows = []
    const { head, rule, body } = layOutTable({
      rows: rows.map(({ cells }) => cells),
      alignments: this.#alignments,
    })
    const lines = [head, ...body]
    for (const [index, { range }] of rows.entries()) draft.replace(range, lines[index] ?? '')
    draft.replace(this.#delimiterRow, rule)
  }
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const ascii = /^[\x20-\x7e]*$/
/** Approximates Wide and Fullwidth of Unicode TR 11 by scripts and blocks. */
const wide =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\u3000-\u303f\ufe30-\ufe4f\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]|\ufe0f/u

/** The width of a text in columns of a fixed-width font. East Asian characters and emoji take two columns. */
export function widthOf(text: string): number {
  if (ascii.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += wide.test(segment) ? 2 : 1
  return width
}
