/**
 * Puppets that hang, throw or come late in any of their members, stopped, killed and lost at any time: after the stop no
 * handler is called, and in the end no timer, listener or puppet is left. Seeded: `PUPPET_SOAK_SEED` repeats a run,
 * `PUPPET_SOAK_RUNS` makes it longer.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { MoltbotError, withDeadline } from '@moltbot/channel-sdk'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AccountLink } from '../src/model/link.ts'
import type { PuppetInstance } from '../src/puppets/registry.ts'
import { Supervisor, type SupervisorTiming } from '../src/wechaty/supervisor.ts'
import { HealthyPuppet, writeTo } from './healthy-puppet.ts'
import { accountOf } from './policy.ts'
import { eventually, recordingLog, temporaryFolder, withAlice } from './samples.ts'

const runs = Number(process.env.PUPPET_SOAK_RUNS ?? 60)
const firstSeed = Number(process.env.PUPPET_SOAK_SEED ?? Date.now() % 1_000_000)
const atOnce = 10
const timing: SupervisorTiming = {
  startDeadlineMs: 150,
  stopDeadlineMs: 40,
  endDeadlineMs: 200,
  firstSignMs: 250,
  liveness: { lookEveryMs: 10, silentMs: 40, answerMs: 40 },
  receiver: { attemptMs: 30, readMs: 100, storeMs: 200 },
}

const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)
beforeAll(() => {
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
})
afterAll(() => {
  process.off('unhandledRejection', note)
  process.off('uncaughtException', note)
})

/** Over all runs: a soak in which no puppet ever logs in would show nothing. */
let logins = 0
let stored = 0

type Dice = () => number

/** mulberry32. */
function diceOf(seed: number): Dice {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function pick<Value>(dice: Dice, values: readonly Value[]): Value {
  const value = values[Math.floor(dice() * values.length)]
  if (value === undefined) throw new Error('nothing to pick from')
  return value
}

const never = () => new Promise<never>(() => undefined)
const misbehaviours = ['hangs', 'throws', 'rejects', 'late', 'late and fails'] as const

/** Wraps a member in a misbehaviour. */
function spoiled(dice: Dice, member: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
  const how = pick(dice, misbehaviours)
  const lateMs = dice() * 120
  return (...args) => {
    if (how === 'hangs') return never()
    if (how === 'throws') throw new Error('it throws')
    if (how === 'rejects') return Promise.reject(new Error('it rejects'))
    return sleep(lateMs).then(() => {
      if (how === 'late and fails') throw new Error('it is late and fails')
      return member(...args)
    })
  }
}

const members = [
  'start',
  'stop',
  'onStart',
  'onStop',
  'ding',
  'logout',
  'messagePayload',
  'contactPayload',
  'roomMemberPayload',
  'messageSendText',
  'messageSendFile',
  'messageFile',
  'ack',
  'sendWindow',
  'conversationTyping',
  'messageQuote',
] as const

function spoil(dice: Dice, puppet: HealthyPuppet): void {
  const share = pick(dice, [0, 0.05, 0.2])
  for (const name of members) {
    const member: unknown = Reflect.get(puppet, name)
    const call = (...args: unknown[]) =>
      typeof member === 'function' ? Reflect.apply(member, puppet, args) : undefined
    if (dice() < share) Object.assign(puppet, { [name]: spoiled(dice, call) })
    else if (typeof member !== 'function' && dice() < 0.5)
      Object.assign(puppet, { [name]: async () => undefined })
  }
  for (const name of ['capabilities', 'connected', 'secrets']) {
    const get = () => {
      throw new Error('its getter throws')
    }
    if (dice() < share / 2) Object.defineProperty(puppet, name, { get })
  }
}

interface Run {
  readonly supervisor: Supervisor
  readonly puppets: HealthyPuppet[]
  readonly kills: ((reason: MoltbotError) => void)[]
  /** Handlers that were called after the stop had resolved. */
  readonly late: string[]
  link: AccountLink | undefined
  isStopped: boolean
}

function startRun(dice: Dice): Run {
  const run: Omit<Run, 'supervisor'> = { puppets: [], kills: [], late: [], link: undefined, isStopped: false }
  const handler =
    <Args extends unknown[]>(name: string, work: (...args: Args) => void = () => undefined) =>
    async (...args: Args) => {
      if (run.isStopped) run.late.push(name)
      work(...args)
    }
  /** One that may fail, as a store does. */
  const shaky = (name: string) => {
    const called = handler(name)
    return async () => {
      await called()
      stored += name === 'onMessage' ? 1 : 0
      if (dice() < 0.2) throw new Error('the store fails')
    }
  }
  const create = async (): Promise<PuppetInstance> => {
    const puppet = new HealthyPuppet()
    spoil(dice, puppet)
    run.puppets.push(puppet)
    const { promise: died, resolve } = Promise.withResolvers<MoltbotError>()
    run.kills.push(resolve)
    const dispose = dice() < 0.2 ? never : () => sleep(dice() * 50)
    return { puppet, died, dispose }
  }
  const obstacle = spoiled(dice, () => undefined)
  const supervisor = new Supervisor({
    account: accountOf({ puppet: 'mock' }),
    createPuppet: async () => {
      if (dice() < 0.2) await obstacle()
      return create()
    },
    onPuppet: shaky('onPuppet'),
    onMessage: shaky('onMessage'),
    onUnreadable: shaky('onUnreadable'),
    onSecret: handler('onSecret'),
    onOnline: (link) => {
      if (run.isStopped) run.late.push('onOnline')
      logins += 1
      run.link = link
      // Alice is waiting with a message: without it, too few runs would store one.
      const puppet = run.puppets.at(-1)
      if (puppet?.isLoggedIn) writeTo(puppet, 'hello')
    },
    onOffline: () => {
      if (run.isStopped) run.late.push('onOffline')
      run.link = undefined
    },
    onStatus: () => {
      if (run.isStopped) run.late.push('onStatus')
      if (dice() < 0.05) throw new Error('the host fails')
    },
    log: recordingLog(),
    now: Date.now,
    random: () => 0,
    timing,
  })
  supervisor.start()
  return Object.assign(run, { supervisor })
}

const acts: readonly ((run: Run, dice: Dice) => unknown)[] = [
  (_, dice) => sleep(dice() * 300),
  (_, dice) => sleep(dice() * 1_200),
  ({ puppets }) =>
    puppets.at(-1)?.isLoggedIn && writeTo(puppets[puppets.length - 1] ?? new HealthyPuppet(), 'hello'),
  ({ puppets }) => puppets.at(-1)?.emit('message', { messageId: 'unknown' }),
  ({ puppets }) => puppets.at(-1)?.emit('error', new Error('the page crashed')),
  ({ puppets }) => puppets.at(-1)?.emit('heartbeat', { data: 'x' }),
  ({ puppets }) => puppets.at(-1)?.stop(),
  ({ puppets }) => puppets.at(-1)?.reset(),
  ({ kills }) => kills.at(-1)?.(new MoltbotError('puppet-died', 'killed', { retryable: true })),
  ({ link }, dice) =>
    link?.sendText(withAlice, { text: 'hi' }, 'c1', AbortSignal.timeout(Math.ceil(dice() * 50))),
  ({ link }, dice) =>
    link?.fetchMedia('m1', `${temporaryFolder()}/media`, 10, AbortSignal.timeout(Math.ceil(dice() * 50))),
  ({ link }) => link?.typing(withAlice, true),
  ({ link }) => link?.sendsLeft(withAlice),
  ({ supervisor }) => supervisor.probe(),
  ({ supervisor }) => supervisor.logout(),
  ({ supervisor }) => supervisor.bot?.groupAlias('R1'),
  ({ supervisor }, dice) => supervisor.stop(dice() * 100),
]

/** One interleaving. */
async function interleave(seed: number): Promise<void> {
  const dice = diceOf(seed)
  const run = startRun(dice)
  const inFlight: Promise<unknown>[] = []
  // A good half of the puppets gets the time to log in.
  if (dice() < 0.6) await sleep(150)
  for (let n = 0, count = 3 + dice() * 8; n < count; n++) {
    const act = pick(dice, acts)
    const done = (async () => act(run, dice))()
    inFlight.push(done.catch(() => undefined))
    if (dice() < 0.7) await Promise.race([done.catch(() => undefined), sleep(20)])
  }
  const { supervisor, puppets, late } = run
  await supervisor.stop(dice() < 0.5 ? 0 : dice() * 200)
  run.isStopped = true
  await supervisor.gone
  for (const puppet of puppets) {
    const left = puppet.eventNames().filter((event) => event !== 'error')
    expect(left, `seed ${seed}: listeners`).toEqual([])
    expect(Reflect.apply(puppet.emit, puppet, ['scan', { qrcode: 'x', status: 2 }])).toBe(false)
    Reflect.apply(puppet.emit, puppet, ['error', new Error('too late')])
  }
  // What the puppets still do late is done by now.
  await sleep(150)
  expect(late, `seed ${seed}: handlers called after the stop`).toEqual([])
  expect(supervisor.status).toMatchObject({ state: 'idle', reason: 'stopped' })
  // The link of a session that has ended holds nothing up; what the test itself asked a puppet may hang.
  await withDeadline(() => Promise.all(inFlight), { ms: 500 }).catch(() => undefined)
}

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

it(`${runs} interleavings from seed ${firstSeed} leave nothing behind`, async () => {
  console.log(`PUPPET_SOAK_SEED=${firstSeed} PUPPET_SOAK_RUNS=${runs}`)
  await interleave(firstSeed)
  const before = timers()
  for (let n = 0; n < runs; n += atOnce) {
    const seeds = Array.from({ length: Math.min(atOnce, runs - n) }, (_, index) => firstSeed + n + index)
    await Promise.all(seeds.map((seed) => interleave(seed)))
    expect(unhandled, `seeds ${seeds.join()}`).toEqual([])
  }
  expect(logins).toBeGreaterThan(runs / 10)
  expect(stored).toBeGreaterThan(0)
  // Wechaty's base class gives a start that hangs five seconds, on timers of its own.
  await eventually(() => expect(timers()).toBeLessThanOrEqual(before), 20_000)
}, 600_000)
