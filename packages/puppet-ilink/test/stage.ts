/**
 * A simulator, and puppets on it whose events are recorded: the setup of most tests of this folder.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ControlClient, controlClient, startSimulator } from 'ilink-simulator'
import { onTestFinished } from 'vitest'
import { type Clock, systemClock } from '../src/clock.ts'
import { ILinkError, PuppetILink, type PuppetILinkOptions, type Surroundings } from '../src/index.ts'

interface Seen {
  event: string
  payload: Record<string, unknown>
}

export interface Actor {
  puppet: PuppetILink
  seen: Seen[]
  /** Payloads of one kind of event, in order. */
  of(event: string): Record<string, unknown>[]
  /** Texts of the received messages, in order. */
  texts(): Promise<(string | undefined)[]>
}

export interface Stage {
  control: ControlClient
  url: string
  /** A private folder, removed after the test. */
  folder(): Promise<string>
  /** A puppet on this simulator, stopped after the test. Not started. */
  actor(options?: PuppetILinkOptions, surroundings?: Partial<Surroundings>): Actor
}

/** Waits a hundredth of the time; `now` is the real time. */
export const hurriedClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => systemClock.sleep(ms / 100, signal),
}

const eventNames = ['scan', 'login', 'logout', 'ready', 'heartbeat', 'message', 'error', 'dong'] as const

const record = (puppet: PuppetILink): Actor => {
  const seen: Seen[] = []
  for (const event of eventNames) {
    puppet.on(event, (payload: object) => void seen.push({ event, payload: { ...payload } }))
  }
  const of = (event: string) => seen.filter((one) => one.event === event).map(({ payload }) => payload)
  const texts = () =>
    Promise.all(
      of('message').map(async ({ messageId }) => (await puppet.messagePayload(String(messageId))).text),
    )
  return { puppet, seen, of, texts }
}

export const setStage = async (settings: Parameters<typeof startSimulator>[0] = {}): Promise<Stage> => {
  const simulator = await startSimulator({ holdMs: 2_000, qrHoldMs: 200, ...settings })
  onTestFinished(() => simulator.close())
  const urls = { baseUrl: simulator.url, cdnBaseUrl: simulator.cdnUrl, loginBaseUrl: simulator.url }
  return {
    control: controlClient(simulator.controlUrl),
    url: simulator.url,
    async folder() {
      const path = await mkdtemp(join(tmpdir(), 'puppet-ilink-test-'))
      onTestFinished(() => rm(path, { recursive: true, force: true }))
      return path
    },
    actor(options, surroundings = { clock: hurriedClock }) {
      const puppet = new PuppetILink({ ...urls, ...options }, surroundings)
      onTestFinished(() => puppet.stop())
      return record(puppet)
    },
  }
}

/** Settles once `condition` holds; the test's own time-out is the limit. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await systemClock.sleep(5)
}

/** A started puppet, logged in as a fresh bot of the simulator by a token from its options. */
export const online = async (
  stage: Stage,
  options: PuppetILinkOptions = {},
  surroundings?: Partial<Surroundings>,
) => {
  const account = await stage.control.account()
  const actor = stage.actor({ token: account.token, ...options }, surroundings)
  await actor.puppet.start()
  await until(() => actor.puppet.isLoggedIn)
  return { ...account, actor, puppet: actor.puppet }
}

/** The same, after its person has written once and so opened the send window. */
export const inConversation = async (
  stage: Stage,
  options: PuppetILinkOptions = {},
  surroundings?: Partial<Surroundings>,
) => {
  const bot = await online(stage, options, surroundings)
  const { contextToken } = await stage.control.inbound({ botId: bot.botId, text: 'hello' })
  await until(() => bot.actor.of('message').length > 0)
  return { ...bot, contextToken }
}

/** The coded error that `work` rejects with. */
export const failureOf = async (work: Promise<unknown>): Promise<ILinkError> => {
  const error = await work.then(
    (value) => new Error(`it resolved to ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  )
  if (error instanceof ILinkError) return error
  throw error
}
