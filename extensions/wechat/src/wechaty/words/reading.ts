/**
 * Whose words are these? What the agent reads of each type of message, and which messages are nobody's: the one table of
 * it. It says what a person's words are, so whatever it does not name is no person's.
 *
 * | type of the puppet | on iLink | on web, hosted and other puppets |
 * |---|---|---|
 * | Text | as it is | as it is; XML of the protocol as what it describes; a note of WeChat is nobody's |
 * | Audio, Image, Video, Attachment | transcript or caption, else its kind | the same, but XML, JSON, paths and addresses are no caption |
 * | Emoticon | – | `[sticker]` |
 * | Url, MiniProgram, Location, Contact | – | a card, from the XML or from the puppet (`messageUrl`, …) |
 * | ChatHistory, Transfer, RedEnvelope, Post, GroupNote | – | a card, from the XML |
 * | Unknown | as it is: a person sent it | nobody's, but for XML of something that a person shared |
 * | Recalled | – | nobody's |
 */

import type { Puppet } from 'wechaty-puppet'
import { types } from 'wechaty-puppet'
import type { InboundKind } from '../../model/message.ts'
import { safeLabel, untrustedCaps } from '../../policy/untrusted.ts'
import { describeCard } from './cards.ts'
import { completeCard } from './contract-cards.ts'
import { isNote, isUnshownSticker } from './notes.ts'
import { protocolXml } from './protocol-xml.ts'
import { readXml, unknown } from './read-xml.ts'
import { webText } from './web-text.ts'
import type { Card, Reading, Words, Written } from './words.ts'

export interface Source {
  readonly puppet: Puppet
  /** Every message is a person's, and every text is what the person wrote. */
  readonly peopleOnly: boolean
  /** Texts are HTML of web WeChat. */
  readonly isWeb: boolean
  /** Names of the sender, which notes contain. */
  readonly names: readonly string[]
}

export async function readWords(source: Source, message: Written): Promise<Reading> {
  if (source.peopleOnly) return ofPerson(message)
  const written = source.isWeb ? { ...message, text: webText(message.text) } : message
  const xml = protocolXml(written.text)
  if (xml === undefined) return await byType[written.type](written, source)
  const found = readXml(xml)
  if (found === unknown && written.type !== types.Message.Text) {
    return await byType[written.type]({ ...written, text: '' }, source)
  }
  return typeof found === 'object' && 'name' in found ? await shared(found, written, source) : found
}

async function shared(card: Card, message: Written, { puppet }: Source): Promise<Words> {
  return { kind: 'other', text: describeCard(await completeCard(puppet, message, card)), isBare: true }
}

type Rule = (message: Written, source: Source) => Reading | Promise<Reading>

const nobody: Rule = () => 'note'
const media =
  (kind: InboundKind, name: string = kind): Rule =>
  ({ text, filename = '' }) =>
    isCaption(text, filename) ? { kind, text } : bare(kind, name, kind === 'file' ? filename : '')
const card =
  (name: string): Rule =>
  (message, source) =>
    shared({ name, ...factsIn(message.text) }, message, source)

const byType: Readonly<Record<types.Message, Rule>> = {
  [types.Message.Text]: readText,
  [types.Message.Image]: media('image'),
  [types.Message.Audio]: media('voice'),
  [types.Message.Video]: media('video'),
  [types.Message.Attachment]: (message, source) => locationIn(message.text) ?? media('file')(message, source),
  [types.Message.Emoticon]: () => sticker('image'),
  [types.Message.Url]: card('link'),
  [types.Message.MiniProgram]: card('mini program'),
  [types.Message.Location]: card('location'),
  [types.Message.Contact]: card('contact card'),
  [types.Message.ChatHistory]: card('chat record'),
  [types.Message.Transfer]: card('transfer'),
  [types.Message.RedEnvelope]: card('red packet'),
  [types.Message.Post]: card('post'),
  // A list that members add their names to. The name is also used for notes of the platform.
  [types.Message.GroupNote]: ({ text }) => (/^#\S/u.test(text) ? { kind: 'text', text } : 'note'),
  [types.Message.Unknown]: nobody,
  [types.Message.Recalled]: nobody,
}

const markup = /^\s*(?:[<{[]|&lt;)/u

/** A puppet that gives neither XML nor JSON gives the title, or the address. */
function factsIn(text: string): Pick<Card, 'title' | 'address'> {
  if (markup.test(text)) return {}
  return /^https?:\/\/\S+$/u.test(text.trim()) ? { address: text } : { title: text }
}

function readText({ text }: Written, { names }: Source): Reading {
  if (isUnshownSticker(text)) return sticker('other')
  if (isNote(text, names)) return 'note'
  return locationIn(text) ?? { kind: 'text', text }
}

/** A sticker says something by itself: it is not bare. */
function sticker(kind: InboundKind): Words {
  return { kind, text: '[sticker]' }
}

function bare(kind: InboundKind, name: string, title = ''): Words {
  const label = safeLabel(title, untrustedCaps.fileName)
  return { kind, text: label === '' ? `[${name}]` : `[${name}: ${label}]`, isBare: true }
}

/** Web clients give a place as its address and the path of a map's picture. */
const webLocation =
  /^(?<place>[^\n]{1,500}?):\s*(?:<br\s?\/?>)?\s*\/cgi-bin\/mmwebwx-bin\/webwxgetpubliclinkimg\?/u

function locationIn(text: string): Words | undefined {
  const place = webLocation.exec(text)?.groups?.place
  return place === undefined
    ? undefined
    : { kind: 'other', text: describeCard({ name: 'location', title: place }), isBare: true }
}

/** What puppets put beside a file that is no caption: markup, JSON, a placeholder, an address, a path, encoded bytes. */
const noCaption =
  /^\s*(?:[<{]|&lt;|\[[^\]\n]*\]\s*$|\[["{[]|https?:\/\/\S+\s*$|(?:\/|[A-Za-z]:[\\/])\S+\s*$|[\w+/=-]{64,}\s*$|$)/u

function isCaption(text: string, filename: string): boolean {
  return !noCaption.test(text) && text.trim() !== filename
}

const kinds: Readonly<Partial<Record<types.Message, InboundKind>>> = {
  [types.Message.Text]: 'text',
  [types.Message.Image]: 'image',
  [types.Message.Audio]: 'voice',
  [types.Message.Video]: 'video',
  [types.Message.Attachment]: 'file',
}

function ofPerson({ type, text, filename }: Written): Words {
  const kind = kinds[type] ?? 'other'
  if (kind === 'text' || text.trim() !== '') return { kind, text }
  return bare(kind, kind, kind === 'file' ? filename : '')
}
