/**
 * What a message quotes. iLink has sent quotes in several shapes over time: with the quoted item in full, with an item
 * that has no body, and with nothing but an id; the last two need the puppet's own memory of recent messages.
 */

import { contentOf, type MediaContent, type MediaKind, summaryOf } from './content.ts'
import { partOf } from './partial-quote.ts'
import type { RawMessage } from './raw-message.ts'
import type { WireItem, WireMessage, WireRef } from './wire-message.ts'

export interface Quote {
  /** Id of the quoted message, if iLink gives one. */
  messageId?: string
  /** Who wrote it, if the puppet still has the message. */
  talkerId?: string
  text: string
  /** What `messageFile` takes to get the quoted file, if there is one. */
  fileId?: string
  /** Kind of that file. */
  fileKind?: MediaKind
}

/** Looks a message up among those that were read before: {@link idsQuotedBy}, {@link idsBehind}. */
export type FindMessage = (id: string) => RawMessage | undefined

const unknownContent = '[a message that is no longer known]'

const refOf = (wire: WireMessage): WireRef | undefined =>
  wire.item_list?.find((item) => item.ref_msg !== undefined)?.ref_msg

const hasBody = (item: WireItem | undefined): item is WireItem =>
  item !== undefined &&
  [item.text_item?.text, item.image_item, item.voice_item, item.file_item, item.video_item].some(Boolean)

const idsIn = (ref: WireRef | undefined): string[] =>
  [ref?.svr_id, ref?.message_item?.msg_id].filter((id) => id !== undefined)

/** Messages that `quoteOf` looks for. */
export const idsQuotedBy = ({ wire }: RawMessage): string[] => idsIn(refOf(wire))

/** Only of the same conversation: an id must not open what another person has written or sent. */
const remembered = (ref: WireRef, conversationId: string, find: FindMessage): RawMessage | undefined =>
  idsIn(ref)
    .map(find)
    .find((found) => found?.conversationId === conversationId)

const summaryOfMessage = (raw: RawMessage | undefined): string =>
  raw === undefined ? '' : summaryOf(contentOf(raw.wire.item_list ?? []))

/** The quoted text: the item's own, else that of the stored message, else the title that the server gave. */
const quotedText = (ref: WireRef, item: WireItem | undefined, known: RawMessage | undefined): string => {
  const whole = (item === undefined ? '' : summaryOf(contentOf([item]))) || summaryOfMessage(known)
  if (whole === '') return ref.title || unknownContent
  return ref.partial_text === undefined ? whole : partOf(whole, ref.partial_text)
}

const quotePrefix = 'quote:'

/** A stored message has its file under its own id; a file inside the quote is found under the quoting message's id. */
const fileOf = (quotingId: string, item: WireItem | undefined, known: RawMessage | undefined) => {
  const own = known && contentOf(known.wire.item_list ?? []).media
  if (known && own) return { fileId: known.id, fileKind: own.kind }
  const inside = item && contentOf([item]).media
  return inside === undefined ? {} : { fileId: quotePrefix + quotingId, fileKind: inside.kind }
}

const fullItem = (ref: WireRef | undefined) => (hasBody(ref?.message_item) ? ref.message_item : undefined)

export const quoteOf = ({ id, wire, conversationId }: RawMessage, find: FindMessage): Quote | undefined => {
  const ref = refOf(wire)
  if (ref === undefined) return undefined
  const item = fullItem(ref)
  const known = remembered(ref, conversationId, find)
  const messageId = known?.id ?? ref.svr_id ?? ref.message_item?.msg_id
  return {
    text: quotedText(ref, item, known),
    ...(messageId === undefined ? {} : { messageId }),
    ...(known === undefined ? {} : { talkerId: known.talkerId }),
    ...fileOf(id, item, known),
  }
}

const quotingId = (id: string): string | undefined =>
  id.startsWith(quotePrefix) ? id.slice(quotePrefix.length) : undefined

/** Messages that `mediaBehind` looks for. */
export const idsBehind = (id: string): string[] => [id, quotingId(id)].filter((one) => one !== undefined)

/** The medium behind a message id, or behind the `fileId` of a quote. */
export const mediaBehind = (id: string, find: FindMessage): MediaContent | undefined => {
  const own = find(id)
  if (own !== undefined) return contentOf(own.wire.item_list ?? []).media
  const quoting = find(quotingId(id) ?? id)
  const item = quoting === undefined ? undefined : fullItem(refOf(quoting.wire))
  return item === undefined ? undefined : contentOf([item]).media
}

const separator = '- - - - - - - - - - - - - - -'

/** A quote in the form that Wechaty puppets use, since the contract has no field for it. */
export const withQuote = (text: string, name: string, quote: Quote): string =>
  `「${name}：${quote.text}」\n${separator}\n${text}`
