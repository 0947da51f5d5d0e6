/**
 * What the arrival of a message tells the lane of its conversation.
 */

import type { InboundMessage } from '../model/message.ts'
import { isPart } from './paste.ts'

/** A message that was just queued for a turn. */
export interface Arrival {
  readonly senderId: string
  /**
   * What may follow it. `words`: more words. `part`: the rest of a long paste. `bare`: words to it. `document`: words to
   * it, though it says more by itself. `whole`: nothing; the turn starts at once.
   */
  readonly content: 'words' | 'part' | 'bare' | 'document' | 'whole'
}

export function arrivalOf(message: InboundMessage): Arrival {
  return { senderId: message.sender.id, content: contentOf(message) }
}

/** A voice message is words, though the channel may not know them. */
function contentOf(message: InboundMessage): Arrival['content'] {
  const { kind, isBare } = message
  if (kind === 'text') return isPart(message) ? 'part' : 'words'
  if (!isBare || kind === 'voice') return 'whole'
  return kind === 'file' ? 'document' : 'bare'
}
