/**
 * What is received in the moment of a stop, when the state has another owner already.
 */

import { expect, it } from 'vitest'
import { type Http, PuppetILink, type StateChange, type Unstored } from '../src/index.ts'
import { MemoryState } from '../src/store/memory-state.ts'

const credentials = JSON.stringify({ botId: 'b@im.bot', userId: 'u@im.wechat', token: 't', savedAt: '' })
const messages =
  '{"message_id": 9007199254740993, "from_user_id": "u@im.wechat", "context_token": "c", "item_list": []}'

/** The state of a bot, whose owner may be another machine. */
class SharedState extends MemoryState {
  isOurs = true

  override async write(changes: readonly StateChange[]): Promise<void> {
    if (!this.isOurs) throw new Error('another owner')
    await super.write(changes)
  }

  cursor = async () => (await this.get('meta', ['cursor'])).get('cursor')
}

/** A backend that answers a held poll when it is told to. */
function heldBackend() {
  const { promise: polled, resolve: hold } = Promise.withResolvers<void>()
  const { promise: answer, resolve: give } = Promise.withResolvers<void>()
  const http: Http = async ({ pathname }) => {
    const answered = (body: string) => ({ status: 200, headers: {}, body })
    if (!pathname.endsWith('getupdates')) return answered('{"ret": 0}')
    hold()
    await answer
    return answered(`{"ret": 0, "msgs": [${messages}], "get_updates_buf": "after"}`)
  }
  return { http, polled, give }
}

/** A backend with nothing to say. */
const quiet: Http = async ({ pathname }, _, { signal }) => {
  if (pathname.endsWith('getupdates'))
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  return { status: 200, headers: {}, body: '{"ret": 0}' }
}

async function loggedIn(state: SharedState, http: Http, unstored: Unstored[] = []) {
  await state.write([{ kind: 'credentials', key: 'login', value: credentials, atMs: 1 }])
  const puppet = new PuppetILink(
    { baseUrl: 'http://backend', acknowledge: 'manual' },
    { state, http, onUnstored: (one) => void unstored.push(one) },
  )
  const emitted: string[] = []
  puppet.on('error', () => undefined)
  puppet.on('message', ({ messageId }) => {
    emitted.push(messageId)
    puppet.ack(messageId)
  })
  return { puppet, emitted }
}

it('an answer that is there when the puppet stops is stored, and emitted by the next run', async () => {
  const state = new SharedState()
  const { http, polled, give } = heldBackend()
  const { puppet, emitted } = await loggedIn(state, http)
  await puppet.start()
  await polled
  const stopped = puppet.stop()
  give()
  await stopped
  expect(emitted).toEqual([])
  const next = await loggedIn(state, quiet)
  await next.puppet.start()
  await expect.poll(() => next.emitted).toEqual(['9007199254740993'])
  await next.puppet.stop()
})

it('one that cannot be stored any more is handed to the program, and another puppet takes it once', async () => {
  const before = new SharedState()
  const unstored: Unstored[] = []
  const { http, polled, give } = heldBackend()
  const { puppet } = await loggedIn(before, http, unstored)
  await puppet.start()
  await polled
  before.isOurs = false
  const stopped = puppet.stop()
  give()
  await stopped
  expect(await before.cursor()).toBeUndefined()
  expect(unstored).toMatchObject([{ botId: 'b@im.bot', messages: [{ message_id: '9007199254740993' }] }])

  const state = new SharedState()
  const owner = await loggedIn(state, quiet)
  await owner.puppet.start()
  await expect.poll(() => owner.puppet.connected).toBe(true)
  const received: Unstored = JSON.parse(JSON.stringify(unstored[0]))
  await owner.puppet.receiveAgain(received)
  await owner.puppet.receiveAgain(received)
  expect(owner.emitted).toEqual(['9007199254740993'])
  expect((await owner.puppet.sendWindow('u@im.wechat')).open).toBe(true)
  expect(await state.cursor()).toBeUndefined()
  await owner.puppet.stop()
})

it('messages of another bot, and for a puppet without a login, are refused', async () => {
  const state = new SharedState()
  const { puppet, emitted } = await loggedIn(state, quiet)
  const foreign: Unstored = { botId: 'other@im.bot', messages: [JSON.parse(messages)] }
  await expect(puppet.receiveAgain(foreign)).rejects.toMatchObject({ code: 'not-logged-in' })
  await puppet.start()
  await expect.poll(() => puppet.connected).toBe(true)
  await expect(puppet.receiveAgain(foreign)).rejects.toMatchObject({
    code: 'invalid-argument',
    retryable: false,
  })
  expect(emitted).toEqual([])
  await puppet.stop()
})
