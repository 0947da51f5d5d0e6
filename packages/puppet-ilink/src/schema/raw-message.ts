/**
 * What the puppet stores of a message, received or sent: talker, conversation, time, id, and the items as they were on
 * the wire. This is the `rawPayload` of the Wechaty contract.
 */

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { readWireMessage, type WireMessage, wireMessage } from './wire-message.ts'

export const rawMessage = z.object({
  id: z.string(),
  /** The person (or, should iLink ever deliver one, the group) the message was exchanged with. */
  conversationId: z.string(),
  talkerId: z.string(),
  /** Milliseconds since the epoch. */
  atMs: z.number(),
  wire: wireMessage,
})
export type RawMessage = z.infer<typeof rawMessage>

export interface Received {
  raw: RawMessage
  /** Needed for a reply to this person. It is not stored with the message, because it is a secret. */
  contextToken?: string
}

const firstItemId = (wire: WireMessage) => wire.item_list?.find((item) => item.msg_id !== undefined)?.msg_id

const contentHash = (wire: WireMessage) => {
  const content = JSON.stringify([
    wire.from_user_id,
    wire.to_user_id,
    wire.create_time_ms,
    wire.item_list ?? wire,
  ])
  return createHash('sha256').update(content).digest('hex').slice(0, 24)
}

/**
 * The id under which a message is known and recognised as a duplicate: the server's, else that of its first item, else
 * the sender's `client_id`, else sequence number and content.
 */
const messageIdOf = (wire: WireMessage): string => {
  const own = wire.message_id ?? firstItemId(wire)
  if (own !== undefined) return own
  if (wire.client_id) return `client:${wire.client_id}`
  return `seq:${wire.seq ?? ''}:${contentHash(wire)}`
}

/** The server's time, unless it is absent or in the future. @param nowMs by the server's clock */
const timeOf = (wire: WireMessage, nowMs: number): number => {
  const atMs = wire.create_time_ms
  return atMs !== undefined && atMs > 0 && atMs < nowMs ? Math.floor(atMs) : nowMs
}

/** @param value one element of `msgs`, whatever it is */
export const receive = (value: unknown, botId: string, nowMs: number): Received => {
  const { context_token, ...wire } = readWireMessage(value)
  const talkerId = wire.from_user_id || botId
  const peerId = talkerId === botId ? wire.to_user_id : talkerId
  const conversationId = wire.group_id || peerId || botId
  const raw = { id: messageIdOf(wire), conversationId, talkerId, atMs: timeOf(wire, nowMs), wire }
  return context_token && talkerId !== botId ? { raw, contextToken: context_token } : { raw }
}
