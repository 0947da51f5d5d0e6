/**
 * What an operator can see of the messages that a channel has received: an optional part of a channel.
 */

import type { Readable } from 'node:stream'
import type { ExplainedStep } from './explain.ts'
import type { Conversation } from './turn.ts'

export interface ReceivedQuery {
  readonly accountId: string
  /** Only this conversation. */
  readonly conversation?: Conversation
  /** Only messages whose text contains it, in any case, or whose sender, conversation or own id it is. */
  readonly text?: string
  /** Only messages before this position. */
  readonly before?: number
  readonly limit: number
  /** Messages that are looked at, at most: there may be millions, and few of them fit. Default: 200,000. */
  readonly look?: number
}

export interface ReceivedPage {
  /** Newest first. */
  readonly messages: readonly ReceivedMessage[]
  /** There may be more before this position. Left out where all were looked at. */
  readonly next?: number
}

/** One message, and what became of it. */
export interface ReceivedMessage {
  /** Grows with each message of the channel. */
  readonly position: number
  readonly conversation: Conversation
  readonly messageId: string
  readonly senderId?: string
  /** A display name, untrusted. */
  readonly senderName?: string
  /** `text`, or another kind of message; left out where the message is no longer stored. */
  readonly kind?: string
  /** Empty where it is not, or no longer, stored. */
  readonly text: string
  /** Its file, where one is still stored; see `Channel.receivedFile`. */
  readonly file?: StoredFile
  /** Milliseconds since the epoch. */
  readonly receivedMs: number
  /** Where it is on its way, in the channel's terms, and why. */
  readonly state: string
  readonly reason: string
  /** How it was decided on when it came; empty where that was not stored. */
  readonly steps: readonly ExplainedStep[]
  /** The turn that answers it, and how often that was begun. */
  readonly turnId?: string
  readonly attempts: number
  /** What was said in return, in order. */
  readonly parts: readonly ReplyPartReport[]
}

/** What is known of a file by its content, whatever its sender said. */
export interface StoredFile {
  /** Sanitised; chosen by the sender. */
  readonly name: string
  readonly kind: 'image' | 'video' | 'audio' | 'file'
  readonly mimeType: string
  readonly sizeBytes: number
}

export interface OpenedFile extends StoredFile {
  readonly content: Readable
}

/** The file of a received message, or of a part of an answer, by the ids in {@link ReceivedMessage}. */
export type ReceivedFileQuery = { readonly accountId: string } & (
  | { readonly conversation: Conversation; readonly messageId: string }
  | { readonly partId: string }
)

export interface ReplyPartReport {
  readonly id: string
  readonly purpose: string
  /** Its text, or the name of its file; empty where that is no longer stored. */
  readonly text: string
  readonly isFile: boolean
  /** The file itself, where it is still stored. */
  readonly file?: StoredFile
  readonly state: string
  /** Why it is not sent; empty before the first attempt. */
  readonly reason: string
  readonly attempts: number
  /** Milliseconds since the epoch. */
  readonly createdMs: number
  /** Of the last attempt to send it. */
  readonly attemptedMs?: number
}
