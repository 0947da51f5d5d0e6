// A user writes to a bot: the message is built, given its ids and its context token, and put into the bot's mailbox.

import type { z } from 'zod'
import { type JsonObject, wireText, withWireIdsIn } from '../json.ts'
import { textItem, userMessage } from '../message.ts'
import { type Bot, conversationWith, rememberSaid } from '../state/bots.ts'
import { hear } from '../state/conversations.ts'
import type { World } from '../state/world.ts'
import { show } from '../wire/send.ts'
import { refMsgOf } from './quote.ts'
import { ControlRefusal } from './refusal.ts'
import type { inboundSchema } from './schemas.ts'

type Inbound = z.output<typeof inboundSchema>
/** `messageId` is a decimal number. */
export type Received = { messageId: string; contextToken: string }

/** Delivers the messages together, or none of them when one is wrong. */
export function receiveAll(world: World, batch: Inbound[]): Received[] {
  for (const inbound of batch) itemsOf(knownBot(world, inbound.botId), inbound)
  return batch.map((inbound) => receive(world, inbound))
}

/** Delivers the message and returns its id and the context token it carried. */
export function receive(world: World, inbound: Inbound): Received {
  const bot = knownBot(world, inbound.botId)
  if (bot.mailbox.isFull) throw new ControlRefusal(409, `bot ${bot.botId} has too many undelivered messages`)
  const nowMs = world.clock.now()
  const from = inbound.from ?? bot.userId
  const messageId = inbound.messageId === undefined ? world.messageIds.next(nowMs) : BigInt(inbound.messageId)
  const createTimeMs = inbound.createTimeMs ?? nowMs
  const items = itemsOf(bot, inbound)
  const conversation = conversationWith(bot, from)
  const contextToken = hear(conversation, nowMs)
  show(world, conversation.held.splice(0))
  const facts = {
    seq: bot.mailbox.nextSeq(),
    messageId,
    from,
    to: bot.botId,
    createTimeMs,
    contextToken,
    items,
  }
  const extra = inbound.extra && withWireIdsIn(inbound.extra)
  world.heard.add({ botId: bot.botId, from, atMs: nowMs, messageId: `${messageId}`, items })
  for (const item of items) rememberSaid(bot, messageId, { item, atMs: createTimeMs })
  bot.mailbox.add(wireText(userMessage({ ...facts, groupId: inbound.groupId, extra })))
  return { messageId: `${messageId}`, contextToken }
}

export function knownBot(world: World, botId: string): Bot {
  const bot = world.bots.byId(botId)
  if (!bot) throw new ControlRefusal(404, `botId: there is no bot ${botId}`)
  return bot
}

function itemsOf(bot: Bot, { text, item, items, quote }: Inbound): JsonObject[] {
  const all = [...(text === undefined ? [] : [textItem(text)]), ...(item ? [item] : []), ...(items ?? [])]
  if (all.length === 0) throw new ControlRefusal(400, 'text: expected text, item or items')
  const [first = {}, ...others] = all.map(withWireIdsIn)
  return [quote ? { ...first, ref_msg: refMsgOf(bot, quote) } : first, ...others]
}
