/**
 * Lines that are wider than the terminal, folded so that no word is torn and columns stay columns.
 */

import stringWidth from 'string-width'

const standardWidth = 80

/** Columns of the terminal behind a stream, else of `COLUMNS`. Else there is no end: programs look for whole lines. */
export function widthOf(
  { isTTY, columns }: { readonly isTTY?: boolean; readonly columns?: number },
  env: NodeJS.ProcessEnv = process.env,
): number {
  const width = isTTY ? columns : Number(env.COLUMNS)
  return width !== undefined && width > 0 ? width : Number.POSITIVE_INFINITY
}

/**
 * A command of moltbot, which is copied as a whole; a word; or a Chinese character with the marks that must not begin a
 * line. Each with the space before it.
 */
const unbroken =
  /\s*(?:(?:npx )?[^\s\p{sc=Han}]*moltbot(?:\.js)? (?:(?:doctor|logs|setup)\b|\w+ \w+)(?: --\w+(?: [^\s，。；：、！？”）,;:)]+)?| [A-Z]+)*|\p{sc=Han}[，。；：、！？”）]*|[^\s\p{sc=Han}]+)/gu

/**
 * A sentence in lines that fit a terminal, the later ones indented. A word that is wider than that, such as a link, has a
 * line for itself from the first column on: the terminal breaks it, and it can still be clicked and copied.
 */
export function wrapped(text: string, indent = '  ', width = standardWidth): string[] {
  const lines = ['']
  for (const [piece] of text.matchAll(unbroken)) {
    const line = (lines.at(-1) ?? '') + piece
    const word = piece.trimStart()
    if (stringWidth(line) <= width || line === piece) lines[lines.length - 1] = line
    else lines.push(stringWidth(indent + word) <= width ? indent + word : word)
  }
  return lines
}

/** A line of a table or of a text in lines that fit a terminal; what does not fit stands under its last column. */
export function fitted(line: string, width: number): string[] {
  if (stringWidth(line) <= width) return [line]
  return wrapped(line, ' '.repeat(lastColumn(line, width)), width)
}

/** Where the last column begins that leaves room for its text; two further than the line where it has no columns. */
function lastColumn(line: string, width: number): number {
  const starts = [...line.matchAll(/(?<=\S) {2,}(?=\S)/g)].map(({ 0: gap, index }) =>
    stringWidth(line.slice(0, index + gap.length)),
  )
  const start = starts.findLast((column) => column <= width / 2)
  return start ?? line.length - line.trimStart().length + 2
}
