/**
 * A reply on its way, cut where each piece can be sent on its own: at blank lines, but never inside a code block.
 */

export interface Pieces {
  /** Takes text as it comes, and gives the pieces that are whole by now. */
  push(text: string): string[]
  /** What is left at the end. */
  end(): string
}

/** All pieces joined are the text, without white space around it. */
export function createPieces(): Pieces {
  /** Whole lines that no piece holds yet; begins with one that is not blank. */
  let lines = ''
  let line = ''
  /** The marks of the code block that is open. */
  let fence = ''
  /** Do the lines end with a blank one, outside of code blocks? */
  let complete = false
  let started = false

  function* take(part: string): Generator<string> {
    line = started ? line + part : part.trimStart()
    started ||= line !== ''
    if (complete && line.trim() !== '') {
      yield lines
      lines = ''
      complete = false
    }
    if (!line.endsWith('\n')) return
    fence = fenceAfter(line, fence)
    complete ||= fence === '' && line.trim() === ''
    lines += line
    line = ''
  }

  return {
    push: (text) => text.split(/(?<=\n)/).flatMap((part) => [...take(part)]),
    end: () => (lines + line).trimEnd(),
  }
}

const fenceLine = /^ {0,3}(`{3,}|~{3,})/

/** A fence is closed by one of its own kind, at least as long (CommonMark 4.5). */
function fenceAfter(line: string, open: string): string {
  const marks = fenceLine.exec(line)?.[1] ?? ''
  if (open === '') return marks
  return marks.startsWith(open) ? '' : open
}
