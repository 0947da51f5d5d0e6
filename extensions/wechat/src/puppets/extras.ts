/**
 * Members beyond the Wechaty contract that a puppet may offer, found by their shape. The contract knows no typing
 * indicator, no acknowledgement and no message id chosen by the sender.
 */

import type { FileBoxInterface } from 'file-box'

export interface QuotedMessage {
  readonly talkerId?: string
  readonly text: string
  /** The id for `messageFile` that fetches the quoted file, if there is one. */
  readonly fileId?: string
  readonly fileKind?: 'image' | 'voice' | 'video' | 'file'
}

export interface SendTextOptions {
  readonly clientId: string
  /** Id of the received message that the text answers. Given only to a puppet with the capability `quote`. */
  readonly quoteMessageId?: string
  readonly signal?: AbortSignal
}

/** Whether the backend would take a message now, and how many more. Times are milliseconds since the epoch by its clock. */
export interface SendWindow {
  readonly open: boolean
  readonly remaining: number
  /** Absent where it never opened, or a puppet does not tell. */
  readonly openedAtMs?: number
  readonly closesAtMs?: number
  /** What earlier refusals make likely, where that is less. */
  readonly likely?: { readonly remaining: number; readonly closesAtMs: number }
}

/** What refusals have told of the backend's real limits for sends; absent: as documented. */
export interface LearntLimits {
  readonly sends?: number | undefined
  readonly windowMs?: number | undefined
  readonly refusals: { readonly quota: number; readonly window: number; readonly rate: number }
  readonly lastRefusalMs?: number | undefined
}

export interface ReceiveFileOptions {
  /** A larger file is not fetched. */
  readonly maxBytes: number
  /** Ends the download. */
  readonly signal: AbortSignal
  /** The puppet's own copy must stay until this aborts. */
  readonly until: AbortSignal
}

export interface PuppetExtras {
  /** What a message quotes; undefined when it quotes nothing. */
  messageQuote?(messageId: string): Promise<QuotedMessage | undefined>
  /** The message is safe here; the backend may forget it. */
  ack?(messageId: string): void | Promise<void>
  /** Deletes the puppet's own copy of the message: its text must not be stored. */
  messageForget?(messageId: string): void | Promise<void>
  conversationTyping?(conversationId: string, on: boolean): Promise<void>
  /** A backend that de-duplicates shows a repeated `clientId` once. */
  sendText?(conversationId: string, text: string, options: SendTextOptions): Promise<unknown>
  sendFile?(
    conversationId: string,
    file: FileBoxInterface,
    options: { clientId: string; signal?: AbortSignal },
  ): Promise<unknown>
  /** As `messageFile`, for a puppet that can end a download. */
  receiveFile?(messageId: string, options: ReceiveFileOptions): Promise<FileBoxInterface>
  /** Leaves further events with the server while `isHeld`, for a puppet that reads them from one. */
  holdMessages?(isHeld: boolean): void
  /** Asks the backend for no more messages until the next start, and sends on. */
  stopReceiving?(): void
  /** Takes what another puppet of the account has handed to `PuppetPlace.onUnstored`. Resolves when it is stored. */
  receiveAgain?(unstored: unknown): Promise<void>
  sendWindow?(conversationId: string): SendWindow | Promise<SendWindow>
  sendLimits?(): Promise<LearntLimits | undefined>
}

/** Asks for the digits that a phone shows during login; `attempt` 2 and more: the last ones were wrong. */
export type AskVerifyCode = (request: {
  readonly attempt: number
  readonly signal: AbortSignal
}) => Promise<string>

/** A puppet that may need such digits has a property to set. */
export function askVerifyCodeWith(puppet: object, ask: AskVerifyCode): void {
  if ('onVerifyCode' in puppet) puppet.onVerifyCode = ask
}

/** A member of a puppet, of which nothing is known; undefined where it has none, or a getter that throws. */
export function memberOf(puppet: object, name: string): unknown {
  try {
    return Reflect.get(puppet, name)
  } catch {
    return undefined
  }
}

/** Values of a puppet that no log may show, such as the token of its login. */
export function secretsOf(puppet: object): readonly string[] {
  const secrets = memberOf(puppet, 'secrets')
  return Array.isArray(secrets) ? secrets.filter((secret) => typeof secret === 'string') : []
}

/** Whether a running puppet reaches its backend; undefined for one that does not know. */
export function isConnected(puppet: object): boolean | undefined {
  const connected = memberOf(puppet, 'connected')
  return typeof connected === 'boolean' ? connected : undefined
}

/** Whether events of the puppet wait to be read, an answer to `ding` perhaps among them. */
export function isHeldBack(puppet: object): boolean {
  return memberOf(puppet, 'isHeldBack') === true
}

/** Why a connected puppet cannot receive messages; undefined where it can, or does not know. */
export function receiveProblemOf(puppet: object): unknown {
  return memberOf(puppet, 'receiveProblem')
}

/** How far the clock of the backend is ahead of this machine's, in milliseconds; undefined for a puppet that does not know. */
export function clockOffsetOf(puppet: object): number | undefined {
  const offsetMs = memberOf(puppet, 'clockOffsetMs')
  return typeof offsetMs === 'number' && Number.isFinite(offsetMs) ? offsetMs : undefined
}

const names = [
  'ack',
  'conversationTyping',
  'holdMessages',
  'messageForget',
  'messageQuote',
  'receiveAgain',
  'receiveFile',
  'sendFile',
  'sendLimits',
  'sendText',
  'sendWindow',
  'stopReceiving',
] as const

export function extrasOf(puppet: object): PuppetExtras {
  const extras: PuppetExtras = {}
  for (const name of names) {
    const member = memberOf(puppet, name)
    if (typeof member === 'function') Object.assign(extras, { [name]: member.bind(puppet) })
  }
  return extras
}
