/**
 * What a list of items says: its text, and the one medium that Wechaty's message can hold. Whatever cannot be shown is
 * named in the text, so that nobody answers a message whose half is missing without knowing.
 */

import { itemType, type WireItem, type WireMedia } from './wire-message.ts'

export type MediaKind = 'image' | 'video' | 'file' | 'voice'

export interface MediaContent {
  kind: MediaKind
  media: WireMedia | undefined
  /** Hex; wins over the key in `media`. */
  aeskeyHex?: string
  name?: string
}

export interface Content {
  text: string
  media?: MediaContent
}

/** If several media come in one message, the first of these kinds is the message's own. */
const preference: readonly MediaKind[] = ['image', 'video', 'file', 'voice']

/** What an item says: text, a medium, or neither. By type, else by the body that is there. */
const mediaOf = (item: WireItem): MediaContent | undefined => {
  const { type } = item
  if (type === itemType.image || (!type && item.image_item)) {
    const aeskeyHex = item.image_item?.aeskey
    return { kind: 'image', media: item.image_item?.media, ...(aeskeyHex ? { aeskeyHex } : {}) }
  }
  if (type === itemType.video || (!type && item.video_item))
    return { kind: 'video', media: item.video_item?.media }
  if (type === itemType.file || (!type && item.file_item)) {
    const name = item.file_item?.file_name
    return { kind: 'file', media: item.file_item?.media, ...(name ? { name } : {}) }
  }
  if (type === itemType.voice || (!type && item.voice_item))
    return { kind: 'voice', media: item.voice_item?.media }
  return undefined
}

const isText = (item: WireItem) => item.type === itemType.text || (!item.type && item.text_item !== undefined)

const label = ({ kind, name }: MediaContent) => (name === undefined ? `[${kind}]` : `[${kind}: ${name}]`)

/** The words of an item: its text, a voice's transcript, a placeholder for what this version does not know. */
const wordsOf = (item: WireItem): string => {
  if (isText(item)) return item.text_item?.text ?? ''
  if (mediaOf(item)) return item.voice_item?.text ?? ''
  return `[unsupported message, type ${item.type ?? 'unknown'}]`
}

const chooseMedia = (found: readonly MediaContent[]): MediaContent | undefined =>
  preference.map((kind) => found.find((one) => one.kind === kind)).find((one) => one !== undefined)

export const contentOf = (items: readonly WireItem[]): Content => {
  const found = items.map(mediaOf).filter((one) => one !== undefined)
  const media = chooseMedia(found)
  const others = found.filter((one) => one !== media).map(label)
  const text = [...items.map(wordsOf), ...others].filter((line) => line !== '').join('\n')
  return media === undefined ? { text } : { text, media }
}

/** The same in words only, as a quote shows it. */
export const summaryOf = ({ text, media }: Content): string =>
  [media === undefined ? '' : label(media), text].filter((part) => part !== '').join(' ')
