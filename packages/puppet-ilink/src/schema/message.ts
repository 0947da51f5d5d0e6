/**
 * Turns a stored message into a Wechaty message payload.
 */

import * as PUPPET from 'wechaty-puppet'
import { safeFileName } from '../media/index.ts'
import { nameOf } from './contact.ts'
import { type Content, contentOf, type MediaContent, type MediaKind } from './content.ts'
import { type FindMessage, quoteOf, withQuote } from './quote.ts'
import type { RawMessage } from './raw-message.ts'
import { itemType } from './wire-message.ts'

const typeOfMedia: Record<MediaKind, PUPPET.types.Message> = {
  image: PUPPET.types.Message.Image,
  video: PUPPET.types.Message.Video,
  file: PUPPET.types.Message.Attachment,
  voice: PUPPET.types.Message.Audio,
}

const extensionOf: Record<MediaKind, string> = { image: '.jpg', video: '.mp4', file: '.bin', voice: '.wav' }

/**
 * The sender's name for a file, made safe, else one made of the message's id.
 * @param extension the extension that fits the content, with its dot; the default depends on the kind
 */
export const fileNameOf = (id: string, { kind, name }: MediaContent, extension = extensionOf[kind]): string =>
  safeFileName(name ?? `${id.replaceAll(/[^\w-]/g, '_')}${extension}`)

const typeOf = (raw: RawMessage, { media }: Content): PUPPET.types.Message => {
  if (media !== undefined) return typeOfMedia[media.kind]
  const known = raw.wire.item_list?.some(
    (item) => item.type === itemType.text || item.text_item !== undefined,
  )
  return known ? PUPPET.types.Message.Text : PUPPET.types.Message.Unknown
}

const textOf = (raw: RawMessage, content: Content, find: FindMessage): string => {
  const quote = quoteOf(raw, find)
  if (quote === undefined) return content.text
  return withQuote(content.text, quote.talkerId === undefined ? 'quoted' : nameOf(quote.talkerId), quote)
}

/** Direct messages have a listener; a group's (which iLink does not deliver today) has a room. */
const addressOf = (raw: RawMessage, selfId: string) => {
  // No mentionIdList: an empty one would switch off Wechaty's own search for mentions in the text.
  if (raw.wire.group_id) return { roomId: raw.wire.group_id }
  const listenerId = raw.talkerId === raw.conversationId ? raw.wire.to_user_id || selfId : raw.conversationId
  return { listenerId }
}

/**
 * @param selfId the bot's own id, for messages that do not say to whom they are
 * @param find recent messages, for quotes that hold only an id
 */
export const messagePayload = (
  raw: RawMessage,
  selfId: string,
  find: FindMessage,
): PUPPET.payloads.Message => {
  const content = contentOf(raw.wire.item_list ?? [])
  return {
    id: raw.id,
    talkerId: raw.talkerId,
    timestamp: raw.atMs,
    type: typeOf(raw, content),
    text: textOf(raw, content, find),
    ...(content.media === undefined ? {} : { filename: fileNameOf(raw.id, content.media) }),
    ...addressOf(raw, selfId),
  }
}
