/**
 * Code in Markdown, as far as it must be known to leave what is in it alone: spans between equal runs of backticks
 * within a paragraph, and fenced blocks (CommonMark 0.31, sections 4.5 and 6.1).
 */

export interface Code {
  /** Length of what is shown as it is. */
  readonly length: number
  /** The marks of a fenced block that begins here. */
  readonly fence: string | undefined
}

export interface CodeOptions {
  readonly atLineStart: boolean
  /** Nothing follows the text. */
  readonly ended: boolean
}

const run = /^(?:`+|~+)/
const backticks = /`+/g
const paragraphEnd = /\n[^\S\n]*\n/

/**
 * What begins at the start of a text whose first character is a backtick or a tilde: a span, the first line of a block,
 * or just that character. Undefined where more of the text has to come first.
 */
export function codeAt(text: string, { atLineStart, ended }: CodeOptions): Code | undefined {
  const marks = run.exec(text)?.[0] ?? ''
  if (marks.length === text.length && !ended) return undefined
  if (atLineStart && marks.length >= 3) return fenceAt(text, marks, ended)
  return marks.startsWith('~') ? { length: marks.length, fence: undefined } : spanAt(text, marks, ended)
}

/** Is the line the last one of a block that `fence` began? */
export function endOfFence(line: string, fence: string): boolean {
  const marks = line.trim()
  return marks.length >= fence.length && marks === fence.charAt(0).repeat(marks.length)
}

function fenceAt(text: string, marks: string, ended: boolean): Code | undefined {
  const lineEnd = text.indexOf('\n') + 1 || (ended ? text.length : 0)
  if (lineEnd === 0) return undefined
  const info = text.slice(marks.length, lineEnd)
  if (marks.startsWith('`') && info.includes('`')) return spanAt(text, marks, ended)
  return { length: lineEnd, fence: marks }
}

function spanAt(text: string, marks: string, ended: boolean): Code | undefined {
  const paragraph = text.slice(marks.length)
  const end = paragraph.search(paragraphEnd)
  const isWhole = ended || end >= 0
  const inside = end < 0 ? paragraph : paragraph.slice(0, end)
  for (const { 0: other, index } of inside.matchAll(backticks)) {
    const mayGrow = !isWhole && index + other.length === inside.length
    if (other.length === marks.length && !mayGrow)
      return { length: marks.length + index + other.length, fence: undefined }
  }
  return isWhole ? { length: marks.length, fence: undefined } : undefined
}
