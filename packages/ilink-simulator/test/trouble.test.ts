import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Binding, controlClient, type Simulator, startSimulator } from '../src/index.ts'
import { isObject, type JsonObject, listAt } from '../src/json.ts'
import { bot, getQr, qrStatus, text } from './wire.ts'

const oneHourMs = 60 * 60 * 1000
let simulator: Simulator
let control: ReturnType<typeof controlClient>
let binding: Binding
let speak: ReturnType<typeof bot>

beforeAll(async () => {
  simulator = await startSimulator({ holdMs: 20_000 })
  control = controlClient(simulator.controlUrl)
})
afterAll(() => simulator.close())
beforeEach(async () => {
  await control.reset()
  binding = await control.account()
  speak = bot(simulator.url, binding.token)
})

const say = (contextToken: string) =>
  speak.send({ to_user_id: binding.userId, context_token: contextToken, item_list: [text('hi')] })

describe('a fault', () => {
  test.each([
    ['status', 503, { status: 503, body: 'status 503' }],
    ['empty', undefined, { status: 200, body: '' }],
    ['not-json', undefined, { status: 200, body: expect.stringContaining('<html>') }],
    ['ret', -2, { status: 200, body: '{"ret":-2,"errmsg":""}' }],
  ] as const)('of kind %s spoils one answer', async (kind, value, spoiled) => {
    await control.fault({ endpoint: 'sendmessage', kind, value })
    const response = await speak.raw('sendmessage', {})
    expect({ status: response.status, body: await response.text() }).toEqual(spoiled)
    expect(await speak.call('sendmessage', {})).toMatchObject({ ret: -3 })
  })

  test('of kind reset cuts the connection', async () => {
    await control.fault({ endpoint: 'notifystart', kind: 'reset' })
    await expect(speak.raw('msg/notifystart', {})).rejects.toThrow('fetch failed')
    expect(await speak.call('msg/notifystart', {})).toEqual({ ret: 0 })
  })

  test('of kind stall-body sends headers and never the rest', async () => {
    await control.fault({ endpoint: 'getconfig', kind: 'stall-body' })
    const response = await speak.raw('getconfig', {}, AbortSignal.timeout(500))
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('timeout')
  })

  test('of kind delay keeps a request back, and nothing is lost when the client gives up', async () => {
    await control.fault({ endpoint: 'getupdates', kind: 'delay', value: 60_000 })
    await control.inbound({ botId: binding.botId, text: 'patience' })
    await expect(speak.poll('', AbortSignal.timeout(200))).rejects.toThrow('timeout')
    expect((await speak.poll()).msgs).toHaveLength(1)
  })

  test('of kind drip gives a file in pieces', async () => {
    await control.fault({ endpoint: 'download', kind: 'drip', value: 1 })
    const item = await control.media({ kind: 'file', size: 1_000 })
    const url = /"full_url":"([^"]+)"/.exec(JSON.stringify(item))?.[1] ?? ''
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(1_008)
  })

  test('strikes a poll that is held', async () => {
    const held = speak.raw('getupdates', {})
    await expect.poll(async () => (await control.requests()).length).toBe(1)
    await control.fault({ endpoint: 'getupdates', kind: 'status' })
    expect((await held).status).toBe(524)
  })

  test('is ordered by the last part of a path, too, as often as it says, and cleared', async () => {
    await control.fault({ endpoint: 'get_bot_qrcode', kind: 'ret', value: 2, times: 3 })
    expect(await getQr(simulator.url)).toBe('undefined')
    await control.clearFaults()
    expect(await getQr(simulator.url)).toMatch(/^[0-9a-f]{32}$/)
  })

  test('for an endpoint that does not exist is refused', async () => {
    await expect(control.fault({ endpoint: 'toString', kind: 'reset' })).rejects.toThrow('endpoint: expected')
  })
})

describe('the clock', () => {
  test('closes the window 24 hours after the user has written, and a message opens it again', async () => {
    const { contextToken } = await control.inbound({ botId: binding.botId, text: 'hi' })
    await control.advanceClock(23 * oneHourMs)
    expect(await say(contextToken)).toMatchObject({ ret: 0 })
    await control.advanceClock(2 * oneHourMs)
    expect(await say(contextToken)).toEqual({ ret: -2, errmsg: '' })
    const fresh = await control.inbound({ botId: binding.botId, text: 'still there?' })
    expect(await say(contextToken)).toEqual({ ret: -2, errmsg: '' })
    expect(await say(fresh.contextToken)).toMatchObject({ ret: 0 })
  })

  test('lets a QR code expire, also under a held poll', async () => {
    const qrcode = await getQr(simulator.url)
    await qrStatus(simulator.url, qrcode)
    const held = qrStatus(simulator.url, qrcode)
    await control.advanceClock(120_000)
    expect(await held).toMatchObject({ status: 'expired' })
  })

  test('makes the token of a replaced bot stale when its grace is over', async () => {
    await control.settings({ rebindDelayMs: 29_000, holdMs: 0 })
    const qrcode = await getQr(simulator.url)
    await control.confirm(qrcode, { userId: binding.userId })
    expect(await speak.poll()).toMatchObject({ ret: 0 })
    await control.advanceClock(29_000)
    expect(await speak.poll()).toMatchObject({ ret: -14 })
  })
})

test.each([
  ['errcode', { errcode: -14, errmsg: 'session timeout' }],
  ['ret', { ret: -14, errmsg: 'session timeout' }],
] as const)('a stale token can be told in %s alone', async (staleField, answer) => {
  await control.settings({ staleField })
  await control.expireSession(binding.botId)
  expect(await speak.poll()).toEqual(answer)
})

describe('a quote', () => {
  const quoted = async (quote: object): Promise<JsonObject> => {
    await control.inbound({ botId: binding.botId, text: 'see above', quote })
    const [message] = listAt(await speak.poll(), 'msgs')
      .filter(isObject)
      .slice(-1)
    const [item] = listAt(message ?? {}, 'item_list').filter(isObject)
    return isObject(item?.ref_msg) ? item.ref_msg : {}
  }

  test('brings the words that were said under the id', async () => {
    const { messageId } = await control.inbound({ botId: binding.botId, text: 'my question' })
    expect(await quoted({ messageId, title: 'Me: my question' })).toMatchObject({
      title: 'Me: my question',
      message_item: { type: 1, msg_id: BigInt(messageId), text_item: { text: 'my question' } },
    })
  })

  test('of a message of the bot carries the id that sendmessage gave', async () => {
    const { contextToken } = await control.inbound({ botId: binding.botId, text: 'hi' })
    const { message_id } = await say(contextToken)
    expect(await quoted({ messageId: `${message_id}` })).toMatchObject({
      message_item: { msg_id: message_id, text_item: { text: 'hi' } },
    })
  })

  test.each([
    ['type8', { type: 8 }],
    ['type0', { type: 0 }],
    ['untyped', {}],
  ])('may be a placeholder of shape %s without words', async (shape, type) => {
    const ref = await quoted({ shape, text: 'hidden', messageId: '18446744073709551615' })
    const times = { create_time_ms: 0, update_time_ms: 0, is_completed: true }
    expect(ref).toEqual({
      message_item: { ...type, ...times, msg_id: 18446744073709551615n, button_item_list: [] },
    })
  })

  test('may be an id alone', async () => {
    expect(await quoted({ shape: 'id', messageId: '9007199254740993' })).toEqual({
      svr_id: 9007199254740993n,
    })
  })

  test('may mark a part of the words', async () => {
    const partial = { start: 'a', end: 'c', md5: '900150983cd24fb0d6963f7d28e17f72' }
    expect(await quoted({ text: 'abc', partial })).toMatchObject({
      partial_text: { start: 'a', end: 'c', startindex: 0, endindex: 0, quotemd5: partial.md5 },
    })
  })

  test('of an unknown message is refused', async () => {
    await expect(quoted({ messageId: '1' })).rejects.toThrow('quote.text: expected')
  })
})

test('unknown items and fields go out as they came in, ids with all their digits', async () => {
  const item = { type: 8, button_item_list: [{ id: 1 }], mystery_item: { svr_id: '18446744073709551615' } }
  await control.inbound({ botId: binding.botId, item, extra: { new_field: { deep: [1] } } })
  const answer = await (await speak.raw('getupdates', {})).text()
  expect(answer).toContain('"svr_id":18446744073709551615')
  expect(answer).toContain('"new_field":{"deep":[1]}')
})

test('a batch arrives in one answer, in order', async () => {
  const held = speak.poll()
  const texts = Array.from({ length: 200 }, (_, n) => `message ${n}`)
  await control.inboundBatch(texts.map((words) => ({ botId: binding.botId, text: words })))
  const messages = listAt(await held, 'msgs').filter(isObject)
  expect(messages.map((message) => JSON.stringify(message.item_list, withoutBigints))).toEqual(
    texts.map((words) => expect.stringContaining(`"${words}"`)),
  )
})

function withoutBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value
}
