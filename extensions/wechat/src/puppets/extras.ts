/**
 * Members beyond the Wechaty contract that a puppet may offer, found by their shape. The contract knows no typing
 * indicator, no acknowledgement and no message id chosen by the sender.
 */

import type { FileBoxInterface } from 'file-box'

export interface QuotedMessage {
  readonly talkerId?: string
  readonly text: string
  /** What `messageFile` takes to get the quoted file, if there is one, */
  readonly fileId?: string
  /** and what it is. */
  readonly fileKind?: 'image' | 'voice' | 'video' | 'file'
}

export interface SendTextOptions {
  readonly clientId: string
  /** Of a received message that the text answers to. Given only to a puppet with the capability `quote`. */
  readonly quoteMessageId?: string
  readonly signal?: AbortSignal
}

export interface PuppetExtras {
  /** What a message quotes; undefined when it quotes nothing. */
  messageQuote?(messageId: string): Promise<QuotedMessage | undefined>
  /** The message is safe here; the backend may forget it. */
  ack?(messageId: string): void
  conversationTyping?(conversationId: string, on: boolean): Promise<void>
  /** A backend that de-duplicates shows a repeated `clientId` once. */
  sendText?(conversationId: string, text: string, options: SendTextOptions): Promise<unknown>
  sendFile?(
    conversationId: string,
    file: FileBoxInterface,
    options: { clientId: string; signal?: AbortSignal },
  ): Promise<unknown>
  /** Whether the backend would take a message now, and how many more. */
  sendWindow?(conversationId: string): { readonly open: boolean; readonly remaining: number }
}

/** Asked for the digits that a phone shows during login; `attempt` 2 and more: the last ones were wrong. */
export type AskVerifyCode = (request: {
  readonly attempt: number
  readonly signal: AbortSignal
}) => Promise<string>

/** A puppet that may need such digits has a property to set. */
export function askVerifyCodeWith(puppet: object, ask: AskVerifyCode): void {
  if ('onVerifyCode' in puppet) puppet.onVerifyCode = ask
}

/** What a puppet holds that no log may show, such as the token of its login. */
export function secretsOf(puppet: object): readonly string[] {
  const secrets: unknown = Reflect.get(puppet, 'secrets')
  return Array.isArray(secrets) ? secrets.filter((secret) => typeof secret === 'string') : []
}

/** Whether a puppet that runs reaches its backend; undefined for one that does not tell. */
export function isConnected(puppet: object): boolean | undefined {
  const connected: unknown = Reflect.get(puppet, 'connected')
  return typeof connected === 'boolean' ? connected : undefined
}

const names = ['ack', 'conversationTyping', 'messageQuote', 'sendFile', 'sendText', 'sendWindow'] as const

export function extrasOf(puppet: object): PuppetExtras {
  const extras: PuppetExtras = {}
  for (const name of names) {
    const member: unknown = Reflect.get(puppet, name)
    if (typeof member === 'function') Object.assign(extras, { [name]: member.bind(puppet) })
  }
  return extras
}
