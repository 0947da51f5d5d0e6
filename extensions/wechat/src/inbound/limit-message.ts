/**
 * Cuts a message to the length that is read, before anything else looks at it: each character costs work here and money at
 * the model. What is cut off from the text goes along as a file.
 */

import type { InboundMessage } from '../model/message.ts'

/** UTF-16 units of a rest that are stored. */
const maxRestChars = 200_000
/** The agent sees less of a quote and of names, see `untrustedCaps`. */
const maxQuoteChars = 4_000
const maxLabelChars = 256

/** @param maxChars UTF-16 units of the text */
export function limitMessage(message: InboundMessage, maxChars: number): InboundMessage {
  const { text, quote, sender } = message
  return {
    ...message,
    ...cutText(text, maxChars),
    sender: { ...sender, ...(sender.label !== undefined && { label: head(sender.label, maxLabelChars) }) },
    ...(quote !== undefined && { quote: { ...quote, text: head(quote.text, maxQuoteChars) } }),
  }
}

function cutText(text: string, maxChars: number): Pick<InboundMessage, 'text' | 'rest'> {
  if (text.length <= maxChars) return { text }
  const first = head(text, maxChars)
  const rest = head(text.slice(first.length, first.length + maxRestChars + 1), maxRestChars)
  return { text: first, rest: { text: rest, totalLength: text.length } }
}

/** At most so many UTF-16 units, without half a character at the end. */
function head(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : text.slice(0, maxChars).replace(/[\ud800-\udbff]$/, '')
}
