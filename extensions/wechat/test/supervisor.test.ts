/**
 * The lifetime of an account's puppets: what a stop waits for and what it does not, and when a successor may begin.
 */

import type { AccountStatus } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { AccountLink } from '../src/model/link.ts'
import { startPuppetChild } from '../src/puppets/child/puppet-child.ts'
import type { PuppetInstance } from '../src/puppets/registry.ts'
import { Supervisor, type SupervisorOptions } from '../src/wechaty/supervisor.ts'
import { HealthyPuppet, writeTo } from './healthy-puppet.ts'
import { accountOf } from './policy.ts'
import { actingPuppet, isAlive, puppetHome } from './puppet-home.ts'
import { eventually, recordingLog, temporaryFolder } from './samples.ts'

const patienceMs = 20_000
const timing = {
  startDeadlineMs: 10_000,
  stopDeadlineMs: 100,
  endDeadlineMs: 600,
  firstSignMs: 10_000,
  receiver: { attemptMs: 5_000, readMs: 10_000, storeMs: 5_000 },
  liveness: { lookEveryMs: 50, silentMs: 10_000, answerMs: 1_000 },
}
const never = () => new Promise<never>(() => undefined)

const supervisors: Supervisor[] = []
afterEach(async () => {
  await Promise.all(supervisors.splice(0).map((supervisor) => supervisor.stop(1_000)))
})

/** A puppet that acknowledges, as one does whose backend keeps messages. */
class AckingPuppet extends HealthyPuppet {
  readonly acked: string[] = []

  ack(messageId: string): void {
    this.acked.push(messageId)
  }
}

function supervise(create: () => Promise<PuppetInstance>, changes: Partial<SupervisorOptions> = {}) {
  const texts: string[] = []
  const statuses: AccountStatus[] = []
  const unreadable: string[] = []
  const supervisor = new Supervisor({
    account: accountOf({ puppet: 'mock' }),
    createPuppet: create,
    onPuppet: async () => undefined,
    onMessage: async ({ text }) => void texts.push(text),
    onUnreadable: async (messageId) => void unreadable.push(messageId),
    onSecret: () => undefined,
    onOnline: () => undefined,
    onOffline: () => undefined,
    onStatus: (status) => void statuses.push(status),
    log: recordingLog(),
    now: Date.now,
    random: () => 0,
    timing,
    ...changes,
  })
  supervisors.push(supervisor)
  supervisor.start()
  return { supervisor, texts, statuses, unreadable }
}

/** An account that is online on this puppet. */
async function online<Puppet extends HealthyPuppet>(
  puppet: Puppet,
  changes: Partial<SupervisorOptions> = {},
) {
  const stage = supervise(async () => ({ puppet }), changes)
  await eventually(() => expect(stage.supervisor.status.state).toBe('online'), patienceMs)
  return { ...stage, puppet }
}

/** Makes the puppet wait before it delivers a message. */
function holdMessages(puppet: HealthyPuppet): { readonly asked: Promise<void>; release(): void } {
  const asked = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const read = puppet.messagePayload.bind(puppet)
  puppet.messagePayload = async (id) => {
    asked.resolve()
    await held.promise
    return read(id)
  }
  return { asked: asked.promise, release: held.resolve }
}

const hasResolved = (promise: Promise<void>) =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))])

describe('a message that is being read when the stop begins', () => {
  it('is stored and acknowledged, and one that comes later is not heard', async () => {
    const { supervisor, texts, puppet } = await online(new AckingPuppet())
    const { asked, release } = holdMessages(puppet)
    writeTo(puppet, 'in time')
    await asked
    const stopped = supervisor.stop(10_000)
    writeTo(puppet, 'too late')
    release()
    await stopped
    expect(texts).toEqual(['in time'])
    expect(puppet.acked).toHaveLength(1)
  })

  it('is not acknowledged when the puppet does not deliver it in time', async () => {
    const { supervisor, texts, puppet, unreadable } = await online(new AckingPuppet())
    const { asked } = holdMessages(puppet)
    writeTo(puppet, 'hello')
    await asked
    await supervisor.stop(200)
    await supervisor.gone
    expect([texts, unreadable, puppet.acked]).toEqual([[], [], []])
  })
})

describe('a stop', () => {
  it('is clean where the puppet stops: nothing is left to wait for', async () => {
    const { supervisor, puppet } = await online(new HealthyPuppet())
    await supervisor.stop(5_000)
    expect(await hasResolved(supervisor.gone)).toBe(true)
    expect(puppet.state.inactive()).toBe(true)
    expect(supervisor.status).toMatchObject({ state: 'idle', reason: 'stopped' })
  })

  it('leaves a puppet behind that hangs, and its successor can wait until that is torn down', async () => {
    const dispose = vi.fn(async () => undefined)
    const puppet = new HealthyPuppet()
    const { supervisor } = supervise(async () => ({ puppet, dispose }))
    await eventually(() => expect(supervisor.status.state).toBe('online'), patienceMs)
    puppet.onStop = never
    await supervisor.stop(20)
    expect(await hasResolved(supervisor.gone)).toBe(false)
    await supervisor.gone
    expect(dispose).toHaveBeenCalledTimes(1)
  })

  it('undoes a start that ends late at once', async () => {
    const starting = Promise.withResolvers<void>()
    const puppet = new HealthyPuppet()
    let stops = 0
    puppet.start = () => starting.promise
    puppet.stop = async () => {
      stops += 1
    }
    const { supervisor } = supervise(async () => ({ puppet }), {
      timing: { ...timing, endDeadlineMs: 10_000 },
    })
    await eventually(() => expect(supervisor.status.state).toBe('starting'), patienceMs)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await supervisor.stop(20)
    const stopsBefore = stops
    expect(await hasResolved(supervisor.gone)).toBe(false)
    starting.resolve()
    await supervisor.gone
    expect(stops).toBe(stopsBefore + 1)
  })

  it('ends the process of a puppet that is made too late', async () => {
    const made = Promise.withResolvers<PuppetInstance>()
    const dispose = vi.fn(async () => undefined)
    const puppet = new HealthyPuppet()
    const { supervisor } = supervise(() => made.promise)
    await supervisor.stop(20)
    expect(await hasResolved(supervisor.gone)).toBe(false)
    made.resolve({ puppet, dispose })
    await supervisor.gone
    expect(dispose).toHaveBeenCalledTimes(1)
    expect(puppet.state.active()).toBe(false)
  })

  it('of an account that was never started is done at once, and it does not start afterwards', async () => {
    const createPuppet = vi.fn(never)
    const supervisor = new Supervisor({
      account: accountOf({ puppet: 'mock' }),
      createPuppet,
      onPuppet: never,
      onMessage: never,
      onUnreadable: never,
      onSecret: () => undefined,
      onOnline: () => undefined,
      onOffline: () => undefined,
      onStatus: () => undefined,
      log: recordingLog(),
      now: Date.now,
      random: () => 0,
    })
    await supervisor.stop(1_000)
    await supervisor.gone
    supervisor.start()
    expect(createPuppet).not.toHaveBeenCalled()
  })
})

it('a child process that hangs is gone with its account', async () => {
  const account = accountOf({ puppet: actingPuppet })
  let pid = 0
  const create = async (): Promise<PuppetInstance> => {
    const child = await startPuppetChild({
      puppet: account.puppet,
      options: {},
      stateDir: temporaryFolder(),
      configDir: puppetHome(),
      limits: account.puppetLimits,
      log: recordingLog(),
      signal: new AbortController().signal,
      readyDeadlineMs: 60_000,
    })
    pid = child.pid
    return {
      puppet: child.puppet,
      died: child.exited.then(({ reason }) => reason),
      dispose: () => child.stop(),
    }
  }
  let link: AccountLink | undefined
  const onOnline = (made: AccountLink) => {
    link = made
  }
  const slow = { ...timing, startDeadlineMs: 60_000, endDeadlineMs: 20_000 }
  const { supervisor } = supervise(create, { onOnline, timing: slow })
  await eventually(() => expect(supervisor.status.state).toBe('online'), 60_000)
  const sent = link?.sendText(
    { kind: 'direct', id: 'alice' },
    { text: 'hang' },
    'c1',
    AbortSignal.timeout(500),
  )
  await expect(sent).rejects.toThrow()
  await supervisor.stop(100)
  await supervisor.gone
  expect(isAlive(pid)).toBe(false)
}, 120_000)

it('a puppet that is replaced has ended before the next one is made', async () => {
  const ended: boolean[] = []
  const puppets: HealthyPuppet[] = []
  const { supervisor } = supervise(async () => {
    ended.push(...puppets.slice(-1).map(({ state }) => state.inactive() === true))
    const puppet = new HealthyPuppet()
    puppets.push(puppet)
    return { puppet }
  })
  await eventually(() => expect(supervisor.status.state).toBe('online'), patienceMs)
  const [first] = puppets
  if (first === undefined) throw new Error('no puppet was made')
  first.ding = () => undefined
  const stop = first.onStop.bind(first)
  first.onStop = async () => {
    await new Promise((resolve) => setTimeout(resolve, 300))
    await stop()
  }
  first.emit('error', new Error('broken'))
  await eventually(() => expect(ended).toEqual([true]), patienceMs)
})

it('why a login ended is shown beside the next QR code, also by another puppet, until somebody logs in', async () => {
  const puppets: HealthyPuppet[] = []
  const { supervisor } = supervise(async () => {
    const puppet = new HealthyPuppet()
    if (puppets.push(puppet) > 1)
      puppet.onStart = async () => void puppet.emit('scan', { status: 2, qrcode: 'https://qr.example/2' })
    return { puppet }
  })
  const scan = 'scan the QR code with WeChat'
  await eventually(() => expect(supervisor.status.state).toBe('online'), patienceMs)
  const [first] = puppets
  first?.emit('logout', { contactId: 'bot', data: 'logged in on another device' })
  const loggedOut = { state: 'logged-out', reason: 'logged in on another device' }
  await eventually(() => expect(supervisor.status).toMatchObject(loggedOut))
  first?.emit('scan', { status: 2, qrcode: 'https://qr.example/1' })
  const withReason = `${scan}; the last login ended: logged in on another device`
  await eventually(() => expect(supervisor.status).toMatchObject({ state: 'scan', reason: withReason }))

  if (first !== undefined) first.ding = () => undefined
  first?.emit('error', new Error('broken'))
  await eventually(() => expect(supervisor.status.qr).toBe('https://qr.example/2'), patienceMs)
  expect(supervisor.status).toMatchObject({ state: 'scan', reason: withReason })

  const [, second] = puppets
  if (second !== undefined) second.mocker.login(second.mocker.ContactMock.load('bot'))
  await eventually(() => expect(supervisor.status.state).toBe('online'), patienceMs)
  second?.emit('scan', { status: 2, qrcode: 'https://qr.example/3' })
  await eventually(() => expect(supervisor.status).toMatchObject({ state: 'scan', reason: scan }))
})

it('an account whose store fails is degraded, and loses nothing', async () => {
  let isFull = true
  const texts: string[] = []
  const { supervisor, puppet, statuses } = await online(new AckingPuppet(), {
    onMessage: async ({ text }) => {
      if (isFull) throw Object.assign(new Error('database or disk is full'), { code: 'store-failed' })
      texts.push(text)
    },
  })
  for (const text of ['one', 'two', 'three']) writeTo(puppet, text)
  const degraded = { state: 'degraded', code: 'store-failed', nextAction: 'wait', userId: 'bot' }
  await eventually(() => expect(supervisor.status).toMatchObject(degraded), patienceMs)
  // Longer than the three seconds after which a message used to be given up.
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  expect(puppet.acked).toEqual([])
  isFull = false
  await eventually(() => expect(texts).toEqual(['one', 'two', 'three']), patienceMs)
  await eventually(() => expect(supervisor.status.state).toBe('online'), patienceMs)
  expect(puppet.acked).toHaveLength(3)
  expect(statuses.map(({ state }) => state)).toEqual(['starting', 'online', 'degraded', 'online'])
})

it('the state has one since, however often its reason changes', async () => {
  let nowMs = 1_000
  const puppet = new HealthyPuppet()
  puppet.onStart = async () => undefined
  const { supervisor } = supervise(async () => ({ puppet }), { now: () => nowMs })
  await eventually(() => expect(puppet.state.active()).toBe(true), patienceMs)
  nowMs = 9_000
  puppet.emit('error', new Error('no network yet'))
  await eventually(() => expect(supervisor.status.reason).toBe('no network yet'), patienceMs)
  expect(supervisor.status).toMatchObject({ state: 'starting', sinceMs: 1_000 })
})
