/**
 * What this puppet can do beyond the Wechaty contract, for callers that ask for a capability instead of a name.
 */

import type { FileBoxInterface } from 'file-box'
import type { ILinkError } from './errors.ts'
import { maxMediaBytes, maxTextLength, minSendGapMs, sendBudget } from './limits.ts'
import type { AskVerifyCode } from './login/qr-login.ts'
import type { FileLimits } from './receive/media-files.ts'
import type { Unstored } from './receive/receiver.ts'
import type { MediaKind } from './schema/content.ts'
import type { Quote } from './schema/quote.ts'
import type { SendOptions, Sent } from './send/sender.ts'
import type { LearntLimits } from './store/learnt-limits.ts'
import type { SendWindow } from './store/windows.ts'

export interface Capabilities {
  rooms: boolean
  typing: boolean
  /** Can a reply quote a message? */
  quote: boolean
  /** `subset`: bold, headings, lists, tables, code and links are shown. */
  markdown: 'subset' | 'none'
  /** UTF-16 units. */
  maxTextLength: number
  /** Sends allowed per received message, and for how long. */
  sendBudget?: { sends: number; windowMs: number }
  /** Do ids mean the same person after another login? */
  idStability: 'stable' | 'session'
  /** Are all received messages from people, and their texts what people wrote, never notes or markup of WeChat's? */
  peopleOnly: boolean
  /** May a send whose outcome is unknown be repeated with the same client id? */
  resendUncertain: boolean
  /** Is there an `ack` that can decide when a received message is done with? */
  ack: boolean
  /** Kinds that can be sent. A bot can receive voice messages, but sends them as files. */
  mediaKinds: readonly MediaKind[]
  maxMediaBytes: number
  /** Sends that follow each other faster than this are at risk of being refused. */
  minSendGapMs: number
  /** Id of the person who scanned; known after login. */
  ownerId?: string
}

export const capabilitiesFor = (ownerId: string | undefined): Capabilities => ({
  rooms: false,
  typing: true,
  quote: false,
  markdown: 'subset',
  maxTextLength,
  sendBudget,
  idStability: 'stable',
  peopleOnly: true,
  resendUncertain: true,
  ack: true,
  mediaKinds: ['image', 'video', 'file'],
  maxMediaBytes,
  minSendGapMs,
  ...(ownerId ? { ownerId } : {}),
})

/** What PuppetILink adds to the Wechaty puppet contract. */
export interface ILinkExtras {
  readonly capabilities: Capabilities
  /** Secrets that this puppet holds (the token of its login), for programs that redact their log. */
  readonly secrets: readonly string[]
  /** True while logged in and the latest poll was answered; false while the backend is unreachable. */
  readonly connected: boolean
  /** Why no message can be received: the failed poll, a batch above 128 MiB, or a full disk; else undefined. */
  readonly receiveProblem: ILinkError | undefined
  /**
   * How far iLink's clock is ahead of this machine's, in milliseconds; negative if it is behind. Undefined until an answer
   * of iLink was seen. Differences of less than a minute are 0.
   */
  readonly clockOffsetMs: number | undefined
  /** Called when a login needs the verification code that the phone shows. */
  onVerifyCode?: AskVerifyCode
  /**
   * Acknowledges a received message: its consumer has stored it. With `acknowledge: 'manual'` it is emitted again after
   * every restart until then, and the next poll waits for it. Unknown and repeated ids are no-ops.
   */
  ack(messageId: string): void
  /**
   * Deletes the stored copy of a received message, for a consumer that must not store what it says. It can no longer be
   * looked up or quoted. Does not acknowledge it. Unknown ids are no-ops. Never rejects.
   */
  messageForget(messageId: string): Promise<void>
  /** Ends polling until the next start; sending goes on. For a program that is about to stop. */
  stopReceiving(): void
  /**
   * Takes messages that another puppet of this bot has handed to its `onUnstored`, each once. Resolves when they are stored.
   * @throws ILinkError: not-logged-in; invalid-argument for messages of another bot
   */
  receiveAgain(unstored: Unstored): Promise<void>
  /** Shows or hides "is typing". Never rejects. */
  conversationTyping(conversationId: string, on: boolean): Promise<void>
  /** @throws ILinkError */
  sendText(conversationId: string, text: string, options: SendOptions): Promise<Sent>
  /** @throws ILinkError */
  sendFile(conversationId: string, file: FileBoxInterface, options: SendOptions): Promise<Sent>
  /** Whether, and how often, this person can be written to now. */
  sendWindow(conversationId: string): Promise<SendWindow>
  /** What refusals have told of the backend's real limits for sends; undefined while the puppet is stopped. */
  sendLimits(): Promise<LearntLimits | undefined>
  /**
   * As Wechaty's `messageFile`, for a caller that may give the file up: the download ends when everyone who waits for it
   * has done so, and a file larger than `maxBytes` is not downloaded.
   * @throws ILinkError, and the reason of `signal`
   */
  receiveFile(messageId: string, limits?: FileLimits): Promise<FileBoxInterface>
  /** What a message quotes; `undefined` when it quotes nothing or is unknown. */
  messageQuote(messageId: string): Promise<Quote | undefined>
}
