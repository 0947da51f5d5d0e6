import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { controlClient, type Simulator, startSimulator } from '../src/index.ts'
import { bot, getQr, jsonOf, qrStatus, text } from './wire.ts'

let simulator: Simulator
let control: ReturnType<typeof controlClient>

beforeAll(async () => {
  simulator = await startSimulator({ holdMs: 300, qrHoldMs: 100 })
  control = controlClient(simulator.controlUrl)
})
afterAll(() => simulator.close())
beforeEach(async () => {
  await control.reset()
})

/** A bound bot that speaks the wire. */
async function boundBot(wish: { userId?: string; botId?: string } = {}) {
  const binding = await control.account(wish)
  return { ...binding, ...bot(simulator.url, binding.token) }
}

describe('getupdates', () => {
  test('hands over an inbound message with its id as a bare number above 2^53', async () => {
    const { botId, userId, raw } = await boundBot()
    const { messageId, contextToken } = await control.inbound({ botId, text: 'hello' })
    const answer = await (await raw('getupdates', { get_updates_buf: '' })).text()
    expect(BigInt(messageId)).toBeGreaterThan(2n ** 53n)
    expect(answer).toContain(`"message_id":${messageId},`)
    const [message] = JSON.parse(answer).msgs
    expect(message).toMatchObject({ from_user_id: userId, to_user_id: botId, context_token: contextToken })
    expect(message.item_list).toMatchObject([{ type: 1, text_item: { text: 'hello' } }])
  })

  test('answers empty after the hold and suggests the hold as timeout', async () => {
    const { poll } = await boundBot()
    expect(await poll()).toMatchObject({ ret: 0, msgs: [], longpolling_timeout_ms: 300 })
  })

  test('is woken by a message that comes while it is held', async () => {
    await control.settings({ holdMs: 20_000 })
    const { botId, poll } = await boundBot()
    const held = poll()
    await control.inbound({ botId, text: 'wake up' })
    expect((await held).msgs).toHaveLength(1)
  })

  test('loses nothing to a poller that has hung up', async () => {
    await control.settings({ holdMs: 20_000 })
    const { botId, poll } = await boundBot()
    const hangUp = new AbortController()
    const held = poll('', hangUp.signal).catch(() => 'gone')
    await recorded('getupdates', 1)
    hangUp.abort()
    await held
    await control.inbound({ botId, text: 'still here?' })
    expect((await poll()).msgs).toHaveLength(1)
  })

  test('in "ack" delivery never repeats a message, whatever cursor is sent', async () => {
    const { botId, poll } = await boundBot()
    await control.inbound({ botId, text: 'once' })
    expect((await poll()).msgs).toHaveLength(1)
    expect((await poll()).msgs).toEqual([])
  })

  test('in "replay" delivery repeats what lies after the cursor', async () => {
    await control.settings({ delivery: 'replay' })
    const { botId, poll } = await boundBot()
    await control.inboundBatch([
      { botId, text: 'one' },
      { botId, text: 'two' },
    ])
    const first = await poll()
    expect(first.msgs).toHaveLength(2)
    expect((await poll()).msgs).toHaveLength(2)
    expect((await poll(`${first.get_updates_buf}`)).msgs).toEqual([])
  })

  test('in "duplicate" delivery hands a message over twice', async () => {
    await control.settings({ delivery: 'duplicate', holdMs: 5_000 })
    const { botId, poll } = await boundBot()
    const { messageId } = await control.inbound({ botId, text: 'echo' })
    const first = await poll()
    const second = await poll(`${first.get_updates_buf}`)
    expect([first, second].map(firstId)).toEqual([messageId, messageId])
  })

  test('answers -14 to a token that has gone stale, a held poll too', async () => {
    await control.settings({ holdMs: 20_000 })
    const { botId, poll, send } = await boundBot()
    const held = poll()
    await recorded('getupdates', 1)
    await control.expireSession(botId)
    expect(await held).toMatchObject({ ret: -14, errcode: -14, errmsg: 'session timeout' })
    expect(await send({ to_user_id: 'x' })).toMatchObject({ ret: -14 })
  })

  test('answers -14 to a poll that is held when its bot is bound again, and keeps the messages', async () => {
    await control.settings({ holdMs: 20_000 })
    const first = await boundBot({ userId: 'oUser@im.wechat' })
    const held = first.poll()
    await recorded('getupdates', 1)
    const second = await boundBot({ userId: 'oUser@im.wechat', botId: first.botId })
    expect(await held).toMatchObject({ errcode: -14 })
    await control.inbound({ botId: first.botId, text: 'hi' })
    expect((await second.poll()).msgs).toHaveLength(1)
  })

  test('answers -14 to the first bot of a user who has another one now', async () => {
    const first = await boundBot({ userId: 'oUser@im.wechat' })
    const second = await boundBot({ userId: 'oUser@im.wechat' })
    expect(second.botId).not.toBe(first.botId)
    expect(await first.poll()).toMatchObject({ errcode: -14 })
    expect(await second.poll()).toMatchObject({ ret: 0 })
  })
})

describe('sendmessage', () => {
  test('ends a request for sent messages that waits for one', async () => {
    const { botId, userId, send } = await boundBot()
    const { contextToken } = await control.inbound({ botId, text: 'hi' })
    const held = control.sent({ botId, waitMs: 20_000 })
    await send({ to_user_id: userId, context_token: contextToken, item_list: [text('yo')] })
    expect(await held).toMatchObject([{ botId, items: [text('yo')] }])
    expect(await control.sent({ botId, after: 1, waitMs: 1 })).toEqual([])
  })

  test('shows a message once for each client_id and answers with a 64-bit id', async () => {
    const { botId, userId, send } = await boundBot()
    const { contextToken } = await control.inbound({ botId, text: 'hi' })
    const message = {
      to_user_id: userId,
      client_id: 'c1',
      context_token: contextToken,
      item_list: [text('yo')],
    }
    const first = await send(message)
    const again = await send(message)
    expect(first).toMatchObject({ ret: 0, message_id: expect.any(BigInt) })
    expect(again).toEqual(first)
    expect(await control.sent({ botId })).toMatchObject([
      { seq: 1, to: userId, clientId: 'c1', contextToken, items: [text('yo')], flags: [] },
    ])
  })

  test('shows a repeated client_id again when dedupe is off', async () => {
    await control.settings({ dedupe: false })
    const { botId, userId, send } = await boundBot()
    const { contextToken } = await control.inbound({ botId, text: 'hi' })
    const message = {
      to_user_id: userId,
      client_id: 'c1',
      context_token: contextToken,
      item_list: [text('yo')],
    }
    await send(message)
    await send(message)
    expect(await control.sent()).toHaveLength(2)
  })

  test('refuses the eleventh message, until the user writes again', async () => {
    const { botId, userId, send } = await boundBot()
    let { contextToken } = await control.inbound({ botId, text: 'hi' })
    const say = (n: number) =>
      send({ to_user_id: userId, client_id: `c${n}`, context_token: contextToken, item_list: [text(`${n}`)] })
    for (let n = 1; n <= 10; n++) expect(await say(n)).toMatchObject({ ret: 0 })
    expect(await say(11)).toEqual({ ret: -2, errmsg: 'rate limited' })
    contextToken = (await control.inbound({ botId, text: 'go on' })).contextToken
    expect(await say(12)).toMatchObject({ ret: 0 })
  })

  test.each([
    ['no item', { item_list: [] }, -2, ''],
    ['a text beyond the limit', { item_list: [text('x'.repeat(7337))] }, -2, 'prepare failed'],
    ['no context token', { context_token: undefined }, -2, 'unknown error'],
    ['a mix of items', { item_list: [text('a'), { type: 3, voice_item: {} }] }, -3, 'invalid arguments'],
    ['the user id in lower case', { to_user_id: 'ouser@im.wechat' }, -3, 'invalid arguments'],
    ['the user id with a prefix', { to_user_id: 'user:oUser@im.wechat' }, -3, 'invalid arguments'],
  ])('refuses %s', async (_what, change, ret, errmsg) => {
    const { botId, send } = await boundBot({ userId: 'oUser@im.wechat' })
    const { contextToken } = await control.inbound({ botId, text: 'hi' })
    const message = { to_user_id: 'oUser@im.wechat', context_token: contextToken, item_list: [text('a')] }
    expect(await send({ ...message, ...change })).toEqual({ ret, errmsg })
    expect(await control.sent()).toEqual([])
  })

  test('drops silently on demand: accepted, no id, not shown', async () => {
    await control.settings({ silentDrop: true })
    const { botId, userId, send } = await boundBot()
    const { contextToken } = await control.inbound({ botId, text: 'hi' })
    const message = { to_user_id: userId, context_token: contextToken, item_list: [text('lost')] }
    expect(await send(message)).toEqual({ ret: 0 })
    expect(await control.sent()).toEqual([])
  })
})

describe('typing', () => {
  test('has a ticket only after the user has written', async () => {
    const { botId, userId, call } = await boundBot()
    expect(await call('getconfig', { ilink_user_id: userId })).toMatchObject({ ret: -4 })
    await control.inbound({ botId, text: 'hi' })
    const config = await call('getconfig', { ilink_user_id: userId })
    expect(config).toMatchObject({ ret: 0, typing_ticket: expect.stringMatching(/^[\w+/]+=*$/) })
    const typing = { ilink_user_id: userId, typing_ticket: config.typing_ticket, status: 1 }
    expect(await call('sendtyping', typing)).toEqual({ ret: 0 })
    expect(await control.typing(botId)).toEqual([userId])
    expect(await call('sendtyping', { ...typing, status: 2 })).toEqual({ ret: 0 })
    expect(await control.typing(botId)).toEqual([])
    expect(await call('sendtyping', { ...typing, typing_ticket: 'other' })).toMatchObject({ ret: -3 })
  })
})

describe('login', () => {
  test('goes from wait over scaned to confirmed', async () => {
    const qrcode = await getQr(simulator.url)
    expect(await qrStatus(simulator.url, qrcode)).toEqual({ ret: 0, status: 'wait' })
    expect(await control.qrCodes()).toMatchObject([{ qrcode, status: 'wait' }])
    await control.scan(qrcode)
    expect(await qrStatus(simulator.url, qrcode)).toEqual({ ret: 0, status: 'scaned' })
    const held = qrStatus(simulator.url, qrcode)
    const { botId, token, userId } = await control.confirm(qrcode)
    expect(await held).toEqual({
      ret: 0,
      status: 'confirmed',
      bot_token: token,
      ilink_bot_id: botId,
      baseurl: simulator.url,
      ilink_user_id: userId,
    })
    expect(await control.qrCodes()).toEqual([])
    expect(await bot(simulator.url, token).poll()).toMatchObject({ ret: 0 })
  })

  test('says binded_redirect when the client holds this user’s live token already', async () => {
    const { token, userId, botId } = await control.account()
    const qrcode = await getQr(simulator.url, [token])
    expect(await control.confirm(qrcode, { userId })).toEqual({ botId, token, userId })
    expect(await qrStatus(simulator.url, qrcode)).toEqual({ ret: 0, status: 'binded_redirect' })
  })

  test('asks for the digits until they are right', async () => {
    const qrcode = await getQr(simulator.url)
    await control.requireCode(qrcode, '4711')
    expect(await qrStatus(simulator.url, qrcode)).toMatchObject({ status: 'need_verifycode' })
    expect(await qrStatus(simulator.url, qrcode, '1111')).toMatchObject({ status: 'need_verifycode' })
    expect(await qrStatus(simulator.url, qrcode, '4711')).toMatchObject({ status: 'scaned' })
  })

  test('blocks a code after three wrong tries', async () => {
    const qrcode = await getQr(simulator.url)
    await control.requireCode(qrcode, '4711')
    const tries = []
    for (const digits of ['1', '2', '3']) tries.push((await qrStatus(simulator.url, qrcode, digits)).status)
    expect(tries).toEqual(['need_verifycode', 'need_verifycode', 'verify_code_blocked'])
  })

  test('redirects to another host, once', async () => {
    const qrcode = await getQr(simulator.url)
    await control.redirect(qrcode, 'idc2.example')
    expect(await qrStatus(simulator.url, qrcode)).toEqual({
      ret: 0,
      status: 'scaned_but_redirect',
      redirect_host: 'idc2.example',
    })
    expect(await qrStatus(simulator.url, qrcode)).toMatchObject({ status: 'wait' })
  })

  test('expires on demand, and an unknown code is an expired one', async () => {
    const qrcode = await getQr(simulator.url)
    await control.expireQr(qrcode)
    expect(await qrStatus(simulator.url, qrcode)).toEqual({ ret: 0, status: 'expired' })
    expect(await qrStatus(simulator.url, 'never-seen')).toEqual({ ret: 0, status: 'expired' })
    await expect(control.confirm(qrcode)).rejects.toThrow('it is expired')
  })

  test('refuses another bot_type, and serves old clients that use GET', async () => {
    const url = `${simulator.url}/ilink/bot/get_bot_qrcode?bot_type=`
    expect(await jsonOf(await fetch(`${url}1`))).toMatchObject({ ret: 2 })
    expect(await jsonOf(await fetch(`${url}3`))).toMatchObject({ ret: 0, qrcode: expect.any(String) })
  })
})

describe('the recordings', () => {
  test('find nothing wrong with a right request', async () => {
    const { botId, call } = await boundBot()
    await call('msg/notifystart', {})
    expect(await control.requests()).toMatchObject([
      { seq: 1, endpoint: 'notifystart', method: 'POST', botId, status: 200, violations: [] },
    ])
  })

  test('name everything that is wrong with a bare one', async () => {
    await fetch(`${simulator.url}/ilink/bot/getupdates`, { method: 'POST', body: '{}' })
    const [request] = await control.requests()
    expect(request?.violations).toEqual([
      'header iLink-App-Id is missing',
      'header iLink-App-ClientVersion is missing',
      'header Content-Type is not application/json',
      'header AuthorizationType is not ilink_bot_token',
      'header X-WECHAT-UIN is not base64 of a decimal uint32',
      'header Authorization has no Bearer token',
      'body has no base_info',
    ])
  })
})

describe('two polls of one bot', () => {
  test('are recorded as rivals, and the newer one gets the message', async () => {
    await control.settings({ holdMs: 20_000 })
    const { botId, poll } = await boundBot()
    const hangUp = new AbortController()
    const older = poll('', hangUp.signal).catch(() => 'still waiting')
    await recorded('getupdates', 1)
    const newer = poll()
    await recorded('getupdates', 2)
    await control.inbound({ botId, text: 'for whom?' })
    expect((await newer).msgs).toHaveLength(1)
    hangUp.abort()
    expect(await older).toBe('still waiting')
    const violations = (await control.requests()).map((request) => request.violations)
    expect(violations).toEqual([[], ['another poll of this bot is still held']])
  })
})

describe('a request that is no request', () => {
  test('for a path that does not exist is answered 404 and recorded', async () => {
    const response = await fetch(`${simulator.url}/ilink/bot/getcontacts`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(404)
    expect(await control.requests()).toMatchObject([{ endpoint: 'unknown', path: '/ilink/bot/getcontacts' }])
  })

  test('with two megabytes of body is answered 413', async () => {
    const { raw } = await boundBot()
    expect((await raw('sendmessage', { msg: 'x'.repeat(2_000_000) })).status).toBe(413)
  })

  test('without JSON is an invalid argument', async () => {
    const { token } = await boundBot()
    const headers = { authorization: `Bearer ${token}` }
    const url = `${simulator.url}/ilink/bot/sendmessage`
    const response = await fetch(url, { method: 'POST', headers, body: 'hello' })
    expect(await jsonOf(response)).toMatchObject({ ret: -3 })
    expect(await control.requests()).toMatchObject([{ body: 'hello' }])
  })
})

describe('the control API', () => {
  test('is reached with and without the prefix of its paths', async () => {
    const paths = ['/control/qr', '/qr', '/control/control/qr']
    const answers = await Promise.all(paths.map((path) => fetch(`${simulator.controlUrl}${path}`)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404])
  })

  const post = async (path: string, body: string) => {
    const response = await fetch(`${simulator.controlUrl}${path}`, { method: 'POST', body })
    return { status: response.status, ...(await jsonOf(response)) }
  }

  test.each([
    ['/control/inbound', '{"botId":7}', 400, /^botId: /],
    ['/control/inbound', '{"botId":"b","txt":"x"}', 400, /txt/],
    ['/control/inbound', '{"botId":"nobody@im.bot","text":"x"}', 404, /nobody@im\.bot/],
    ['/control/inbound', '{"botId":"b","messageId":"x"}', 400, /^messageId: expected a decimal/],
    ['/control/inbound', '{"botId":"b","messageId":"18446744073709551616"}', 400, /^messageId: .*64 bits/],
    ['/control/settings', '{"quota":-1}', 400, /^quota: /],
    ['/control/faults', '{"endpoint":"upload","kind":"status","value":7}', 400, /^value: /],
    ['/control/qr/scan', '{', 400, /not JSON/],
    ['/control/nothing', '{}', 404, /nothing/],
  ])('refuses %s %s by naming what is wrong', async (path, body, status, message) => {
    expect(await post(path, body)).toEqual({ status, error: expect.stringMatching(message) })
  })
})

test('close ends at once, held polls too', async () => {
  const short = await startSimulator()
  const { token } = await controlClient(short.controlUrl).account()
  const held = bot(short.url, token)
    .poll()
    .catch(() => 'cut')
  await expect.poll(async () => (await controlClient(short.controlUrl).requests()).length).toBe(1)
  await short.close()
  expect(await held).toBe('cut')
})

async function recorded(endpoint: string, count: number) {
  const seen = async () =>
    (await control.requests()).filter((request) => request.endpoint === endpoint).length
  await expect.poll(seen).toBe(count)
}

function firstId(answer: Record<string, unknown>): string {
  const [first] = Array.isArray(answer.msgs) ? answer.msgs : []
  return `${first?.message_id}`
}
