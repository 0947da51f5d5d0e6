// How a message names the one it quotes: the service has done it in several ways, and all of them still arrive.

import type { z } from 'zod'
import { type JsonObject, withWireIdsIn } from '../json.ts'
import { textItem } from '../message.ts'
import type { Bot, Said } from '../state/bots.ts'
import { ControlRefusal } from './refusal.ts'
import type { quoteSchema } from './schemas.ts'

type Quote = z.output<typeof quoteSchema>

/** `ref_msg` of the quoting item. */
export function refMsgOf(bot: Bot, quote: Quote): JsonObject {
  const partial = quote.partial && { partial_text: partialText(quote.partial) }
  const title = quote.title === undefined ? {} : { title: quote.title }
  return { ...title, ...quotedPart(bot, quote), ...partial }
}

function quotedPart(bot: Bot, quote: Quote): JsonObject {
  const ids = quote.messageId === undefined ? {} : { msg_id: BigInt(quote.messageId) }
  if (quote.shape === 'id') return { svr_id: ids.msg_id ?? missing('messageId') }
  const said = saidIn(bot, quote)
  const times = said && { create_time_ms: said.atMs, update_time_ms: said.atMs, is_completed: true }
  if (quote.shape === 'full')
    return { message_item: { ...times, ...ids, ...(said?.item ?? missing('text')) } }
  // A message of the bot, or media, is quoted without a body and with a type that says nothing.
  const type = { type8: { type: 8 }, type0: { type: 0 }, untyped: {} }[quote.shape]
  return { message_item: { ...type, ...times, ...ids, button_item_list: [] } }
}

/** The quoted words: given here, or remembered from either side of the conversation. */
function saidIn(bot: Bot, quote: Quote): Said | undefined {
  const known = bot.said.get(quote.messageId ?? '')
  const item = quote.item ?? (quote.text === undefined ? known?.item : textItem(quote.text))
  return item && { item: withWireIdsIn(item), atMs: quote.createTimeMs ?? known?.atMs ?? 0 }
}

function partialText({ start, end, startIndex, endIndex, md5 }: NonNullable<Quote['partial']>): JsonObject {
  const where = { start, end, startindex: startIndex, endindex: endIndex }
  return md5 === undefined ? where : { ...where, quotemd5: md5 }
}

function missing(field: string): never {
  throw new ControlRefusal(400, `quote.${field}: expected, since this quote knows nothing else`)
}
