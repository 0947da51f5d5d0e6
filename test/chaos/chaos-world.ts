/**
 * A backend that goes on while puppets come and go: who wrote what, and what of the bot's words arrived.
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
  /** No more mischief: what is to come to an end can. */
  calm = false
  readonly messages = new Map<string, payloads.Message>()
  /** What people saw, in order. */
  readonly delivered: Delivery[] = []
  /** Texts whose send ended in a way that tells the sender nothing. */
  readonly uncertain = new Set<string>()
  /** How many puppets there have been. */
  puppets = 0
  /** This backend takes an id with each text, so a text may be sent again. */
  readonly resends: boolean

  constructor(resends: boolean) {
    this.resends = resends
  }

  /** A text arrives. A backend that takes ids shows a repeated one once; here each text has its own. */
  deliver(conversationId: string, text: string): void {
    if (this.resends && this.delivered.some((one) => one.text === text)) return
    this.delivered.push({ conversationId, text })
  }

  /** A message that a person writes, which the bot is to be told of. */
  write(id: string, talkerId: string, text: string, inRoom: boolean): payloads.Message {
    const common = { id, talkerId, text, timestamp: Date.now(), type: types.Message.Text }
    const message: payloads.Message = inRoom
      ? { ...common, roomId, mentionIdList: [botId] }
      : { ...common, listenerId: botId }
    this.messages.set(id, message)
    return message
  }
}
