import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { StateChange } from '../src/index.ts'
import { type Actor, hurriedClock, inConversation, online, type Stage, setStage, until } from './stage.ts'
import { StrictState } from './strict-state.ts'

const withState = (state: StrictState) => ({ clock: hurriedClock, state })

const problemsOf = (actor: Actor): string[] =>
  actor.of('error').map(({ gerror }) => JSON.parse(String(gerror)).message)

const polls = async ({ control }: Stage) =>
  (await control.requests()).filter(({ endpoint }) => endpoint === 'getupdates')
const sends = async ({ control }: Stage) =>
  (await control.requests()).filter(({ endpoint }) => endpoint === 'sendmessage')

const kindsOf = (changes: readonly StateChange[]) => changes.map(({ kind }) => kind)
const full = async () => {
  throw new Error('disk full')
}
const works = async () => undefined

describe('a state store that is handed in', () => {
  it('holds everything but files, and is not closed by the puppet', async () => {
    const stage = await setStage()
    const stateDir = await stage.folder()
    const state = new StrictState()
    const first = await inConversation(stage, { stateDir }, withState(state))
    await first.puppet.stop()
    expect(await readdir(stateDir)).toEqual([])
    expect(await state.keys('credentials')).toEqual([])
    const second = stage.actor({ stateDir, token: first.token }, withState(state))
    await second.puppet.start()
    await until(() => second.of('ready').length > 0)
    expect((await second.puppet.sendWindow(first.userId)).remaining).toBe(10)
    expect(second.of('message')).toEqual([])
  })

  it('has a QR login before it is reported', async () => {
    const stage = await setStage()
    const state = new StrictState()
    const actor = stage.actor({}, withState(state))
    state.beforeWrite = full
    await actor.puppet.start()
    await until(() => actor.of('scan').length > 0)
    const [code] = await stage.control.qrCodes()
    await stage.control.confirm(code?.qrcode ?? '')
    await until(() => state.writes.length > 2)
    expect(actor.of('login')).toEqual([])
    expect(problemsOf(actor).length).toBe(1)
    state.beforeWrite = works
    await until(() => actor.of('login').length > 0)
    expect(state.writes[0]?.durability).toBe('durable')
    expect(await state.keys('credentials')).toEqual(['login'])
  })
})

describe('a batch', () => {
  it.each([
    ['manual', 'relaxed'],
    ['on-emit', 'durable'],
  ] as const)(
    'is one write with its window and cursor (acknowledge: %s, %s)',
    async (acknowledge, expected) => {
      const stage = await setStage()
      const state = new StrictState()
      await inConversation(stage, { acknowledge }, withState(state))
      const batches = state.writes.filter(({ changes }) => kindsOf(changes).includes('pending'))
      expect(batches.map(({ durability, changes }) => [durability, kindsOf(changes)])).toEqual([
        [expected, ['pending', 'message', 'seen', 'window', 'meta']],
      ])
    },
  )

  it('is emitted, and the next poll begun, only when it is stored', async () => {
    const stage = await setStage()
    const state = new StrictState()
    const { actor, botId } = await online(stage, {}, withState(state))
    const { promise: stored, resolve: release } = Promise.withResolvers<void>()
    await until(async () => (await polls(stage)).length === 1)
    state.beforeWrite = () => stored
    await stage.control.inbound({ botId, text: 'hello' })
    await until(() => state.writes.some(({ changes }) => kindsOf(changes).includes('pending')))
    await hurriedClock.sleep(5_000)
    expect(actor.of('message')).toEqual([])
    expect((await polls(stage)).length).toBe(1)
    release()
    await until(() => actor.of('message').length === 1)
  })

  it('stays in memory while the store fails, one problem is reported an outage, and nothing is lost', async () => {
    const stage = await setStage()
    const state = new StrictState()
    const { actor, botId } = await online(stage, { acknowledge: 'manual' }, withState(state))
    const acknowledged = new Set<string>()
    actor.puppet.on('message', ({ messageId }) => {
      acknowledged.add(messageId)
      actor.puppet.ack(messageId)
    })
    for (const outage of [1, 2]) {
      state.beforeWrite = full
      await stage.control.inboundBatch([1, 2, 3].map((n) => ({ botId, text: `${outage}.${n}` })))
      const { length } = state.writes
      await until(() => state.writes.length > length + 3)
      expect(actor.puppet.receiveProblem).toMatchObject({ code: 'state-failed' })
      await stage.control.inbound({ botId, text: `${outage}.4` })
      const asked = (await polls(stage)).length
      await hurriedClock.sleep(10_000)
      expect((await polls(stage)).length).toBe(asked)
      state.beforeWrite = works
      await until(() => acknowledged.size === outage * 4)
      expect(actor.puppet.receiveProblem).toBeUndefined()
      expect(actor.of('error').length).toBe(outage)
    }
    expect(await actor.texts()).toEqual(['1.1', '1.2', '1.3', '1.4', '2.1', '2.2', '2.3', '2.4'])
    expect(problemsOf(actor)[0]).toContain('disk full')
  })

  it('of ids that no database takes is stored, known again, and can be answered', async () => {
    const stage = await setStage({ delivery: 'replay', holdMs: 50 })
    const state = new StrictState()
    const from = `long ${'x'.repeat(5_000)}@im.wechat`
    const { actor, puppet, botId } = await online(stage, { acknowledge: 'manual' }, withState(state))
    const ids = ['\u0000nul', '\ud800 half', `long ${'y'.repeat(5_000)}`]
    for (const id of ids) {
      await stage.control.inbound({ botId, from, text: 'x', extra: { message_id: id, context_token: 'c' } })
    }
    for (const [n] of ids.entries()) {
      await until(() => actor.of('message').length > n)
      puppet.ack(String(actor.of('message')[n]?.messageId))
    }
    const before = (await polls(stage)).length
    await until(async () => (await polls(stage)).length > before + 3)
    expect(actor.of('message').length).toBe(3)
    expect((await puppet.sendWindow(from)).remaining).toBe(10)
    expect(await puppet.contactList()).toContain(from)
    for (const { messageId } of actor.of('message')) await puppet.messagePayload(String(messageId))
  })
})

describe('with acknowledge: manual', () => {
  it('the next poll waits until every message is acknowledged, with heartbeats meanwhile', async () => {
    const stage = await setStage()
    const { actor, puppet, botId } = await online(stage, { acknowledge: 'manual' })
    await until(async () => (await polls(stage)).length === 1)
    await stage.control.inboundBatch([1, 2, 3].map((n) => ({ botId, text: `${n}` })))
    await until(() => actor.of('message').length === 3)
    const [first, second, third] = actor.of('message').map(({ messageId }) => String(messageId))
    puppet.ack(first ?? '')
    puppet.ack(third ?? '')
    const waiting = () =>
      actor.of('heartbeat').filter(({ data }) => data === 'waiting for 1 acknowledgements')
    await until(() => waiting().length > 1)
    expect((await polls(stage)).length).toBe(1)
    puppet.ack(second ?? '')
    await until(async () => (await polls(stage)).length === 2)
  })

  it('the next poll after a restart waits for what was not acknowledged before', async () => {
    const stage = await setStage()
    const state = new StrictState()
    const options = { acknowledge: 'manual' } as const
    const first = await inConversation(stage, options, withState(state))
    await first.puppet.stop()
    const asked = (await polls(stage)).length
    const second = stage.actor({ ...options, token: first.token }, withState(state))
    await second.puppet.start()
    await until(() => second.of('message').length === 1)
    await until(() => second.of('heartbeat').length > 1)
    expect((await polls(stage)).length).toBe(asked)
    second.puppet.ack(String(second.of('message')[0]?.messageId))
    await until(async () => (await polls(stage)).length > asked)
  })

  it('a thousand acknowledgements are few writes', async () => {
    const stage = await setStage()
    const state = new StrictState()
    const { actor, puppet, botId } = await online(stage, { acknowledge: 'manual' }, withState(state))
    puppet.on('message', ({ messageId }) => puppet.ack(messageId))
    await stage.control.inboundBatch(Array.from({ length: 1_000 }, (_, n) => ({ botId, text: `${n}` })))
    await until(() => actor.of('message').length === 1_000)
    await puppet.stop()
    expect(await state.keys('pending')).toEqual([])
    expect(state.writes.length).toBeLessThan(50)
  })
})

describe('a send', () => {
  it('that cannot be counted or remembered succeeds, and is sent once', async () => {
    const stage = await setStage()
    const state = new StrictState()
    const { actor, puppet, userId } = await inConversation(stage, {}, withState(state))
    state.beforeWrite = full
    const { messageId } = await puppet.sendText(userId, 'hello', { clientId: 'c' })
    await until(() => actor.of('message').length === 2)
    expect((await sends(stage)).length).toBe(1)
    expect((await puppet.messagePayload(messageId)).text).toBe('hello')
    expect((await puppet.sendWindow(userId)).remaining).toBe(9)
    expect(actor.of('error')).toEqual([])
  })

  it('is counted before it is attempted, in a relaxed write', async () => {
    const stage = await setStage()
    const state = new StrictState()
    const { puppet, userId } = await inConversation(stage, {}, withState(state))
    state.writes.length = 0
    const { promise: counted, resolve: release } = Promise.withResolvers<void>()
    state.beforeWrite = () => counted
    const sending = puppet.sendText(userId, 'hello', { clientId: 'c' })
    await until(() => state.writes.length > 0)
    await hurriedClock.sleep(5_000)
    expect(await sends(stage)).toEqual([])
    release()
    await sending
    expect(state.writes.map(({ durability }) => durability)).toEqual(['relaxed', 'relaxed'])
  })

  it('does not wait for its message to be remembered', async () => {
    const stage = await setStage()
    const state = new StrictState()
    const { puppet, userId } = await inConversation(stage, {}, withState(state))
    state.beforeWrite = (changes) =>
      kindsOf(changes).includes('message') ? new Promise(() => undefined) : Promise.resolve()
    const { messageId } = await puppet.sendText(userId, 'hello', { clientId: 'c' })
    expect((await puppet.messagePayload(messageId)).text).toBe('hello')
    await puppet.stop()
  })

  it('that is repeated after a restart is shown once and emitted once', async () => {
    const stage = await setStage()
    const state = new StrictState()
    const { puppet, userId, token } = await inConversation(stage, {}, withState(state))
    const sent = await puppet.sendText(userId, 'hello', { clientId: 'c' })
    await puppet.stop()
    const next = stage.actor({ token }, withState(state))
    await next.puppet.start()
    await until(() => next.puppet.isLoggedIn)
    expect(await next.puppet.sendText(userId, 'hello', { clientId: 'c' })).toEqual(sent)
    await next.puppet.stop()
    expect(next.of('message')).toEqual([])
    expect((await stage.control.sent()).length).toBe(1)
  })
})

describe('an entry that cannot be read', () => {
  /** A store that a bot has used: one message acknowledged, one not. */
  const used = async () => {
    const stage = await setStage()
    const state = new StrictState()
    const bot = await inConversation(stage, { acknowledge: 'manual' }, withState(state))
    await state.keys('pending')
    await bot.puppet.stop()
    const begin = async () => {
      const actor = stage.actor({ acknowledge: 'manual', token: bot.token }, withState(state))
      await actor.puppet.start()
      await until(() => actor.puppet.isLoggedIn)
      return actor
    }
    return { ...bot, stage, state, begin }
  }

  it.each(['garbage', '{}', '[]', 'null', '{"id": 1}', '"\\u0000"'])(
    'is set aside and reported once: a pending message (%s)',
    async (value) => {
      const { state, begin, stage, botId } = await used()
      const [key = ''] = await state.keys('pending')
      const [entry] = await state.list('pending', { limit: 1 })
      await state.put('pending', '0000000000000005', entry?.value.replace('hello', 'after it') ?? '')
      await state.put('pending', key, value)
      const actor = await begin()
      await until(() => actor.of('message').length === 1)
      const setAside = JSON.parse(
        [...(await state.get('damaged', [`pending/${key}`])).values()].join() || '{}',
      )
      expect(setAside).toEqual({ value, reason: expect.any(String) })
      expect(await state.keys('pending')).toEqual(['0000000000000005'])
      expect(problemsOf(actor).length).toBe(1)
      expect(problemsOf(actor)[0]).toContain('kind "pending"')
      actor.puppet.ack(String(actor.of('message')[0]?.messageId))
      await stage.control.inbound({ botId, text: 'new' })
      await until(() => actor.of('message').length === 2)
    },
  )

  it.each(['garbage', '{"id": 1}'])('is as if it were not there: a message (%s)', async (value) => {
    const { state, begin, stage, botId } = await used()
    await state.write([{ kind: 'pending', key: undefined }])
    const [key = ''] = await state.keys('message')
    await state.put('message', key, value)
    const actor = await begin()
    await expect(actor.puppet.messageRawPayload(key)).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(actor.puppet.messageRawPayload(key)).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(actor.of('error').length).toBe(1)
    expect(await state.keys('damaged')).toEqual([`message/${key}`])
    await stage.control.inbound({ botId, text: 'yes', quote: { shape: 'id', messageId: key } })
    await until(() => actor.of('message').length === 1)
    expect(await actor.texts()).toHaveLength(1)
  })

  it.each([
    'garbage',
    '{"userId": "x"}',
    '{"userId":"u","token":"t","atMs":1.5,"exhausted":false,"counted":[]}',
  ])('closes the window until the person writes again: a window (%s)', async (value) => {
    const { state, begin, stage, botId, userId } = await used()
    await state.write([{ kind: 'pending', key: undefined }])
    await state.put('window', userId, value)
    const actor = await begin()
    expect(await actor.puppet.sendWindow(userId)).toEqual({ open: false, remaining: 0 })
    expect(await actor.puppet.contactList()).not.toContain(userId)
    expect(actor.of('error').length).toBe(1)
    await stage.control.inbound({ botId, text: 'again' })
    await until(() => actor.of('message').length === 1)
    expect((await actor.puppet.sendWindow(userId)).remaining).toBe(10)
  })

  it('polls from the beginning, without repeating messages: a cursor', async () => {
    const { state, begin, stage, botId } = await used()
    await stage.control.settings({ delivery: 'replay' })
    await state.write([{ kind: 'pending', key: undefined }])
    await state.put('meta', 'cursor', 'garbage')
    await state.put('meta', 'more', 'garbage')
    const actor = await begin()
    await stage.control.inbound({ botId, text: 'new' })
    await until(() => actor.of('message').length > 0)
    expect(await actor.texts()).toEqual(['new'])
    expect(await state.keys('damaged')).toEqual(['meta/cursor'])
  })

  it('counts as seen whatever its value is: an id', async () => {
    const { state, begin, stage } = await used()
    await stage.control.settings({ delivery: 'replay', holdMs: 50 })
    await state.write([
      { kind: 'pending', key: undefined },
      { kind: 'meta', key: 'cursor', value: undefined },
    ])
    const [id = ''] = await state.keys('seen')
    await state.put('seen', id, 'garbage')
    const before = (await polls(stage)).length
    const actor = await begin()
    await until(async () => (await polls(stage)).length > before + 2)
    expect(actor.of('message')).toEqual([])
  })

  it('asks for a new login and reports no secret: credentials', async () => {
    const stage = await setStage()
    const state = new StrictState()
    await state.put('credentials', 'login', '{"token": "very secret"')
    const actor = stage.actor({}, withState(state))
    await actor.puppet.start()
    await until(() => actor.of('scan').length > 0)
    expect(await state.keys('damaged')).toEqual(['credentials/login'])
    expect(actor.of('error').length).toBe(1)
    expect(JSON.stringify(actor.of('error'))).not.toContain('secret')
  })

  it('stays where it is while the store cannot be written, and is reported once', async () => {
    const { state, begin } = await used()
    await state.write([{ kind: 'pending', key: undefined }])
    const [key = ''] = await state.keys('message')
    await state.put('message', key, 'garbage')
    const actor = await begin()
    state.beforeWrite = full
    for (const _ of [1, 2, 3]) await expect(actor.puppet.messageRawPayload(key)).rejects.toThrow()
    expect(actor.of('error').length).toBe(1)
    state.beforeWrite = works
    await expect(actor.puppet.messageRawPayload(key)).rejects.toThrow()
    expect(await state.keys('message')).toEqual([])
  })
})
