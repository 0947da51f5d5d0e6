/**
 * Puppets that each misbehave in one way. The account gets a state with a readable reason and a new puppet, and works with
 * a healthy one. No error reaches the process.
 */

import { EventEmitter } from 'node:events'
import type { AccountStatus } from '@moltbot/channel-sdk'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Puppet } from 'wechaty-puppet'
import { resolveAccounts } from '../src/config/resolve.ts'
import { wechatConfigSchema } from '../src/config/schema.ts'
import type { InboundMessage } from '../src/model/message.ts'
import { Supervisor } from '../src/wechaty/supervisor.ts'
import { HealthyPuppet, writeTo } from './healthy-puppet.ts'
import { eventually, recordingLog } from './samples.ts'

const patienceMs = 20_000
const timing = {
  startDeadlineMs: 500,
  stopDeadlineMs: 200,
  firstSignMs: 500,
  endDeadlineMs: 1_000,
  receiver: { attemptMs: 500, readMs: 1_000, storeMs: 1_000 },
  liveness: { lookEveryMs: 20, silentMs: 200, answerMs: 200 },
}
const never = () => new Promise<never>(() => undefined)

const unhandled: unknown[] = []
const note = (error: unknown) => {
  unhandled.push(error)
}
beforeAll(() => {
  process.on('unhandledRejection', note)
})
afterAll(() => {
  process.off('unhandledRejection', note)
})

const supervisors: Supervisor[] = []
afterEach(async () => {
  await Promise.all(supervisors.splice(0).map((supervisor) => supervisor.stop(1_000)))
  expect(unhandled).toEqual([])
})

interface Stage {
  readonly supervisor: Supervisor
  readonly statuses: AccountStatus[]
  readonly received: InboundMessage[]
  readonly unreadable: string[]
  readonly log: ReturnType<typeof recordingLog>
  /** The puppets, in the order of their creation. */
  readonly puppets: Puppet[]
}

/** The first puppets are `first`. All later ones are healthy. */
function supervise(first: () => Puppet, times = 1): Stage {
  const [account] = resolveAccounts(wechatConfigSchema.parse({ puppet: 'mock' }))
  if (account === undefined) throw new Error('no account')
  const statuses: AccountStatus[] = []
  const received: InboundMessage[] = []
  const unreadable: string[] = []
  const log = recordingLog()
  const puppets: Puppet[] = []
  let made = 0
  const supervisor = new Supervisor({
    account,
    createPuppet: async () => {
      made += 1
      const puppet = made <= times ? first() : new HealthyPuppet()
      puppets.push(puppet)
      return { puppet }
    },
    onPuppet: async () => undefined,
    onMessage: async (message) => {
      received.push(message)
    },
    onUnreadable: async (messageId) => {
      unreadable.push(messageId)
    },
    onSecret: () => undefined,
    onOnline: () => undefined,
    onOffline: () => undefined,
    onStatus: (status) => {
      statuses.push(status)
    },
    log,
    now: Date.now,
    random: () => 0,
    timing,
  })
  supervisors.push(supervisor)
  supervisor.start()
  return { supervisor, statuses, received, unreadable, log, puppets }
}

/** Expects that the account is online with another puppet and reported the reason. */
async function recovers({ supervisor, statuses }: Stage, reason: RegExp): Promise<void> {
  const lost = () => statuses.filter(({ state }) => state === 'reconnecting')
  await eventually(() => expect(lost()).not.toEqual([]), patienceMs)
  await eventually(() => expect(supervisor.status.state).toBe('online'), patienceMs)
  expect(
    lost()
      .map((status) => status.reason)
      .join('\n'),
  ).toMatch(reason)
  expect(lost()[0]).toMatchObject({ nextAction: 'wait' })
}

async function online(stage: Stage): Promise<HealthyPuppet> {
  await eventually(() => expect(stage.supervisor.status.state).toBe('online'), patienceMs)
  const puppet = stage.puppets.at(-1)
  if (!(puppet instanceof HealthyPuppet)) throw new Error('not a healthy one')
  return puppet
}

/** Misbehaviour before a puppet is online, and the reason in the status. */
const badStarts: readonly [string, () => Puppet, RegExp][] = [
  [
    'fails to start',
    () =>
      new (class extends HealthyPuppet {
        override async onStart() {
          throw new Error('net::ERR_NAME_NOT_RESOLVED at https://wx.example')
        }
      })(),
    /ERR_NAME_NOT_RESOLVED/,
  ],
  [
    'never ends its start',
    () =>
      new (class extends HealthyPuppet {
        override onStart() {
          return never()
        }
      })(),
    /did not start/,
  ],
  [
    'starts and shows neither QR code nor login',
    () =>
      new (class extends HealthyPuppet {
        override async onStart() {
          setImmediate(() => this.emit('error', new Error('waiting for function failed')))
        }
      })(),
    /neither a QR code nor a login within 0.5 s: .*waiting for function failed/,
  ],
  [
    'cannot be created',
    () => {
      throw new Error('its constructor throws')
    },
    /its constructor throws/,
  ],
]

/** Misbehaviour of a puppet that is online. */
const badRuns: readonly [string, (puppet: HealthyPuppet) => void, RegExp][] = [
  [
    'stops by itself',
    (puppet) => {
      void puppet.stop()
    },
    /stopped by itself/,
  ],
  [
    'reports an error and no longer responds',
    (puppet) => {
      puppet.ding = () => undefined
      puppet.emit('error', new Error('1 CANCELLED: Call cancelled'))
    },
    /does not answer any more/,
  ],
  [
    'throws on a liveness probe',
    (puppet) => {
      puppet.ding = () => {
        throw new Error('its bridge is gone')
      }
      puppet.emit('error', new Error('the page crashed'))
    },
    /does not answer any more/,
  ],
  [
    'dies and hangs while stopping',
    (puppet) => {
      puppet.onStop = never
      puppet.ding = () => undefined
      puppet.emit('error', new Error('broken'))
    },
    /does not answer any more/,
  ],
]

describe('a puppet that', () => {
  it.each(badStarts)('%s is replaced', async (_name, puppet, reason) => {
    await recovers(supervise(puppet), reason)
  })

  it.each(badRuns)('%s is replaced', async (_name, misbehave, reason) => {
    const stage = supervise(() => new HealthyPuppet())
    misbehave(await online(stage))
    await recovers(stage, reason)
  })

  it('fails repeatedly is shown as failed and still retried', async () => {
    const stage = supervise(() => {
      throw new Error('no browser here')
    }, 5)
    const failed = { state: 'failed', reason: 'no browser here', nextAction: 'wait' }
    await eventually(() => expect(stage.supervisor.status).toMatchObject(failed), 60_000)
    await eventually(() => expect(stage.supervisor.status.state).toBe('online'), 60_000)
    const states = stage.statuses.map(({ state }) => state)
    expect(states.filter((state) => state === 'starting')).toHaveLength(5)
    expect(states.slice(-2)).toEqual(['failed', 'online'])
  }, 150_000)

  it('emits events after its end has no effect', async () => {
    const stage = supervise(() => new HealthyPuppet())
    const first = await online(stage)
    first.emit('error', new Error('broken'))
    first.ding = () => undefined
    await recovers(stage, /does not answer/)
    const { status } = stage.supervisor
    Reflect.apply(EventEmitter.prototype.on, first, ['error', () => undefined])
    first.emit('scan', { qrcode: 'https://qr.example', status: 2 })
    first.emit('logout', { contactId: 'bot', data: 'too late' })
    first.emit('heartbeat', { data: 'too late' })
    writeTo(first, 'too late')
    writeTo(await online(stage), 'in time')
    await eventually(() => expect(stage.received.map(({ text }) => text)).toEqual(['in time']), patienceMs)
    expect(stage.supervisor.status).toEqual(status)
  })

  it('emits a flood of errors does not flood the log, and continues', async () => {
    const stage = supervise(() => new HealthyPuppet())
    const puppet = await online(stage)
    for (let n = 0; n < 10_000; n++) puppet.emit('error', new Error(n % 2 === 0 ? 'again' : `error ${n}`))
    writeTo(puppet, 'still there?')
    await eventually(() => expect(stage.received).toHaveLength(1), patienceMs)
    expect(stage.puppets).toHaveLength(1)
    expect(stage.log.lines.length).toBeLessThan(50)
  })

  it('returns garbage loses only that message', async () => {
    const stage = supervise(() => new HealthyPuppet())
    const puppet = await online(stage)
    puppet.emit('message', { messageId: 'unknown' })
    Reflect.apply(puppet.emit, puppet, ['message', undefined])
    Reflect.apply(puppet.emit, puppet, ['scan', undefined])
    Reflect.apply(puppet.emit, puppet, ['login', { contactId: 7 }])
    Reflect.apply(puppet.emit, puppet, ['logout', {}])
    Reflect.apply(puppet.emit, puppet, ['room-join', null])
    writeTo(puppet, 'a real one')
    await eventually(() => expect(stage.received.map(({ text }) => text)).toContain('a real one'), patienceMs)
    expect(stage.supervisor.status.state).toBe('online')
  })

  it('emits a logout while it is being stopped keeps its login', async () => {
    const stage = supervise(() => new HealthyPuppet())
    await online(stage)
    await stage.supervisor.stop(1_000)
    expect(stage.statuses.map(({ state }) => state)).not.toContain('logged-out')
    expect(stage.supervisor.status).toMatchObject({ state: 'idle', reason: 'stopped' })
  })

  it('does not deliver a message leaves a row for it, and the next message arrives', async () => {
    const stage = supervise(() => new HealthyPuppet())
    const puppet = await online(stage)
    puppet.emit('message', { messageId: 'unknown' })
    writeTo(puppet, 'a real one')
    await eventually(() => expect(stage.received.map(({ text }) => text)).toEqual(['a real one']), patienceMs)
    expect(stage.unreadable).toEqual(['unknown'])
  })

  it.each([
    ['could not connect', 'before a login', () => undefined],
    ['lost its connection', 'after it', (puppet: HealthyPuppet) => void puppet.stop()],
  ])('ends is logged as: the account %s (%s)', async (words, _, end) => {
    const failing = () => {
      throw new Error('its constructor throws')
    }
    const stage = supervise(() => (words === 'could not connect' ? failing() : new HealthyPuppet()))
    if (words !== 'could not connect') end(await online(stage))
    const endings = () => stage.log.lines.filter(({ message }) => message.startsWith('the account'))
    await eventually(() => expect(endings()[0]?.message).toBe(`the account ${words}`), patienceMs)
  })
})
