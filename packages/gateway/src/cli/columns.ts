/**
 * A table for people.
 */

/** Each column as wide as its widest cell; a line of one cell widens nothing. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) =>
    Math.max(...rows.filter(({ length }) => length > 1).map((row) => row[column]?.length ?? 0))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(width(column)))
      .join('  ')
      .trimEnd(),
  )
}
