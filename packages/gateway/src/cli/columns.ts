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

const terminalWidth = 80
/** A word, or a Chinese character with the marks that must not begin a line; each with the space before it. */
const unbroken = /\s*(?:\p{sc=Han}[，。；：、！？”）]*|[^\s\p{sc=Han}]+)/gu

/** A sentence in lines that fit a terminal of 80 columns, the later ones indented. */
export function wrapped(text: string, indent = '  '): string[] {
  const lines = ['']
  for (const [piece] of text.matchAll(unbroken)) {
    const line = (lines.at(-1) ?? '') + piece
    const fits = stringWidth(line) <= terminalWidth || line === piece
    if (fits) lines[lines.length - 1] = line
    else lines.push(indent + piece.trimStart())
  }
  return lines
}

/** A Chinese character takes two columns of a terminal. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}
