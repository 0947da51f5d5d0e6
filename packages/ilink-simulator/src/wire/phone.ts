// What a phone makes of a message: the media it can open, and what it cannot show.

import { isObject, type JsonObject, numberAt, objectAt, textAt } from '../json.ts'
import { surelyShownTextChars } from '../limits.ts'
import { keyFromMedia, openWith, type Plain } from '../media/cipher.ts'
import type { MediaKind, Medium } from '../media/store.ts'
import { itemTypes } from '../message.ts'
import type { Sent } from '../state/conversations.ts'
import type { World } from '../state/world.ts'

/** Types of tool progress, which a phone shows in its own way. */
const toolTypes = [11, 12]
const mediaByType = new Map<number, MediaKind>([
  [itemTypes.image, 'image'],
  [itemTypes.voice, 'voice'],
  [itemTypes.file, 'file'],
  [itemTypes.video, 'video'],
])

type Seen = Pick<Sent, 'media' | 'flags'>

/** A message has one item; of more than one, the last medium is named. */
export function seenOnPhone(world: World, items: JsonObject[]): Seen {
  const seen = items.map((item) => seenItem(world, item))
  const media = seen.findLast((part) => part.media)?.media
  return { ...(media && { media }), flags: seen.flatMap(({ flags }) => flags) }
}

function seenItem(world: World, item: JsonObject): Seen {
  const type = numberAt(item, 'type') ?? 0
  if (type === itemTypes.text) return { flags: textFlags(item) }
  const kind = mediaByType.get(type)
  if (kind) return seenMedium(world, kind, objectAt(item, `${kind}_item`) ?? {})
  return { flags: toolTypes.includes(type) ? [] : ['unknown-item-type'] }
}

function textFlags(item: JsonObject): string[] {
  const text = textAt(objectAt(item, 'text_item') ?? {}, 'text')
  return text.length > surelyShownTextChars ? ['long-text'] : []
}

/** Voice messages of bots are accepted and, since June 2026, not shown. */
function seenMedium(world: World, kind: MediaKind, body: JsonObject): Seen {
  const media = body.media
  const medium = isObject(media) ? world.media.get(textAt(media, 'encrypt_query_param')) : undefined
  const flags = kind === 'voice' ? ['voice-not-shown'] : []
  if (!medium || !isObject(media)) return { flags: [...flags, 'unknown-media'] }
  if (medium.kind !== kind) flags.push('uploaded-as-another-kind')
  const key = keyFromMedia(textAt(media, 'aes_key'))
  if (!key) return { flags: [...flags, 'unreadable-aes-key'] }
  if (key.encoding === 'raw') flags.push('aes-key-of-raw-bytes')
  const plain = plainOf(medium, key.key)
  if (!plain) return { flags: [...flags, 'wrong-aes-key'] }
  return {
    media: { kind, name: textAt(body, 'file_name'), ...plain },
    flags: [...flags, ...bodyFlags(kind, body, plain.size)],
  }
}

function plainOf(medium: Medium, key: Buffer): Plain | undefined {
  const isRight = medium.key ? medium.key.equals(key) : openWith(key, medium.cipher)?.md5 === medium.plain.md5
  if (!isRight) return undefined
  medium.key = key
  return medium.plain
}

function bodyFlags(kind: MediaKind, body: JsonObject, plainBytes: number): string[] {
  if (kind === 'image' && !numberAt(body, 'mid_size')) return ['image-without-mid-size']
  if (kind !== 'file') return []
  const flags = textAt(body, 'file_name') === '' ? ['file-without-name'] : []
  return textAt(body, 'len') === `${plainBytes}` ? flags : [...flags, 'file-with-wrong-len']
}
