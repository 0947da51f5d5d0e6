/**
 * A server that emits more than an account can take, with a real PuppetServer: nothing is lost, what is too much waits in
 * the connection, and a flood that lasts ends it with a reason.
 */

import { EventEmitter } from 'node:events'
import type { AccountStatus } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { types } from 'wechaty-puppet'
import { type HostedMock, startHostedMock } from '../../../test/support/hosted-mock.ts'
import { HostedPuppet } from '../src/puppets/hosted-puppet.ts'
import { sessionTiming } from '../src/wechaty/session.ts'
import { Supervisor } from '../src/wechaty/supervisor.ts'
import { HealthyPuppet } from './healthy-puppet.ts'
import { accountOf } from './policy.ts'
import { eventually, recordingLog } from './samples.ts'

const patienceMs = 30_000
/** Liveness is impatient: an account that is held back must not seem dead. */
const timing = {
  ...sessionTiming,
  stopDeadlineMs: 100,
  endDeadlineMs: 1_000,
  firstSignMs: 10_000,
  liveness: { lookEveryMs: 20, silentMs: 50, answerMs: 50 },
}

let hosted: HealthyPuppet
let server: HostedMock
let supervisor: Supervisor
const stored: string[] = []
const statuses: AccountStatus[] = []
/** The store works as soon as this resolves. */
let storeOpens: Promise<void>

beforeEach(async () => {
  stored.length = 0
  statuses.length = 0
  storeOpens = Promise.resolve()
  hosted = new HealthyPuppet()
  server = await startHostedMock({ puppet: hosted, plain: true })
})
afterEach(async () => {
  await supervisor.stop(1_000)
  await server.close()
})

/** An account that is online, and every puppet that is made for it. */
async function online(limits?: ConstructorParameters<typeof HostedPuppet>[1]) {
  const puppets: HostedPuppet[] = []
  const createPuppet = async () => {
    const puppet = new HostedPuppet(server.puppetOptions, limits)
    puppets.push(puppet)
    return { puppet, died: puppet.died, dispose: async () => puppet.destroy() }
  }
  supervisor = new Supervisor({
    account: accountOf({ puppet: 'service' }),
    createPuppet,
    onPuppet: async () => undefined,
    onMessage: async ({ text }) => {
      await storeOpens
      stored.push(text)
    },
    onUnreadable: async () => undefined,
    onSecret: () => undefined,
    onOnline: () => undefined,
    onOffline: () => undefined,
    onStatus: (status) => void statuses.push(status),
    log: recordingLog(),
    now: Date.now,
    random: () => 0,
    timing,
  })
  supervisor.start()
  await eventually(() => expect(supervisor.status.state).toBe('online'), patienceMs)
  const puppet = puppets[0]
  if (puppet === undefined) throw new Error('no puppet was made')
  return { puppet, puppets }
}

/** Alice writes so many messages to the bot, all at once. */
function say(count: number): string[] {
  const texts = Array.from({ length: count }, (_, n) => `m${n}`)
  for (const text of texts) {
    const message = { id: text, text, talkerId: 'alice', listenerId: 'bot', timestamp: Date.now() }
    hosted.mocker.MessageMock.create({ ...message, type: types.Message.Text })
    hosted.emit('message', { messageId: text })
  }
  return texts
}

function countOf(puppet: HostedPuppet, event: string): () => number {
  let count = 0
  const listener = () => {
    count += 1
  }
  Reflect.apply(EventEmitter.prototype.on, puppet, [event, listener])
  return () => count
}

it('leaves messages with the server while the store is behind, and stores all of them in order', async () => {
  const opening = Promise.withResolvers<void>()
  storeOpens = opening.promise
  const { puppet, puppets } = await online()
  const heard = countOf(puppet, 'heartbeat')
  const texts = say(2_500)
  await eventually(() => expect(puppet.isHeldBack).toBe(true), patienceMs)
  // What is asked of a live server meanwhile is answered behind these messages, so it is no sign of death.
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(heard()).toBeLessThan(1_500)
  opening.resolve()
  await eventually(() => expect(stored).toHaveLength(texts.length), patienceMs)
  expect(stored).toEqual(texts)
  expect(puppets).toHaveLength(1)
}, 60_000)

it('reads other events at its own rate, and loses none', async () => {
  const { puppet } = await online({ perSecond: 500, floodSeconds: 1_000 })
  const readies = countOf(puppet, 'ready')
  for (let n = 0; n < 1_200; n++) hosted.emit('ready', { data: 'again' })
  await eventually(() => expect(puppet.isHeldBack).toBe(true), patienceMs)
  expect(readies()).toBeLessThan(1_000)
  await eventually(() => expect(readies()).toBeGreaterThanOrEqual(1_200), patienceMs)
}, 60_000)

it('ends a connection whose server floods, with the reason, and makes another', async () => {
  const { puppets } = await online({ perSecond: 100, floodSeconds: 1 })
  for (let n = 0; n < 5_000; n++)
    hosted.emit('room-join', { roomId: 'r', inviteeIdList: [], inviterId: 'a', timestamp: 1 })
  await eventually(() => expect(puppets.length).toBeGreaterThan(1), patienceMs)
  expect(statuses).toContainEqual(expect.objectContaining({ state: 'reconnecting', code: 'puppet-flood' }))
}, 60_000)

it('reports an event that is too large, and reads on', async () => {
  const { puppet } = await online()
  const errors: unknown[] = []
  Reflect.apply(EventEmitter.prototype.on, puppet, [
    'error',
    (error: unknown) => errors.push(JSON.stringify(error)),
  ])
  hosted.emit('ready', { data: 'x'.repeat(300_000) })
  await eventually(() => expect(errors.join()).toContain('an event of 300'), patienceMs)
  say(1)
  await eventually(() => expect(stored).toEqual(['m0']), patienceMs)
})
