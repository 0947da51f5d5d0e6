/**
 * The content of a list of items: its text, and the one medium that a Wechaty message can hold. Whatever cannot be shown
 * is named in the text, so that a reader knows when a part of the message is missing.
 */

import { itemType, type WireItem } from './wire-message.ts'

export type MediaKind = 'image' | 'video' | 'file' | 'voice'

export interface MediaContent {
  kind: MediaKind
  /** The item that describes its bytes. */
  item: WireItem
  /** The file name that the sender chose. */
  name?: string
}

export interface Content {
  text: string
  media?: MediaContent
}

/** If a message has several media, the first of these kinds becomes the message's medium. */
const preference: readonly MediaKind[] = ['image', 'video', 'file', 'voice']

const kindOfType = new Map<number | undefined, MediaKind>([
  [itemType.image, 'image'],
  [itemType.video, 'video'],
  [itemType.file, 'file'],
  [itemType.voice, 'voice'],
])

/** The kind by type; without a type, the body decides. */
const kindOf = (item: WireItem): MediaKind | undefined =>
  item.type ? kindOfType.get(item.type) : preference.find((kind) => item[`${kind}_item`] !== undefined)

const mediaOf = (item: WireItem): MediaContent | undefined => {
  const kind = kindOf(item)
  if (kind === undefined) return undefined
  const name = kind === 'file' ? item.file_item?.file_name : undefined
  return { kind, item, ...(name ? { name } : {}) }
}

const isText = (item: WireItem) => item.type === itemType.text || (!item.type && item.text_item !== undefined)

const label = ({ kind, name }: MediaContent) => (name === undefined ? `[${kind}]` : `[${kind}: ${name}]`)

/** The text of an item: its own, a voice message's transcript, or a placeholder for what this version does not know. */
const textOf = (item: WireItem): string => {
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
  const text = [...items.map(textOf), ...others].filter((line) => line !== '').join('\n')
  return media === undefined ? { text } : { text, media }
}

/** The content as text only, as a quote shows it. */
export const summaryOf = ({ text, media }: Content): string =>
  [media === undefined ? '' : label(media), text].filter((part) => part !== '').join(' ')
