import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as PUPPET from 'wechaty-puppet'
import { z } from 'zod'
import { mediaRefOf } from '../media/index.ts'
import { parseLossless } from '../wire/json.ts'
import { contentOf } from './content.ts'
import { messagePayload } from './message.ts'
import { quoteOf } from './quote.ts'
import { type RawMessage, receive } from './raw-message.ts'

/**
 * Messages in the shapes that real backends have sent; `source` says where each was seen. What identifies a person is
 * replaced: ids, keys, tokens and CDN parameters.
 */
const file = new URL('../../test/sample-messages.json', import.meta.url)
const samples = z
  .record(z.string(), z.object({ source: z.string(), message: z.unknown() }))
  .parse(parseLossless(readFileSync(file, 'utf8')))

const botId = 'b0f5860fdecb@im.bot'
const userId = 'o9cq80Mixed-CaseKfJ2xYtQw9LmVb_Z7nA@im.wechat'
const nowMs = 1_790_000_000_000

const received = Object.entries(samples).map(([name, { message }]): [string, RawMessage] => [
  name,
  receive(message, botId, nowMs).raw,
])

const sentByBot: RawMessage = {
  id: '7493989779944505300',
  conversationId: userId,
  talkerId: botId,
  atMs: nowMs,
  wire: { item_list: [{ type: 1, text_item: { text: 'one two three two' } }] },
}

const known = new Map([...received.map(([, raw]) => raw), sentByBot].map((raw) => [raw.id, raw]))
const find = (id: string) => known.get(id)

const { Text, Image, Audio, Video, Attachment } = PUPPET.types.Message
const aesKey = Buffer.from('00112233445566778899aabbccddeeff').toString('base64')
const encryptQueryParam = 'Snd1Nk8wMENOR25sNk4wQ0pFTFh0Qld0S05yeUVaMEZ4YW1wbGU9PQ=='
const fullUrl = `https://novac2c.cdn.weixin.qq.com/c2c/download?encrypted_query_param=${encodeURIComponent(encryptQueryParam)}`
const media = { fullUrl, encryptQueryParam, aesKey }
const forgotten = '[a message that is no longer known]'
const quoting = (who: string, quoted: string, words: string) =>
  `「${who}：${quoted}」\n- - - - - - - - - - - - - - -\n${words}`

const self = 'b0f5860fdecb'
const person = 'o9cq80Mixed-CaseKfJ2xYtQw9LmVb_Z7nA'

/** What each sample becomes: the payload's id, type, text and file name; the quote; and where its file lies. */
const expected: Record<string, object> = {
  text: { id: '7493989779944505361', type: Text, text: 'hello 你好' },
  greatestId: { id: '18446744073709551615', type: Text, text: 'the last one' },
  idOfItemOnly: { id: '9007199254740993', type: Text, text: 'only my item has an id' },
  image: {
    id: '7493989779944505362',
    type: Image,
    text: '',
    filename: '7493989779944505362.jpg',
    media: { ...media, kind: 'image', aesKey: '00112233445566778899aabbccddeeff' },
  },
  imageWithoutKey: {
    id: '7493989779944505363',
    type: Image,
    text: '',
    filename: '7493989779944505363.jpg',
    media: { kind: 'image', encryptQueryParam },
  },
  voice: {
    id: '7493989779944505364',
    type: Audio,
    text: '',
    filename: '7493989779944505364.wav',
    media: { ...media, kind: 'voice' },
  },
  voiceWithWords: {
    id: '7493989779944505365',
    type: Audio,
    text: '明天见',
    filename: '7493989779944505365.wav',
    media: { ...media, kind: 'voice' },
  },
  video: {
    id: '7493989779944505366',
    type: Video,
    text: '',
    filename: '7493989779944505366.mp4',
    media: { ...media, kind: 'video' },
  },
  file: {
    id: '7493989779944505367',
    type: Attachment,
    text: '',
    filename: '报告 2026.pdf',
    media: { ...media, kind: 'file', declared: { size: 50_000, md5: 'e98d2f001da5678b39482efbdf5770dc' } },
  },
  fileWithPath: {
    id: '7493989779944505368',
    type: Attachment,
    text: '',
    filename: 'authorized_keys',
    media: { ...media, kind: 'file' },
  },
  quoteInFull: {
    id: '7493989779944505369',
    type: Text,
    text: quoting('quoted', '引用？', 'text'),
    quote: { text: '引用？' },
  },
  quoteOfType8: {
    id: '7493989779944505370',
    type: Text,
    text: quoting('quoted', forgotten, 'text'),
    quote: { text: forgotten },
  },
  quoteWithoutType: {
    id: '7493989779944505371',
    type: Text,
    text: quoting('quoted', forgotten, 'text'),
    quote: { text: forgotten },
  },
  quoteOfType0: {
    id: '7493989779944505372',
    type: Text,
    text: quoting(person, 'hello 你好', 'REF_OWN_TEXT'),
    quote: { messageId: '7493989779944505361', talkerId: userId, text: 'hello 你好' },
  },
  quoteOfPictureById: {
    id: '7493989779944505373',
    type: Text,
    text: quoting(person, '[image]', 'who is this?'),
    quote: {
      messageId: '7493989779944505362',
      talkerId: userId,
      text: '[image]',
      fileId: '7493989779944505362',
      fileKind: 'image',
    },
  },
  quoteOfBotById: {
    id: '7493989779944505374',
    type: Text,
    text: quoting(self, 'one two three two', 'why?'),
    quote: { messageId: '7493989779944505300', talkerId: botId, text: 'one two three two' },
  },
  quoteInPart: {
    id: '7493989779944505375',
    type: Text,
    text: quoting(self, 'two three two', 'this part'),
    quote: { messageId: '7493989779944505300', talkerId: botId, text: 'two three two' },
  },
  quoteWithTitle: {
    id: '7493989779944505376',
    type: Text,
    text: quoting('quoted', 'Ann: see you at nine', 'do you remember?'),
    quote: { messageId: '1', text: 'Ann: see you at nine' },
  },
  voiceThatQuotes: {
    id: '7493989779944505377',
    type: Audio,
    text: quoting('quoted', 'at nine?', '好的'),
    filename: '7493989779944505377.wav',
    media: { ...media, kind: 'voice' },
    quote: { text: 'at nine?' },
  },
  quotedFile: {
    id: '7493989779944505378',
    type: Text,
    text: quoting('quoted', '[file: notes.txt]', 'read this'),
    quote: { text: '[file: notes.txt]', fileId: 'quote:7493989779944505378', fileKind: 'file' },
  },
  unsupportedAndText: {
    id: '7493989779944505379',
    type: Text,
    text: '[unsupported message, type 8]\nand words',
  },
  newerThanThis: {
    id: '7493989779944505380',
    type: Text,
    text: '[unsupported message, type 37]\nlook',
  },
}

const becomes = (raw: RawMessage) => {
  const { id, type, text, filename, talkerId, listenerId } = messagePayload(raw, botId, find)
  expect({ talkerId, listenerId }).toEqual({ talkerId: userId, listenerId: botId })
  const medium = contentOf(raw.wire.item_list ?? []).media
  return { id, type, text, filename, quote: quoteOf(raw, find), media: medium && mediaRefOf(medium.item) }
}

it.each(received)('reads the sample "%s" as expected', (name, raw) => {
  expect(becomes(raw)).toEqual(expected[name])
})

it('every expectation has its sample', () => {
  expect(Object.keys(expected)).toEqual(Object.keys(samples))
})
