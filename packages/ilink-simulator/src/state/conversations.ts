// What a bot may say to a user, and for how long: context tokens, the quota per message heard, the window.

import { newContextToken, newTypingTicket } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import { maxContextTokens } from '../limits.ts'
import { setCapped } from './capped.ts'

/** A message as the user's phone got it. */
export type Sent = {
  botId: string
  to: string
  atMs: number
  messageId: string
  clientId: string
  contextToken: string
  items: JsonObject[]
  media?: { kind: string; name: string; size: number; md5: string }
  /** What a phone could not show of it. */
  flags: string[]
}

/** A message as the user wrote it. */
export type Heard = { botId: string; from: string; atMs: number; messageId: string; items: JsonObject[] }

export type Conversation = {
  userId: string
  /** The newest tokens of this conversation, with the time of their messages. */
  tokens: Map<string, number>
  /** Undefined until the user has written. */
  lastHeardMs: number | undefined
  sentSinceHeard: number
  /** Accepted messages that are shown when the user writes next. */
  held: Sent[]
  typingTicket: string
  /** Phones show it until it is cancelled, or the next message comes. */
  isTyping: boolean
}

/** An answer's `ret` and `errmsg` as the service gives them. */
export type Refusal = { ret: number; errmsg: string }

export type SendLimits = { quota: number; windowMs: number }

export function newConversation(userId: string): Conversation {
  return {
    userId,
    tokens: new Map(),
    lastHeardMs: undefined,
    sentSinceHeard: 0,
    held: [],
    typingTicket: newTypingTicket(),
    isTyping: false,
  }
}

/** The user wrote: a new context token, and the bot may send again. */
export function hear(conversation: Conversation, nowMs: number): string {
  const token = newContextToken()
  setCapped(conversation.tokens, token, nowMs, maxContextTokens)
  conversation.lastHeardMs = nowMs
  conversation.sentSinceHeard = 0
  return token
}

/**
 * Why a send is refused, or `undefined` when it may pass. The service answers -2 in all four cases; the words differ
 * from report to report, so each case has one of them here.
 */
export function refusalOf(
  conversation: Conversation,
  contextToken: string,
  nowMs: number,
  limits: SendLimits,
): Refusal | undefined {
  const issuedMs = conversation.tokens.get(contextToken)
  if (conversation.lastHeardMs === undefined || issuedMs === undefined)
    return { ret: -2, errmsg: 'unknown error' }
  if (nowMs - issuedMs > limits.windowMs) return { ret: -2, errmsg: '' }
  if (conversation.sentSinceHeard >= limits.quota) return { ret: -2, errmsg: 'rate limited' }
  return undefined
}
