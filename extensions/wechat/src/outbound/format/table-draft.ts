/**
 * Gathers the rows of a table from the tokens of a section, and replaces each by its line of text. What stands before
 * the lines, as of a quote around the table, stays.
 */

import { type Draft, type Range, rangeOf } from './draft.ts'
import { type Alignment, alignmentsOf, layOutTable } from './table.ts'
import type { Token } from './tokens.ts'

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
