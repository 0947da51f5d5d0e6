import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as PUPPET from 'wechaty-puppet'
import { systemClock } from '../src/clock.ts'
import { Connections, type Http } from '../src/wire/http.ts'
import { inConversation, online, setStage, until } from './stage.ts'

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`)

describe('received messages', () => {
  it('keep every digit of ids above 2^53', async () => {
    const stage = await setStage()
    const { actor, botId } = await online(stage)
    await stage.control.inbound({ botId, text: 'x', messageId: '18446744073709551615' })
    await stage.control.inbound({ botId, text: 'x', messageId: '9007199254740993' })
    await until(() => actor.of('message').length === 2)
    expect(actor.of('message')).toEqual([
      { messageId: '18446744073709551615' },
      { messageId: '9007199254740993' },
    ])
  })

  it.each(['duplicate', 'replay'] as const)(
    'come once when the backend delivers in %s mode',
    async (delivery) => {
      const stage = await setStage({ delivery, holdMs: 100 })
      const { actor, botId } = await online(stage)
      await stage.control.inboundBatch(numbered(5).map((text) => ({ botId, text })))
      const polls = async () =>
        (await stage.control.requests()).filter(({ endpoint }) => endpoint === 'getupdates')
      await until(async () => (await polls()).length > 8)
      expect(await actor.texts()).toEqual(numbered(5))
    },
  )

  it('that are too many for one answer are a problem of a connected puppet, with its code', async () => {
    const stage = await setStage()
    const connections = new Connections()
    const http: Http = (url, request, limits) =>
      connections.http(
        url,
        request,
        url.pathname.endsWith('/getupdates') ? { ...limits, maxBodyBytes: 1 } : limits,
      )
    const { actor } = await online(stage, {}, { http })
    await until(() => actor.puppet.receiveProblem !== undefined)
    expect(actor.puppet.receiveProblem).toMatchObject({ code: 'answer-too-large' })
    expect(actor.puppet.connected).toBe(true)
    expect(actor.of('error')).not.toEqual([])
    connections.close()
  })

  it('come after a restart, when they came while the puppet was stopped', async () => {
    const stage = await setStage()
    const stateDir = await stage.folder()
    const { puppet, token, botId } = await online(stage, { stateDir })
    await puppet.stop()
    await stage.control.inbound({ botId, text: 'meanwhile' })
    const next = stage.actor({ stateDir, token })
    await next.puppet.start()
    await until(() => next.of('message').length > 0)
    expect(await next.texts()).toEqual(['meanwhile'])
  })

  it('are emitted again after a restart when a listener threw, and the others arrive meanwhile', async () => {
    const stage = await setStage()
    const stateDir = await stage.folder()
    const { puppet, actor, token, botId } = await online(stage, { stateDir })
    puppet.once('message', () => {
      throw new Error('a bad listener')
    })
    await stage.control.inboundBatch([
      { botId, text: 'first' },
      { botId, text: 'second' },
    ])
    await until(() => actor.of('message').length === 2)
    await puppet.stop()
    const next = stage.actor({ stateDir, token })
    await next.puppet.start()
    await until(() => next.of('message').length > 0)
    expect(await next.texts()).toEqual(['first'])
  })

  it('arrive after a poll has failed in every way', async () => {
    const stage = await setStage({ holdMs: 50 })
    const { actor, botId } = await online(stage)
    for (const kind of ['reset', 'empty', 'not-json'] as const) {
      await stage.control.fault({ endpoint: 'getupdates', kind })
    }
    await stage.control.fault({ endpoint: 'getupdates', kind: 'status', value: 524 })
    await stage.control.fault({ endpoint: 'getupdates', kind: 'ret', value: -1, errmsg: 'busy' })
    await stage.control.inbound({ botId, text: 'at last' })
    await until(() => actor.of('message').length > 0)
    expect(await actor.texts()).toEqual(['at last'])
    // Reported is the third failure in a row.
    expect(actor.of('error').length).toBe(1)
  })
})

describe('with acknowledge: manual', () => {
  it('messages come again after every restart until they are acknowledged, in their order', async () => {
    const stage = await setStage()
    const options = { stateDir: await stage.folder(), acknowledge: 'manual' as const }
    const { puppet, actor, token, botId } = await online(stage, options)
    await stage.control.inboundBatch(numbered(4).map((text) => ({ botId, text })))
    await until(() => actor.of('message').length === 4)
    puppet.ack(String(actor.of('message')[1]?.messageId))
    puppet.ack(String(actor.of('message')[1]?.messageId))
    puppet.ack('no such message')
    await puppet.stop()

    const second = stage.actor({ ...options, token })
    await second.puppet.start()
    await until(() => second.of('message').length === 3)
    expect(await second.texts()).toEqual(['text 0', 'text 2', 'text 3'])
    for (const { messageId } of second.of('message')) second.puppet.ack(String(messageId))
    await second.puppet.stop()

    const third = stage.actor({ ...options, token })
    await third.puppet.start()
    await until(() => third.of('ready').length > 0)
    await stage.control.inbound({ botId, text: 'new' })
    await until(() => third.of('message').length > 0)
    expect(await third.texts()).toEqual(['new'])
  })
})

describe('the state folder', () => {
  it('moves an unreadable database aside and reports it', async () => {
    const stage = await setStage()
    const stateDir = await stage.folder()
    const garbage = 'no database '.repeat(1_000)
    await writeFile(join(stateDir, 'ilink.sqlite'), garbage)
    const { actor, botId } = await online(stage, { stateDir })
    expect(actor.of('error').length).toBe(1)
    const aside = (await readdir(stateDir)).find((name) => name.startsWith('ilink.sqlite.corrupt-'))
    expect(await readFile(join(stateDir, aside ?? ''), 'utf8')).toBe(garbage)
    await stage.control.inbound({ botId, text: 'it works' })
    await until(() => actor.of('message').length > 0)
  })
})

describe('a message payload', () => {
  it('of text names who wrote it and to whom', async () => {
    const stage = await setStage()
    const { puppet, actor, botId, userId } = await inConversation(stage)
    const messageId = String(actor.of('message')[0]?.messageId)
    expect(await puppet.messagePayload(messageId)).toMatchObject({
      id: messageId,
      talkerId: userId,
      listenerId: botId,
      type: PUPPET.types.Message.Text,
      text: 'hello',
    })
  })

  it('shows the quoted text of a sent message that is quoted by its id alone', async () => {
    const stage = await setStage()
    const { puppet, actor, botId, userId } = await inConversation(stage)
    const sent = await puppet.messageSendText(userId, 'one two three')
    await stage.control.inbound({ botId, text: 'really?', quote: { shape: 'id', messageId: sent } })
    await until(() => actor.of('message').length === 3)
    const messageId = String(actor.of('message').at(-1)?.messageId)
    expect((await puppet.messagePayload(messageId)).text).toBe(
      `「${botId.split('@')[0]}：one two three」\n- - - - - - - - - - - - - - -\nreally?`,
    )
    expect(await puppet.messageQuote(messageId)).toEqual({
      messageId: sent,
      talkerId: botId,
      text: 'one two three',
    })
  })

  it.each(['full', 'type8', 'type0', 'untyped', 'id'] as const)(
    'finds the quoted text in the %s shape',
    async (shape) => {
      const stage = await setStage()
      const { puppet, actor, botId } = await inConversation(stage)
      const quoted = String(actor.of('message')[0]?.messageId)
      await stage.control.inbound({ botId, text: 'yes', quote: { shape, messageId: quoted } })
      await until(() => actor.of('message').length === 2)
      const quote = await puppet.messageQuote(String(actor.of('message')[1]?.messageId))
      expect(quote?.text).toBe('hello')
    },
  )
})

it('are left with the backend once the puppet was told to stop receiving, while it sends on', async () => {
  const stage = await setStage({ holdMs: 20 })
  const { actor, puppet, botId, userId } = await inConversation(stage)
  const polls = async () =>
    (await stage.control.requests()).filter(({ endpoint }) => endpoint === 'getupdates').length
  puppet.stopReceiving()
  await stage.control.inbound({ botId, text: 'later' })
  const before = await polls()
  await puppet.messageSendText(userId, 'an answer')
  await systemClock.sleep(200)
  expect(await polls()).toBe(before)
  expect(await actor.texts()).not.toContain('later')
})
