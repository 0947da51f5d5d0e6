/**
 * What a message quotes. iLink has sent quotes in several shapes over time: with the quoted item in full, with an item
 * that has no body, and with nothing but an id; the last two need the puppet's own memory of recent messages.
 */

import { contentOf, summaryOf } from './content.ts'
import { partOf } from './partial-quote.ts'
import type { RawMessage } from './raw-message.ts'
import type { WireItem, WireMessage, WireRef } from './wire-message.ts'

export interface Quote {
  /** Id of the quoted message, where iLink says it. */
  messageId?: string
  /** Who wrote it, where the puppet remembers the message. */
  talkerId?: string
  text: string
  /** The quoted item when it came in full. */
  item?: WireItem
}

/** Looks a message up among the recent ones, received and sent. */
export type FindMessage = (id: string) => RawMessage | undefined

const unknownContent = '[a message that is no longer known]'

const refOf = (wire: WireMessage): WireRef | undefined =>
  wire.item_list?.find((item) => item.ref_msg !== undefined)?.ref_msg

const hasBody = (item: WireItem | undefined): item is WireItem =>
  item !== undefined &&
  [item.text_item?.text, item.image_item, item.voice_item, item.file_item, item.video_item].some(Boolean)

const remembered = (ref: WireRef, find: FindMessage): RawMessage | undefined => {
  for (const id of [ref.svr_id, ref.message_item?.msg_id]) {
    const found = id === undefined ? undefined : find(id)
    if (found !== undefined) return found
  }
  return undefined
}

const summaryOfMessage = (raw: RawMessage | undefined): string =>
  raw === undefined ? '' : summaryOf(contentOf(raw.wire.item_list ?? []))

/** The quoted words: the item's own, else those of the remembered message, else the title the server gave. */
const quotedText = (ref: WireRef, item: WireItem | undefined, known: RawMessage | undefined): string => {
  const whole = (item === undefined ? '' : summaryOf(contentOf([item]))) || summaryOfMessage(known)
  if (whole === '') return ref.title || unknownContent
  return ref.partial_text === undefined ? whole : partOf(whole, ref.partial_text)
}

export const quoteOf = (wire: WireMessage, find: FindMessage): Quote | undefined => {
  const ref = refOf(wire)
  if (ref === undefined) return undefined
  const item = hasBody(ref.message_item) ? ref.message_item : undefined
  const known = remembered(ref, find)
  const messageId = known?.id ?? ref.svr_id ?? ref.message_item?.msg_id
  return {
    text: quotedText(ref, item, known),
    ...(messageId === undefined ? {} : { messageId }),
    ...(known === undefined ? {} : { talkerId: known.talkerId }),
    ...(item === undefined ? {} : { item }),
  }
}

const separator = '- - - - - - - - - - - - - - -'

/** The form in which Wechaty puppets show a quote, since the contract has no field for it. */
export const withQuote = (text: string, name: string, quote: Quote): string =>
  `「${name}：${quote.text}」\n${separator}\n${text}`
