/**
 * Long pastes. WeChat cuts a long text into messages of about 2,048 characters, in the middle of a word or an address, and
 * delivers them one after the other.
 */

import type { InboundMessage } from '../model/message.ts'

/**
 * A part has this many characters; fewer where WeChat trims white space at the cut. What is counted, UTF-16 units or code
 * points, has not been documented, so either may be within the bounds.
 */
const minPartLength = 2_000
const maxPartLength = 2_048

/** Whether the text is so long that WeChat may have cut it here. */
export function isPart({ kind, text, rest }: Pick<InboundMessage, 'kind' | 'text' | 'rest'>): boolean {
  // What this channel has cut itself is no part.
  if (kind !== 'text' || rest !== undefined || text.length < minPartLength || text.length > 2 * maxPartLength)
    return false
  return isWithin(text.length) || isWithin(Array.from(text).length)
}

function isWithin(length: number): boolean {
  return length >= minPartLength && length <= maxPartLength
}

/** The messages with the parts of each paste joined as they are, into the first one. Pure. */
export function joinParts(messages: readonly InboundMessage[]): readonly InboundMessage[] {
  const joined: InboundMessage[] = []
  let before: InboundMessage | undefined
  for (const message of messages) {
    const first = joined.at(-1)
    if (first !== undefined && before !== undefined && continues(message, before)) {
      joined.splice(-1, 1, { ...first, text: first.text + message.text })
    } else joined.push(message)
    before = message
  }
  return joined
}

function continues(message: InboundMessage, before: InboundMessage): boolean {
  const { kind, sender, quote, rest } = message
  if (kind !== 'text' || quote !== undefined || rest !== undefined) return false
  return sender.id === before.sender.id && isPart(before)
}
