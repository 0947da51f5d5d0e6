import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as PUPPET from 'wechaty-puppet'
import { parseLossless } from '../wire/json.ts'
import { messagePayload } from './message.ts'
import { type FindMessage, quoteOf } from './quote.ts'
import { type RawMessage, rawMessage, receive } from './raw-message.ts'

const botId = 'b0f5860fdecb@im.bot'
const userId = 'o9cq80Mixed-Case@im.wechat'
const nowMs = 1_790_000_000_000
const nothing: FindMessage = () => undefined

const received = (fields: object): RawMessage =>
  receive(
    { message_id: '1', from_user_id: userId, to_user_id: botId, message_type: 1, ...fields },
    botId,
    nowMs,
  ).raw
const payloadOf = (fields: object, find = nothing) => messagePayload(received(fields), botId, find)
const textItem = (text: string, more = {}) => ({ type: 1, text_item: { text }, ...more })

/** Shapes that live payloads have been seen in. */
const samples = {
  text: { item_list: [textItem('hello', { button_item_list: [] })] },
  image: {
    item_list: [{ type: 2, image_item: { aeskey: '0'.repeat(32), media: { full_url: 'https://x/' } } }],
  },
  voice: {
    item_list: [{ type: 3, voice_item: { encode_type: 4, sample_rate: 16000, playtime: 900, text: '你好' } }],
  },
  file: { item_list: [{ type: 4, file_item: { file_name: '../a/报告.pdf', len: '12', media: {} } }] },
  video: { item_list: [{ type: 5, video_item: { video_size: 7, media: {} } }] },
  sticker: { item_list: [{ type: 8 }] },
  quote: {
    item_list: [
      textItem('re', { ref_msg: { title: 't', message_item: textItem('quoted', { msg_id: '7' }) } }),
    ],
  },
  idQuote: { item_list: [textItem('re', { ref_msg: { svr_id: '18446744073709551615' } })] },
  emptyQuote: {
    item_list: [textItem('re', { ref_msg: { message_item: { type: 0, create_time_ms: 1, msg_id: '7' } } })],
  },
}

describe('a payload', () => {
  it.each([
    ['text', PUPPET.types.Message.Text, 'hello', undefined],
    ['image', PUPPET.types.Message.Image, '', '1.jpg'],
    ['voice', PUPPET.types.Message.Audio, '你好', '1.wav'],
    ['file', PUPPET.types.Message.Attachment, '', '报告.pdf'],
    ['video', PUPPET.types.Message.Video, '', '1.mp4'],
    ['sticker', PUPPET.types.Message.Unknown, '[unsupported message, type 8]', undefined],
  ] as const)('of %s has its type, text and file name', (name, type, text, filename) => {
    expect(payloadOf(samples[name])).toMatchObject({ type, text, talkerId: userId, listenerId: botId })
    expect(payloadOf(samples[name]).filename).toBe(filename)
  })

  it('of several items has their text and names the media that do not fit', () => {
    const [image] = samples.image.item_list
    const [file] = samples.file.item_list
    const payload = payloadOf({ item_list: [textItem('look'), file, image, { type: 99 }] })
    expect(payload.type).toBe(PUPPET.types.Message.Image)
    expect(payload.text).toBe('look\n[unsupported message, type 99]\n[file: ../a/报告.pdf]')
  })

  it('of a group, should one ever come, has a room', () => {
    expect(payloadOf({ group_id: 'g1', ...samples.text })).toMatchObject({ roomId: 'g1', talkerId: userId })
  })

  it('has our own time when the sender has none or one to come', () => {
    expect(payloadOf({}).timestamp).toBe(nowMs)
    expect(payloadOf({ create_time_ms: nowMs + 5_000 }).timestamp).toBe(nowMs)
    expect(payloadOf({ create_time_ms: nowMs - 5_000 }).timestamp).toBe(nowMs - 5_000)
  })
})

describe('an id', () => {
  const idOf = (fields: object) => receive(fields, botId, nowMs).raw.id

  it("is the server's, else the item's, else the sender's, else made of sequence and content", () => {
    const item_list = [{ ...textItem('x'), msg_id: '5' }]
    expect(idOf({ message_id: '4', client_id: 'c', item_list })).toBe('4')
    expect(idOf({ message_id: 0, client_id: 'c', item_list })).toBe('5')
    expect(idOf({ client_id: 'c', item_list: [textItem('x')] })).toBe('client:c')
    expect(idOf({ seq: 3, item_list: [textItem('x')] })).toMatch(/^seq:3:[0-9a-f]{24}$/)
    expect(idOf({ seq: 3, item_list: [textItem('x')] })).toBe(idOf({ seq: 3, item_list: [textItem('x')] }))
    expect(idOf({ seq: 3, item_list: [textItem('x')] })).not.toBe(
      idOf({ seq: 3, item_list: [textItem('y')] }),
    )
  })

  it('does not contain the context token, which is a secret', () => {
    const { raw, contextToken } = receive(
      { message_id: '4', from_user_id: userId, context_token: 'AARz' },
      botId,
      nowMs,
    )
    expect(contextToken).toBe('AARz')
    expect(JSON.stringify(raw)).not.toContain('AARz')
  })
})

describe('a quote', () => {
  const known = received({ message_id: '7', item_list: [textItem('as it was remembered')] })
  const find: FindMessage = (id) => (id === '7' || id === '18446744073709551615' ? known : undefined)
  const quoteIn = (fields: object, look = find) => quoteOf(received(fields), look)

  it('in full, without a body, or by id alone gives the quoted text', () => {
    expect(quoteIn(samples.quote)).toEqual({ messageId: '7', talkerId: userId, text: 'quoted' })
    expect(quoteIn(samples.emptyQuote)?.text).toBe('as it was remembered')
    expect(quoteIn(samples.idQuote)?.text).toBe('as it was remembered')
    expect(quoteIn(samples.text)).toBeUndefined()
  })

  it('does not reveal messages of another conversation', () => {
    const elsewhere = (id: string) => {
      const other = received({ message_id: id, from_user_id: 'o9Other@im.wechat', ...samples.image })
      return { ...other, conversationId: 'o9Other@im.wechat' }
    }
    expect(quoteIn(samples.idQuote, elsewhere)?.text).toBe('[a message that is no longer known]')
    expect(quoteIn(samples.idQuote, elsewhere)?.fileId).toBeUndefined()
  })

  it('of part of a message gives that part', () => {
    const partial_text = { start: 'was', end: 'mem', startindex: 0, endindex: 0 }
    const item_list = [textItem('re', { ref_msg: { svr_id: '7', partial_text } })]
    expect(quoteIn({ item_list })?.text).toBe('was remem')
  })

  it('of an unknown message falls back to its title, or to a placeholder', () => {
    expect(quoteIn(samples.idQuote, nothing)?.text).toBe('[a message that is no longer known]')
    const item_list = [textItem('re', { ref_msg: { title: 'the title', svr_id: '9' } })]
    expect(quoteIn({ item_list }, nothing)).toEqual({ messageId: '9', text: 'the title' })
  })

  it('is put before the text in the form of Wechaty puppets', () => {
    expect(payloadOf(samples.quote).text).toBe('「quoted：quoted」\n- - - - - - - - - - - - - - -\nre')
  })
})

describe('whatever is sent', () => {
  /** A sample with one of its values, anywhere, replaced by anything. */
  const mutated = fc
    .tuple(
      fc.constantFrom(...Object.values(samples)),
      fc.nat(30),
      fc.jsonValue(),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    )
    .map(([sample, position, value, id]) => {
      let at = 0
      const mutate = (_key: string, field: unknown) => (at++ === position ? value : field)
      const message = {
        message_id: 'ID',
        from_user_id: userId,
        to_user_id: botId,
        create_time_ms: 1,
        ...sample,
      }
      const body = JSON.stringify(message, mutate) ?? 'null'
      return { id, body: body.replace('"message_id":"ID"', `"message_id":${id}`) }
    })

  it('becomes a payload and survives storage, with every digit of its id', () => {
    fc.assert(
      fc.property(mutated, ({ id, body }) => {
        const { raw } = receive(parseLossless(body), botId, nowMs)
        const payload = messagePayload(raw, botId, () => raw)
        expect(payload.id.length).toBeGreaterThan(0)
        expect(payload.talkerId.length).toBeGreaterThan(0)
        if (body.includes(`"message_id":${id},`) && id !== 0n) expect(payload.id).toBe(String(id))
        expect(rawMessage.parse(JSON.parse(JSON.stringify(raw)))).toEqual(JSON.parse(JSON.stringify(raw)))
      }),
      { numRuns: 2_000 },
    )
  })

  it('even without the shape of a message', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { raw } = receive(value, botId, nowMs)
        expect(messagePayload(raw, botId, nothing).id).toBe(raw.id)
      }),
    )
  })
})
