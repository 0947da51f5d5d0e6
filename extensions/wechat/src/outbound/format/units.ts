/**
 * Reads the blocks of a section that has only unambiguous paragraphs, headings and list items. Models write little else,
 * and reading it here takes a fraction of the time of the parser's block phase. Every other section (tables, quotes, code
 * in lists, HTML, definitions, loose lists) is left to the parser. Both must give the same result.
 */

/** A block with inline text. Its offsets are relative to the section. */
export interface Unit {
  readonly kind: 'paragraph' | 'heading' | 'item'
  /** Length of the indentation and the marker. */
  readonly start: number
  readonly textStart: number
  /** Before the last newline. */
  readonly textEnd: number
}

const heading = /^#{1,6} +(?=[^ \t#])/
const item = /^( *)(?:[-+*]|(\d{1,9})[.)]) {1,4}(?=[^ \t])/
/** A line that may begin or belong to a block that is not read here. */
const otherBlock =
  /^ *(?:[>#\t]|<[A-Za-z/!?]|`{3}|~{3}|\[[^\]]*\]:|[-+:|=*_][-+:|=*_ \t]*$|(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$))/
const blank = /^[ \t]*$/
/** With this much more indentation than the text above, an item is not an item, and a line that continues no block is code. */
const codeIndentation = 4

/** Undefined: the section contains other blocks. */
export function unitsOf(section: string): Unit[] | undefined {
  const units: Unit[] = []
  const reader = new LineReader()
  let start = 0
  while (start < section.length) {
    const end = lineEnd(section, start)
    const line = section.slice(start, end)
    if (blank.test(line)) return section.slice(end).trim() === '' ? units : undefined
    const found = reader.read(line)
    if (found === undefined) return undefined
    const last = units.at(-1)
    if (found !== 'continuation')
      units.push({ kind: found.kind, start, textStart: start + found.markerLength, textEnd: end })
    else if (last !== undefined) units[units.length - 1] = { ...last, textEnd: end }
    start = end + 1
  }
  return units
}

type Beginning = { readonly kind: Unit['kind']; readonly markerLength: number }

class LineReader {
  #last: Unit['kind'] | undefined
  /** Columns at which the texts of the open items begin, outermost first. */
  #columns: number[] = []

  /** Undefined: the line is ambiguous. */
  read(line: string): Beginning | 'continuation' | undefined {
    const hashes = heading.exec(line)
    if (hashes !== null) return this.#begin('heading', hashes[0].length)
    const marker = item.exec(line)
    if (marker !== null) return this.#readItem(line, marker)
    if (otherBlock.test(line)) return undefined
    if (this.#last === 'paragraph' || this.#last === 'item') return 'continuation'
    return line.startsWith(' '.repeat(codeIndentation)) ? undefined : this.#begin('paragraph', 0)
  }

  #begin(kind: Unit['kind'], markerLength: number): Beginning {
    this.#last = kind
    if (kind !== 'item') this.#columns = []
    return { kind, markerLength }
  }

  #readItem(
    line: string,
    [marker, { length: indentation } = '', number]: RegExpExecArray,
  ): Beginning | undefined {
    const open = this.#columns.filter((column) => column <= indentation)
    if (indentation - (open.at(-1) ?? 0) >= codeIndentation) return undefined
    const interrupts =
      this.#last === 'paragraph' || (this.#last === 'item' && open.length === this.#columns.length)
    // Only a list that begins with 1 can interrupt a paragraph.
    if (interrupts && number !== undefined && Number(number) !== 1) return undefined
    if (otherBlock.test(line.slice(marker.length))) return undefined
    this.#columns = [...open, marker.length]
    return this.#begin('item', marker.length)
  }
}

function lineEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start)
  return newline === -1 ? text.length : newline
}
