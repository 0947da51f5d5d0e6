/**
 * A table for people.
 */

import stringWidth from 'string-width'

/** Each column as wide as its widest cell on a terminal; a line of one cell widens nothing. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) =>
    Math.max(0, ...rows.filter(({ length }) => length > 1).map((row) => stringWidth(row[column] ?? '')))
  return rows.map((row) =>
    row
      .map((cell, column) => padded(cell, width(column)))
      .join('  ')
      .trimEnd(),
  )
}

/** A Chinese character takes two columns of a terminal. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}
