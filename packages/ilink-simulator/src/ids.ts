// Ids and secrets in the shapes that the service gives them.

import { randomBytes } from 'node:crypto'

/** 12 hex characters and the bot suffix. */
export function newBotId(): string {
  return `${randomBytes(6).toString('hex')}@im.bot`
}

/** Mixed case, like an openid: the service compares user ids exactly. */
export function newUserId(): string {
  return `o9cq80${randomBytes(16).toString('base64url')}@im.wechat`
}

export function newBotToken(botId: string): string {
  return `${botId}:${randomBytes(16).toString('hex')}`
}

/** 136 characters. */
export function newContextToken(): string {
  return `AARzJW${randomBytes(98).toString('base64url').slice(0, 130)}`
}

export function newTypingTicket(): string {
  return randomBytes(48).toString('base64')
}

/** 32 hex characters: QR codes and CDN parameters. */
export function newHexId(): string {
  return randomBytes(16).toString('hex')
}

/**
 * Message ids: unsigned 64-bit, rising, far above 2^53 and mostly odd in their low digits, so that a client which
 * reads one as a double ends with another number.
 */
export class MessageIds {
  #last = 0n

  next(nowMs: number): bigint {
    const fromTime = (BigInt(nowMs) << 22n) | 1n
    this.#last = fromTime > this.#last ? fromTime : this.#last + 1n
    return this.#last
  }
}
