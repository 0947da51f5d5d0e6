/**
 * What turns and the outbox need of a connected account. `wechaty/` provides it; no Wechaty type shows.
 */

import type { Conversation, DiskShare, SendLimits, SendWindowFacts } from '@moltbot/channel-sdk'
import type { OutboxText } from './outbox.ts'

export interface AccountLink {
  /** Natural pause between the parts of one answer, milliseconds. */
  readonly minSendGapMs: number
  /** May a part that was not confirmed be sent once more with the same id? */
  readonly resendUncertain: boolean
  readonly maxMediaBytes: number
  /** Sends that the backend still takes in this conversation; undefined: any number. */
  sendsLeft(conversation: Conversation): Promise<number | undefined>
  /**
   * How long, and how often, this person can be written to, by this machine's clock. `never`: they have not written yet.
   * Undefined where the backend has no window, or the puppet does not tell.
   */
  sendWindow?(conversation: Conversation): Promise<SendWindowFacts | 'never' | undefined>
  /** What was learnt of the backend's limits; undefined where it has none. */
  sendLimits?(): Promise<SendLimits | undefined>
  /**
   * How far the clock of the backend is ahead of this machine's, in milliseconds; negative if it is behind. Undefined
   * where the puppet does not tell.
   */
  clockOffsetMs?(): number | undefined
  /** False while the backend is known not to answer, where the puppet tells. */
  reachable(): boolean
  /**
   * Sends one text; a quote is left out where the puppet has none. Ends at the latest when `signal` aborts or the time
   * for one send has passed, whatever the puppet does.
   * @throws errors with `certain` and `retryable`, where the puppet tells; `deadline`, not certain; the signal's reason
   */
  sendText(conversation: Conversation, part: OutboxText, clientId: string, signal: AbortSignal): Promise<void>
  /** @throws as `sendText` */
  sendFile(conversation: Conversation, file: LocalFile, clientId: string, signal: AbortSignal): Promise<void>
  /**
   * Stores the file of a received message, or one that such a message quotes, as `path`.
   * @param grow takes room on the disk: called with the bytes of the file before they are written
   * @throws `media-too-large` beyond `maxBytes`, what `grow` and the puppet throw, the signal's reason, and `deadline`
   */
  fetchMedia(
    fileId: string,
    path: string,
    maxBytes: number,
    signal: AbortSignal,
    grow?: DiskShare['grow'],
  ): Promise<FetchedMedia>
  /** Has the puppet delete its own copy of a received message, where it stores one. Never throws. */
  forgetMessage?(messageId: string): Promise<void>
  /** Takes what another puppet of the account has received and could not store. Resolves when it is stored. */
  receiveAgain?(unstored: unknown): Promise<void>
  /** The puppet receives no more, where it can; what it sends goes on. Never throws. */
  stopReceiving?(): void
  /** Shows or ends "is typing", where the puppet can. Never throws. */
  typing(conversation: Conversation, on: boolean): Promise<void>
}

/** A file on this machine. */
export interface LocalFile {
  readonly path: string
  /** What the person sees. */
  readonly name: string
}

export interface FetchedMedia {
  /** As the sender named it: untrusted. */
  readonly name: string
  readonly sizeBytes: number
}
