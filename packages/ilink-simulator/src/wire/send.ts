// sendmessage: what the service accepts, what it refuses with which words, and what the phone shows then.

import { idAt, isObject, type JsonObject, listAt, numberAt, objectAt, textAt } from '../json.ts'
import { maxClientIds, maxTextChars, prepareFailed } from '../limits.ts'
import { itemTypes } from '../message.ts'
import { type Bot, rememberSaid } from '../state/bots.ts'
import { setCapped } from '../state/capped.ts'
import type { Conversation, Refusal, Sent } from '../state/conversations.ts'
import { profiles, type Verdict } from '../state/profiles.ts'
import type { World } from '../state/world.ts'
import { answer, type BotHandler, type Call, invalidArguments, type Outcome, refuse } from './call.ts'
import { seenOnPhone } from './phone.ts'

type Outgoing = { to: string; clientId: string; contextToken: string; items: JsonObject[]; raw: JsonObject }

export const sendMessage: BotHandler = (call, bot) => {
  const message = readMessage(call.body)
  if (!message) return refuse(invalidArguments)
  if (message.items.length > 1) call.record.violations.push('item_list has more than one item')
  // Exact match: ids in another case, or with a prefix, are unknown to the service.
  const conversation = bot.conversations.get(message.to)
  if (!conversation || isBadMix(message.items)) return refuse(invalidArguments)
  const { settings } = call.world
  const known = settings.dedupe ? bot.sentIds.get(message.clientId) : undefined
  if (known !== undefined) return accept(known)
  const refusal = contentRefusal(message.items)
  if (refusal) return refuse(refusal)
  const { contextToken } = message
  const nowMs = call.world.clock.now()
  const verdict = profiles[settings.profile]({ bot, conversation, contextToken, nowMs, settings })
  if (typeof verdict === 'object') return refuse(verdict)
  return pass(call, bot, conversation, message, settings.silentDrop ? 'lost' : verdict)
}

function readMessage(body: JsonObject): Outgoing | undefined {
  const raw = objectAt(body, 'msg')
  if (!raw) return undefined
  return {
    to: textAt(raw, 'to_user_id'),
    clientId: textAt(raw, 'client_id'),
    contextToken: textAt(raw, 'context_token'),
    items: listAt(raw, 'item_list').filter(isObject),
    raw,
  }
}

/** Different kinds of items in one message were refused by the service. */
function isBadMix(items: JsonObject[]): boolean {
  return new Set(items.map((item) => item.type)).size > 1
}

function contentRefusal(items: JsonObject[]): Refusal | undefined {
  const [item] = items
  if (!item) return { ret: -2, errmsg: '' }
  const text = textAt(objectAt(item, 'text_item') ?? {}, 'text')
  if (numberAt(item, 'type') === itemTypes.text && text === '') return { ret: -2, errmsg: '' }
  return text.length > maxTextChars ? prepareFailed : undefined
}

/** Counts the message, shows it on the phone unless it is lost or held, and answers with its id unless it is lost. */
function pass(
  call: Call,
  bot: Bot,
  conversation: Conversation,
  message: Outgoing,
  verdict: Exclude<Verdict, Refusal>,
): Outcome {
  const { world } = call
  const atMs = world.clock.now()
  conversation.sentSinceHeard += 1
  conversation.isTyping = false
  if (verdict === 'lost') return answer({ ret: 0 })
  // A client may choose the id itself; quotes of the message then carry that one.
  const messageId = idAt(message.raw, 'message_id') ?? world.messageIds.next(atMs)
  if (message.clientId !== '') setCapped(bot.sentIds, message.clientId, messageId, maxClientIds)
  for (const item of message.items) rememberSaid(bot, messageId, { item, atMs })
  const { to, clientId, contextToken, items } = message
  const ids = { botId: bot.botId, to, atMs, messageId: `${messageId}`, clientId, contextToken }
  const shown = { ...ids, items, ...seenOnPhone(world, items) }
  if (verdict === 'held') conversation.held.push(shown)
  else show(world, [shown])
  return accept(messageId)
}

/** Puts messages onto the phone. */
export function show(world: World, messages: Sent[]): void {
  for (const message of messages) world.sent.add({ ...message, atMs: world.clock.now() })
  world.sentWaiters.wakeAll()
}

function accept(messageId: bigint): Outcome {
  return answer({ ret: 0, message_id: messageId })
}
