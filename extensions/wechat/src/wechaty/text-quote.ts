/**
 * Web and hooked WeChat clients put a quote into the text itself: 「name：quoted text」, a dashed line, the answer.
 * (The form that wechaty-puppet-padlocal gives to quotes, which other puppets follow.)
 */

export interface TextQuote {
  /** Name of the author, as the client shows it. */
  readonly name: string
  readonly quoted: string
  /** The message without the quote. */
  readonly text: string
}

const quoteForm = /^「(?<name>[^：\n]{1,64})：(?<quoted>[\s\S]*?)」\n(?:- ){5,40}-?\n(?<text>[\s\S]*)$/

export function textQuote(text: string): TextQuote | undefined {
  const { name, quoted, text: rest } = quoteForm.exec(text)?.groups ?? {}
  if (name === undefined || quoted === undefined || rest === undefined) return undefined
  return { name, quoted, text: rest }
}

const dashedLine = /^(?:- ){5,40}-?\n/

/**
 * The message without a quote whose text the puppet knows. The text is matched whole: an end of a quote that is written
 * in it does not end the quote, and what follows it is not taken for text of the sender.
 */
export function withoutQuote(text: string, quoted: string): string {
  const end = `：${quoted}」\n`
  const at = text.startsWith('「') ? text.indexOf(end) : -1
  if (at < 0) return text
  const rest = text.slice(at + end.length)
  const line = dashedLine.exec(rest)
  return line === null ? text : rest.slice(line[0].length)
}
