import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../src/clock.ts'
import type { Http } from '../src/index.ts'
import { Connections } from '../src/wire/http.ts'
import { failureOf, hurriedClock, inConversation, online, type Stage, setStage, until } from './stage.ts'

const hourMs = 3_600_000

/** A port without a listener. */
const closedPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

const wireSends = async ({ control }: Stage) =>
  (await control.requests()).filter(({ endpoint }) => endpoint === 'sendmessage')
const textsOf = async ({ control }: Stage) =>
  (await control.sent()).map(({ items }) => JSON.stringify(items[0]?.text_item ?? items[0]))

describe('a sent text', () => {
  it('reaches the person with the client id of the caller, once for each id', async () => {
    const stage = await setStage()
    const { puppet, actor, userId } = await inConversation(stage)
    const first = await puppet.sendText(userId, 'once', { clientId: 'client-1' })
    const again = await puppet.sendText(userId, 'once', { clientId: 'client-1' })
    expect(again).toEqual(first)
    expect((await stage.control.sent()).map(({ clientId, messageId }) => [clientId, messageId])).toEqual([
      ['client-1', first.messageId],
    ])
    expect((await puppet.sendWindow(userId)).remaining).toBe(9)
    await until(() => actor.of('message').length === 2)
    expect(actor.of('message')[1]).toEqual({ messageId: first.messageId })
  })

  it('is emitted as a message of the bot only where that is wanted, and found in any case', async () => {
    const stage = await setStage()
    const { puppet, actor, userId, botId } = await inConversation(stage, { emitOwnMessages: false })
    const { messageId } = await puppet.sendText(userId, 'quiet', { clientId: 'client-1' })
    expect(await puppet.messagePayload(messageId)).toMatchObject({ text: 'quiet' })
    await stage.control.inbound({ botId, text: 'next' })
    await until(() => actor.of('message').length === 2)
    expect(await actor.texts()).toEqual(['hello', 'next'])
  })

  it('keeps the rules of the protocol', async () => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    await puppet.messageSendText(userId, 'x')
    await puppet.conversationTyping(userId, true)
    await puppet.stop()
    const requests = await stage.control.requests()
    expect(requests.flatMap(({ violations }) => violations)).toEqual([])
    expect(new Set(requests.map(({ endpoint }) => endpoint))).toEqual(
      new Set(['notifystart', 'getupdates', 'sendmessage', 'getconfig', 'sendtyping', 'notifystop']),
    )
  })

  it.each([
    ['an empty text', ''],
    ['a text over the limit', 'x'.repeat(2_001)],
  ])('is refused before the wire when it is %s', async (_, text) => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    const failure = await failureOf(puppet.messageSendText(userId, text))
    expect(failure).toMatchObject({ code: 'invalid-argument', retryable: false, certain: true })
    expect(await wireSends(stage)).toEqual([])
  })

  it('is refused before the wire when its signal has aborted', async () => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    const options = { clientId: 'x', signal: AbortSignal.abort() }
    const failure = await failureOf(puppet.sendText(userId, 'x', options))
    expect(failure).toMatchObject({ code: 'aborted', certain: true })
    expect((await puppet.sendWindow(userId)).remaining).toBe(10)
  })

  it('is aborted by its signal on the way, with an unknown outcome', async () => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    await stage.control.fault({ endpoint: 'sendmessage', kind: 'stall-body' })
    const controller = new AbortController()
    const work = failureOf(puppet.sendText(userId, 'x', { clientId: 'x', signal: controller.signal }))
    await until(async () => (await wireSends(stage)).length > 0)
    controller.abort()
    expect(await work).toMatchObject({ code: 'aborted', retryable: true, certain: false })
    expect((await puppet.sendWindow(userId)).remaining).toBe(9)
  })
})

describe('the send window', () => {
  it('is closed for a person who has not written, before any request', async () => {
    const stage = await setStage()
    const { puppet, userId } = await online(stage)
    expect(await puppet.sendWindow(userId)).toEqual({ open: false, remaining: 0 })
    const failure = await failureOf(puppet.messageSendText(userId, 'x'))
    expect(failure).toMatchObject({ code: 'window-closed', retryable: true, certain: true })
    expect(await wireSends(stage)).toEqual([])
  })

  it('holds ten sends, over a restart, and opens again with the next message', async () => {
    const stage = await setStage()
    const stateDir = await stage.folder()
    const { puppet, token, botId, userId } = await inConversation(stage, { stateDir })
    for (let sent = 0; sent < 6; sent += 1) await puppet.messageSendText(userId, `${sent}`)
    await puppet.stop()
    const next = stage.actor({ stateDir, token })
    await next.puppet.start()
    await until(() => next.puppet.isLoggedIn)
    expect(await next.puppet.sendWindow(userId)).toMatchObject({ open: true, remaining: 4 })
    for (let sent = 6; sent < 10; sent += 1) await next.puppet.messageSendText(userId, `${sent}`)
    const failure = await failureOf(next.puppet.messageSendText(userId, 'one too many'))
    expect(failure).toMatchObject({ code: 'quota', retryable: true, certain: true })
    expect((await wireSends(stage)).length).toBe(10)
    await stage.control.inbound({ botId, text: 'go on' })
    await until(async () => (await next.puppet.sendWindow(userId)).remaining === 10)
    await next.puppet.messageSendText(userId, 'gladly')
  })

  it('closes 24 hours later', async () => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    const { closesAtMs = 0 } = await puppet.sendWindow(userId)
    await stage.control.advanceClock(closesAtMs - systemClock.now() - hourMs)
    await puppet.messageSendText(userId, 'in time')
    await stage.control.advanceClock(hourMs)
    await until(async () => !(await puppet.sendWindow(userId)).open)
    expect(await failureOf(puppet.messageSendText(userId, 'late'))).toMatchObject({ code: 'window-closed' })
    expect(await textsOf(stage)).toEqual(['{"text":"in time"}'])
  })

  it.each([
    ['ahead', 25 * hourMs],
    ['behind', -25 * hourMs],
  ])('is judged by the clock of iLink, if that of this machine is a day %s', async (_what, aheadMs) => {
    const stage = await setStage()
    const clock = { ...hurriedClock, now: () => systemClock.now() + aheadMs }
    const { puppet, userId } = await inConversation(stage, {}, { clock })
    await puppet.messageSendText(userId, 'an answer')
    expect(await textsOf(stage)).toEqual(['{"text":"an answer"}'])
    expect(Math.round((puppet.clockOffsetMs ?? 0) / hourMs)).toBe(-aheadMs / hourMs)
    await stage.control.advanceClock(25 * hourMs)
    await until(async () => !(await puppet.sendWindow(userId)).open)
  })

  it('does not count a send that the backend certainly did not accept', async () => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    await stage.control.fault({
      endpoint: 'sendmessage',
      kind: 'ret',
      value: -3,
      errmsg: 'invalid arguments',
    })
    await failureOf(puppet.messageSendText(userId, 'x'))
    expect((await puppet.sendWindow(userId)).remaining).toBe(10)
  })

  it('is closed by the backend when its quota is smaller than the published one', async () => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    await stage.control.fault({ endpoint: 'sendmessage', kind: 'ret', value: -2, errmsg: '' })
    expect(await failureOf(puppet.messageSendText(userId, 'x'))).toMatchObject({ code: 'quota' })
    expect(await puppet.sendWindow(userId)).toMatchObject({ open: false, remaining: 0 })
  })

  it('that a message opens again stays open when a send in the one before it is refused', async () => {
    const stage = await setStage()
    const { puppet, botId, userId } = await inConversation(stage)
    const { openedAtMs } = await puppet.sendWindow(userId)
    await stage.control.settings({ windowMs: 1 })
    await stage.control.fault({ endpoint: 'sendmessage', kind: 'delay', value: 700 })
    const failure = failureOf(puppet.messageSendText(userId, 'x'))
    await until(async () => (await wireSends(stage)).length > 0)
    await stage.control.inbound({ botId, text: 'again' })
    await until(async () => (await puppet.sendWindow(userId)).openedAtMs !== openedAtMs)
    expect(await failure).toMatchObject({ code: 'quota' })
    expect(await puppet.sendWindow(userId)).toMatchObject({ open: true, remaining: 10 })
    expect((await puppet.sendLimits())?.windowMs).toBeGreaterThanOrEqual(700)
  })
})

describe('what the backend really allows', () => {
  const refuse = ({ control }: Stage, errmsg = 'prepare failed') =>
    control.fault({ endpoint: 'sendmessage', kind: 'ret', value: -2, errmsg })
  const published = { refusals: { quota: 0, window: 0, rate: 0 } }

  it('is as published until a send is refused', async () => {
    const { puppet, userId } = await inConversation(await setStage())
    await puppet.messageSendText(userId, 'x')
    expect(await puppet.sendLimits()).toEqual(published)
    expect(await puppet.sendWindow(userId)).not.toHaveProperty('likely')
  })

  it('is learnt from a refusal, kept over a restart, and corrected by a send that is accepted beyond it', async () => {
    const stage = await setStage()
    const stateDir = await stage.folder()
    const { puppet, token, botId, userId } = await inConversation(stage, { stateDir })
    for (const text of ['1', '2', '3']) await puppet.messageSendText(userId, text)
    await refuse(stage)
    await failureOf(puppet.messageSendText(userId, '4'))
    await puppet.stop()
    const next = stage.actor({ stateDir, token })
    await next.puppet.start()
    await until(() => next.puppet.isLoggedIn)
    expect(await next.puppet.sendLimits()).toMatchObject({
      sends: 3,
      refusals: { quota: 1, window: 0, rate: 0 },
    })
    await stage.control.inbound({ botId, text: 'go on' })
    await until(async () => (await next.puppet.sendWindow(userId)).likely?.remaining === 3)
    for (const text of ['4', '5', '6', '7']) await next.puppet.messageSendText(userId, text)
    await until(async () => (await next.puppet.sendLimits())?.sends === 4)
  })

  it('counts a refusal of the first send as a window that closed sooner, and other refusals as what they are', async () => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    await refuse(stage, 'rate limited')
    await failureOf(puppet.messageSendText(userId, 'x'))
    await stage.control.advanceClock(hourMs)
    await refuse(stage)
    await until(async () => (await failureOf(puppet.messageSendText(userId, 'x'))) !== undefined)
    const limits = await puppet.sendLimits()
    expect(limits).toMatchObject({ refusals: { quota: 0, window: 1, rate: 1 } })
    expect(Math.round((limits?.windowMs ?? 0) / hourMs)).toBe(1)
    const { likely } = await puppet.sendWindow(userId)
    expect(likely).toMatchObject({ remaining: 0 })
  })
})

describe('a failed send has a code and says whether it may have arrived:', () => {
  it.each([
    ['ret', -2, 'rate limited', { code: 'rate-limited', retryable: true, certain: true, ret: -2 }],
    ['ret', -2, 'prepare failed', { code: 'quota', retryable: true, certain: true }],
    ['ret', -13, '', { code: 'rate-limited', retryable: true, certain: true, retryAfterMs: 30_000 }],
    ['ret', -1, 'system busy', { code: 'refused', retryable: true, certain: true }],
    ['ret', -2, 'unknown error', { code: 'quota', retryable: true, certain: true }],
    ['ret', -3, 'invalid arguments', { code: 'invalid-argument', retryable: false, certain: true }],
    ['ret', -99, '', { code: 'refused', retryable: true, certain: true, ret: -99 }],
    ['status', 429, '', { code: 'rate-limited', retryable: true, certain: true, retryAfterMs: 30_000 }],
    ['status', 403, '', { code: 'refused', retryable: true, certain: true }],
    ['status', 413, '', { code: 'refused', retryable: false, certain: true }],
    ['status', 524, '', { code: 'bad-response', retryable: true, certain: false }],
    ['empty', undefined, '', { code: 'empty-response', retryable: true, certain: false }],
    ['not-json', undefined, '', { code: 'bad-response', retryable: true, certain: false }],
    ['reset', undefined, '', { code: 'network', retryable: true, certain: false }],
  ] as const)('%s %s "%s"', async (kind, value, errmsg, expected) => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    await stage.control.fault({
      endpoint: 'sendmessage',
      kind,
      errmsg,
      ...(value === undefined ? {} : { value }),
    })
    expect(await failureOf(puppet.messageSendText(userId, 'x'))).toMatchObject(expected)
  })

  it('an answer without a message id', async () => {
    const stage = await setStage({ silentDrop: true })
    const { puppet, userId } = await inConversation(stage)
    const failure = await failureOf(puppet.messageSendText(userId, 'x'))
    expect(failure).toMatchObject({ code: 'unconfirmed', retryable: true, certain: false })
  })

  it('a backend that is not there', async () => {
    const stage = await setStage()
    const nowhere = await closedPort()
    const connections = new Connections()
    onTestFinished(() => connections.close())
    const http: Http = (url, request, limits) => {
      const isSend = url.pathname.endsWith('sendmessage')
      return connections.http(isSend ? new URL(`http://127.0.0.1:${nowhere}/`) : url, request, limits)
    }
    const { puppet, userId } = await inConversation(stage, {}, { clock: hurriedClock, http })
    const failure = await failureOf(puppet.messageSendText(userId, 'x'))
    expect(failure).toMatchObject({ code: 'network', retryable: true, certain: true })
    expect((await puppet.sendWindow(userId)).remaining).toBe(10)
  })

  it('a program that does not let it ask, of which nothing reaches the backend', async () => {
    const stage = await setStage()
    let mayAsk = true
    const { puppet, userId } = await inConversation(stage, {}, { mayAsk: () => mayAsk })
    mayAsk = false
    const failure = await failureOf(puppet.messageSendText(userId, 'x'))
    expect(failure).toMatchObject({ code: 'suspended', retryable: true, certain: true })
    expect(await wireSends(stage)).toEqual([])
    mayAsk = true
    await puppet.messageSendText(userId, 'y')
    expect(await textsOf(stage)).toEqual(['{"text":"y"}'])
  })

  it('without a login', async () => {
    const stage = await setStage()
    const { puppet } = stage.actor()
    expect(await failureOf(puppet.messageSendText('x@im.wechat', 'x'))).toMatchObject({
      code: 'not-logged-in',
    })
    await puppet.start()
    expect(await failureOf(puppet.messageSendText('x@im.wechat', 'x'))).toMatchObject({
      code: 'not-logged-in',
    })
  })
})

describe('typing', () => {
  const statuses = async ({ control }: Stage) =>
    (await control.requests())
      .filter(({ endpoint }) => endpoint === 'sendtyping')
      .map(({ body }) => JSON.parse(JSON.stringify(body)).status)

  it('is kept alive until it is switched off, with one ticket', async () => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    await puppet.conversationTyping(userId, true)
    await until(async () => (await statuses(stage)).length > 2)
    await puppet.conversationTyping(userId, false)
    expect((await statuses(stage)).at(-1)).toBe(2)
    const tickets = (await stage.control.requests()).filter(({ endpoint }) => endpoint === 'getconfig')
    expect(tickets.length).toBe(1)
  })

  it('is switched off by a stop', async () => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    await puppet.conversationTyping(userId, true)
    await puppet.stop()
    expect((await statuses(stage)).at(-1)).toBe(2)
  })

  it('never fails its caller', async () => {
    const stage = await setStage()
    const { puppet, userId, botId } = await online(stage)
    await puppet.conversationTyping(userId, true)
    await puppet.conversationTyping(userId, false)
    await stage.control.inbound({ botId, text: 'x' })
    await stage.control.fault({ endpoint: 'sendtyping', kind: 'status', value: 500, times: 5 })
    await puppet.conversationTyping(userId, true)
    await puppet.conversationTyping(userId, false)
    await puppet.stop()
    await puppet.conversationTyping(userId, true)
    expect(await statuses(stage)).not.toContain(3)
  })
})
