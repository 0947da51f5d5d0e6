/**
 * Takes a quote apart whose every line is marked, so that what it holds is read like any other text. One with lines that
 * lack the mark is left to the parser.
 */

export interface Quote {
  readonly text: string
  /** Newlines and space after it. */
  readonly end: string
}

export function quoteOf(section: string): Quote | undefined {
  if (!section.startsWith('>')) return undefined
  const body = section.trimEnd()
  const lines = body.split('\n')
  if (!lines.every((line) => line === '>' || line.startsWith('> '))) return undefined
  return { text: lines.map((line) => line.slice(2)).join('\n'), end: section.slice(body.length) }
}

export function quoted({ text, end }: Quote): string {
  const lines = text.split('\n').map((line) => (line === '' ? '>' : `> ${line}`))
  return lines.join('\n') + end
}
