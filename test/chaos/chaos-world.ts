/**
 * A backend that outlives its puppets. It records the messages of users and the received texts of the bot.
 */

import type { payloads } from 'wechaty-puppet'
import { types } from 'wechaty-puppet'

export const botId = 'bot'
/** Chats of one run: two direct ones and a group. */
export const people = ['alice', 'bob'] as const
export const roomId = 'room@chatroom'

export interface Delivery {
  readonly conversationId: string
  readonly text: string
}

export class ChaosWorld {
  /** Whether puppets stop misbehaving, so that everything can finish. */
  calm = false
  readonly messages = new Map<string, payloads.Message>()
  /** Texts that users received, in order. */
  readonly delivered: Delivery[] = []
  /** Texts whose send ended with an unknown result. */
  readonly uncertain = new Set<string>()
  /** Number of puppets so far. */
  puppets = 0
  /** Whether this backend accepts an id with each text, so that a text may be sent again. */
  readonly resends: boolean

  constructor(resends: boolean) {
    this.resends = resends
  }

  /** Receives a text. A backend that accepts ids shows a repeated text once. Here each text has its own id. */
  deliver(conversationId: string, text: string): void {
    if (this.resends && this.delivered.some((one) => one.text === text)) return
    this.delivered.push({ conversationId, text })
  }

  /** Adds a message of a user, which the bot must receive. */
  write(id: string, talkerId: string, text: string, inRoom: boolean): payloads.Message {
    const common = { id, talkerId, text, timestamp: Date.now(), type: types.Message.Text }
    const message: payloads.Message = inRoom
      ? { ...common, roomId, mentionIdList: [botId] }
      : { ...common, listenerId: botId }
    this.messages.set(id, message)
    return message
  }
}
