/**
 * What sending and typing need of a connected account. `wechaty/` provides it; no Wechaty type shows.
 */

import type { Conversation } from '@moltbot/channel-sdk'

export interface OutboundLink {
  /** Natural pause between the chunks of one text, milliseconds. */
  readonly minSendGapMs: number
  /** May a chunk that was not confirmed be sent once more with the same id? */
  readonly resendUncertain: boolean
  /** False while the backend is known not to answer, where the puppet tells. */
  reachable(): boolean
  /** @throws errors with `certain` and `retryable`, where the puppet tells. */
  sendText(conversation: Conversation, text: string, clientId: string, signal: AbortSignal): Promise<void>
  /** Shows or ends "is typing", where the puppet can. Never throws. */
  typing(conversation: Conversation, on: boolean): Promise<void>
}
