/**
 * What turns and the outbox need of a connected account. `wechaty/` provides it; no Wechaty type shows.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import type { OutboxFile, OutboxText } from '../store/store.ts'

export interface OutboundLink {
  /** Natural pause between the parts of one answer, milliseconds. */
  readonly minSendGapMs: number
  /** May a part that was not confirmed be sent once more with the same id? */
  readonly resendUncertain: boolean
  readonly maxMediaBytes: number
  /** Sends that the backend still takes in this conversation; undefined: any number. */
  sendsLeft(conversation: Conversation): number | undefined
  /** False while the backend is known not to answer, where the puppet tells. */
  reachable(): boolean
  /**
   * A quote is left out where the puppet has none.
   * @throws errors with `certain` and `retryable`, where the puppet tells.
   */
  sendText(conversation: Conversation, part: OutboxText, clientId: string, signal: AbortSignal): Promise<void>
  /** @throws as `sendText` */
  sendFile(conversation: Conversation, file: OutboxFile, clientId: string, signal: AbortSignal): Promise<void>
  /**
   * Stores the file of a received message, or one that such a message quotes, as `path`.
   * @throws `media-too-large` beyond `maxBytes`, and what the puppet throws
   */
  fetchMedia(fileId: string, path: string, maxBytes: number, signal: AbortSignal): Promise<FetchedMedia>
  /** Shows or ends "is typing", where the puppet can. Never throws. */
  typing(conversation: Conversation, on: boolean): Promise<void>
}

export interface FetchedMedia {
  /** As the sender named it: untrusted. */
  readonly name: string
  readonly sizeBytes: number
}
