/**
 * What the XML of the protocol means. WeChat numbers the kinds of things that people share (`appmsg/type`); the numbers
 * are from wechaty-puppet-padlocal and from what web clients deliver.
 */

import type { InboundKind } from '../../model/message.ts'
import { safeLabel, untrustedCaps } from '../../policy/untrusted.ts'
import { describeCard } from './cards.ts'
import { type ProtocolXml, protocolXml } from './protocol-xml.ts'
import type { Card, Words } from './words.ts'

/** A card is described when it is complete: a puppet may know more of it than the XML. */
export type XmlReading = Words | Card | 'note'

export function readXml(xml: ProtocolXml): XmlReading {
  // Recalls, pats, calls, changes of a group, status notifications.
  if (xml.root !== 'msg') return 'note'
  return (elements.get(xml.first) ?? ofAttributes)(xml)
}

type Reader = (xml: ProtocolXml) => XmlReading

const bare = (kind: InboundKind): Words => ({ kind, text: `[${kind}]`, isBare: true })
/** XML of a message that is not described here, or is not well-formed. */
export const unknown: Card = { name: 'message that only WeChat can show' }

/** By the first element of a `msg`. */
const elements: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['img', () => bare('image')],
  ['voicemsg', () => bare('voice')],
  ['videomsg', () => bare('video')],
  ['emoji', () => ({ kind: 'image', text: '[sticker]' })],
  ['location', location],
  ['appmsg', appMessage],
  ['op', () => 'note'],
  ['voipmsg', () => 'note'],
  ['voipinvitemsg', () => 'note'],
])

/** A contact card has attributes only; a request to become friends has a ticket, too. */
function ofAttributes({ value }: ProtocolXml): XmlReading {
  if (value('@ticket') !== '' || value('@encryptusername') !== '') return 'note'
  const title = value('@nickname') || value('@alias')
  return title === '' ? unknown : { name: 'contact card', title }
}

function location({ value }: ProtocolXml): Card {
  const [place, label] = [value('location@poiname'), value('location@label')]
  const point = [value('location@x'), value('location@y')].filter((part) => /^-?[\d.]+$/u.test(part))
  const detail = [label, point.length === 2 ? `(${point.join(', ')})` : ''].filter((part) => part !== '')
  const isNamed = place !== '' && place !== '[位置]'
  return { name: 'location', title: isNamed ? place : '', detail: detail.join(' ') }
}

function appMessage(xml: ProtocolXml): XmlReading {
  const type = xml.value('appmsg/type')
  const reader = appMessages.get(type)
  if (reader !== undefined) return reader(xml)
  const name = namesOfApps.get(type) ?? (xml.value('appmsg/title') === '' ? unknown.name : 'card')
  return { name, ...factsOf(xml) }
}

function factsOf({ value }: ProtocolXml) {
  return {
    title: value('appmsg/title'),
    detail: value('appmsg/des'),
    address: value('appmsg/url'),
  }
}

/** Things that are described by their title, text and address. */
const namesOfApps: ReadonlyMap<string, string> = new Map([
  ['2', 'picture from an app'],
  ['3', 'music'],
  ['4', 'video link'],
  ['5', 'link'],
  ['7', 'card'],
  ['16', 'coupon'],
  ['19', 'chat record'],
  ['24', 'note'],
  ['40', 'chat record'],
  ['63', 'live stream'],
  ['76', 'music'],
  ['92', 'music'],
])

const appMessages: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['1', words],
  ['6', file],
  ['8', () => ({ kind: 'other', text: '[sticker]' })],
  ['17', () => ({ name: 'live location' })],
  ['33', miniProgram],
  ['36', miniProgram],
  ['51', channelsPost],
  // A list that members of a group add their names to.
  ['53', words],
  ['57', quoting],
  // A pat, and a file whose upload has only begun.
  ['62', () => 'note'],
  ['74', () => 'note'],
  ['87', ({ value }) => ({ name: 'group announcement', title: value('appmsg/textannouncement') })],
  ['2000', transfer],
  ['2001', redPacket],
])

function words({ value }: ProtocolXml): Words {
  return { kind: 'text', text: value('appmsg/title') }
}

function file({ value }: ProtocolXml): Words {
  const name = safeLabel(value('appmsg/title'), untrustedCaps.fileName)
  return { kind: 'file', text: name === '' ? '[file]' : `[file: ${name}]`, isBare: true }
}

function miniProgram({ value }: ProtocolXml): Card {
  return {
    name: 'mini program',
    title: value('appmsg/title'),
    detail: value('appmsg/sourcedisplayname') || value('appmsg/des'),
    address: value('appmsg/url'),
  }
}

function channelsPost({ value }: ProtocolXml): Card {
  const feed = 'appmsg/finderFeed'
  return { name: 'post', title: value(`${feed}/nickname`), detail: value(`${feed}/desc`) }
}

/** Only one that was just sent is the sender's message; the others say what became of a transfer. */
function transfer({ value }: ProtocolXml): XmlReading {
  const pay = 'appmsg/wcpayinfo'
  const step = value(`${pay}/paysubtype`)
  if (step !== '' && step !== '1') return 'note'
  return { name: 'transfer', title: value(`${pay}/feedesc`), detail: value(`${pay}/pay_memo`) }
}

function redPacket({ value }: ProtocolXml): Card {
  const pay = 'appmsg/wcpayinfo'
  return { name: 'red packet', title: value(`${pay}/receivertitle`) || value(`${pay}/sendertitle`) }
}

function quoting({ value }: ProtocolXml): Words {
  const refer = 'appmsg/refermsg'
  const content = value(`${refer}/content`)
  return {
    kind: 'text',
    text: value('appmsg/title'),
    quote: {
      text: quotedText(content),
      authorId: value(`${refer}/chatusr`) || value(`${refer}/fromusr`),
      authorName: value(`${refer}/displayname`),
    },
  }
}

/** The quoted message is XML itself, unless it is a text. Its own quote is left out. */
function quotedText(content: string): string {
  const xml = protocolXml(content)
  if (xml === undefined) return content
  const quoted = readXml(xml)
  if (quoted === 'note') return ''
  return 'name' in quoted ? describeCard(quoted) : quoted.text
}
