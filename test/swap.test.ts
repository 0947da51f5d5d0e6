/**
 * An account of a running gateway gets another puppet when its configuration is saved. Its data stays valid if ids mean the
 * same users, and the operator is warned if they may not.
 */

import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MockWorld, startMockWorld } from '../extensions/wechat/test/mock-world.ts'
import { group, person } from '../extensions/wechat/test/mock-world-messages.ts'
import SteeredPuppet from '../extensions/wechat/test/steered-puppet.ts'
import { type Backend, startBackend } from './support/backend.ts'
import { configWith } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { type HostedMock, startHostedMock } from './support/hosted-mock.ts'
import { until } from './support/process.ts'

const patienceMs = 60_000
const caseMs = 4 * patienceMs

/** A hosted puppet and its users, who have the same ids at each puppet. */
interface Hosted {
  readonly world: MockWorld
  readonly service: HostedMock
}

let a: Hosted
let b: Hosted
let model: ModelServer
let home: GatewayHome
let gateway: RunningGateway
/** The model answers `wait` when this resolves. */
let thought: PromiseWithResolvers<void>
let messages: number

beforeEach(async () => {
  thought = Promise.withResolvers()
  messages = 0
  ;[a, b] = await Promise.all([startHosted(), startHosted()])
  model = await startModelServer({
    async reply({ lastUserText }) {
      if (lastUserText.includes('wait')) await thought.promise
      return `answer to ${lastUserText.split('\n').at(-1)}`
    },
  })
  home = new GatewayHome(configWith(model.baseUrl, on(a)))
  gateway = await home.startReady()
  await isOnline(1)
}, caseMs)
afterEach(async () => {
  await home.dispose()
  await Promise.all([...[a, b].map(({ service }) => service.close()), model.close()])
  for (const { world } of [a, b]) world.close()
}, caseMs)

async function startHosted(): Promise<Hosted> {
  const world = await startMockWorld()
  world.logIn()
  return { world, service: await startHostedMock({ puppet: new SteeredPuppet(world.puppetOptions) }) }
}

const on = ({ service }: Hosted) => ({ puppet: 'service', puppetOptions: service.puppetOptions })

/** All log lines with these fields, when there are so many. */
const lines = (fields: object, atLeast: number) =>
  until(
    () => {
      const wanted = Object.entries(fields)
      const found = gateway.lines().filter((line) => wanted.every(([key, value]) => line[key] === value))
      return found.length < atLeast ? undefined : found
    },
    gateway.stdout,
    patienceMs,
  )

const isOnline = (times: number) => lines({ event: 'account.state', state: 'online' }, times)

/** Saves the configuration, and waits until the account is online for that time. */
async function swapTo(account: object, times: number): Promise<void> {
  home.configure(configWith(model.baseUrl, account))
  await isOnline(times)
}

function say({ world }: Hosted, text: string, more: object = {}): string {
  const id = `${++messages}`
  world.say({ id, text, ...more })
  return id
}

function heard({ world }: Hosted, { id }: { readonly id: string }): string[] {
  return world.heard
    .filter(({ to }) => to === id)
    .map((said) => ('text' in said ? said.text : said.file.name))
}

const hears = (hosted: Hosted, who: { readonly id: string }, atLeast: number) =>
  until(
    () => {
      const texts = heard(hosted, who)
      return texts.length < atLeast ? undefined : texts
    },
    gateway.stdout,
    patienceMs,
  )

const asked = (text: string) =>
  until(
    () => model.requests.find(({ lastUserText }) => lastUserText.includes(text)),
    gateway.stdout,
    patienceMs,
  )

async function pair(hosted: Hosted): Promise<void> {
  say(hosted, 'let me in')
  const code = /\b[A-HJ-NP-Z2-9]{8}\b/.exec((await hears(hosted, person, 1))[0] ?? '')?.[0] ?? ''
  expect(await home.moltbot('pairing', 'approve', code)).toMatchObject({ code: 0, stderr: '' })
}

/** Queues an answer while the server of `a` is down. */
async function leaveAnswerWaiting(): Promise<void> {
  say(a, 'wait for it')
  await asked('wait for it')
  await a.service.close()
  await lines({ event: 'account.state', state: 'reconnecting' }, 1)
  thought.resolve()
  await counts('waiting', 1)
}

const counts = (state: 'waiting' | 'troubled', count: number) =>
  until(
    async () => {
      const { stdout } = await home.moltbot('channels', 'status', '--json')
      return new RegExp(`"${state}":\\s*${count}\\b`).test(stdout) || undefined
    },
    gateway.stdout,
    patienceMs,
  )

const swapWarnings = () =>
  gateway.lines().filter(({ event, path }) => event === 'config.warning' && path === 'puppet')

describe('a hosted puppet replaced by one with the same users', { timeout: caseMs }, () => {
  it('keeps approvals, sessions and group history', async () => {
    await pair(a)
    say(a, 'I am called Ann')
    await hears(a, person, 2)
    const overheard = say(a, 'we meet at noon', { inGroup: true })
    await gateway.line({ event: 'message.decided', messageId: overheard }, patienceMs)

    await swapTo(on(b), 2)
    say(b, 'what am I called?')
    expect(await hears(b, person, 1)).toEqual(['answer to what am I called?'])
    const said = (await asked('what am I called?')).messages.map(({ text }) => text)
    expect(said).toContainEqual(expect.stringContaining('I am called Ann'))
    expect(said).toContainEqual('answer to I am called Ann')

    say(b, 'when do we meet?', { inGroup: true, mention: true })
    expect(await hears(b, group, 1)).toEqual([expect.stringContaining('answer to when do we meet?')])
    expect((await asked('when do we meet?')).lastUserText).toContain('we meet at noon')
    expect(swapWarnings()).toEqual([])
  })

  it('sends a queued answer once', async () => {
    await pair(a)
    await leaveAnswerWaiting()
    await swapTo(on(b), 2)
    expect(await hears(b, person, 1)).toEqual(['answer to wait for it'])
    say(b, 'and on')
    expect(await hears(b, person, 2)).toEqual(['answer to wait for it', 'answer to and on'])
    expect(heard(a, person)).not.toContain('answer to wait for it')
    await counts('waiting', 0)
  })
})

describe('a hosted puppet replaced by iLink', { timeout: caseMs }, () => {
  let backend: Backend

  beforeEach(async () => {
    backend = await startBackend()
  }, caseMs)
  afterEach(() => backend.close())

  /** @returns the bot's id */
  async function swapToILink(): Promise<string> {
    home.configure(configWith(model.baseUrl, { puppet: 'ilink', puppetOptions: backend.puppetOptions }))
    const { url } = await gateway.line({ event: 'account.qr' }, patienceMs)
    const { botId } = await backend.scanAndConfirm(String(url), 'o9Owner@im.wechat')
    await isOnline(2)
    return botId
  }

  it('warns that ids may be unknown, sends no queued text, and has all data again after the change is undone', async () => {
    await pair(a)
    await leaveAnswerWaiting()
    const botId = await swapToILink()
    expect(swapWarnings()).toMatchObject([{ msg: expect.stringContaining('"wechaty-puppet-service"') }])
    const { stdout } = await home.moltbot('channels', 'status')
    expect(stdout).toContain('the last login used "wechaty-puppet-service"')

    const unsent = { msg: 'A part was not sent', conversation: person.id, outcome: 'parked' }
    await gateway.line(unsent, patienceMs)
    await backend.control.inbound({ botId, text: 'hello' })
    expect(await backend.repliesOf(botId, 1, patienceMs)).toEqual(['answer to hello'])
    await counts('waiting', 1)

    await swapTo(on(b), 3)
    expect(await hears(b, person, 1)).toEqual(['answer to wait for it'])
    expect(swapWarnings()).toHaveLength(2)
  })

  it('tries to send a text queued for an iLink user once, and reports the failure', async () => {
    await swapToILink()
    const send = ['channels', 'send', '--to', 'o9Nobody@im.wechat', '--text', 'hi', '--queue']
    expect((await home.moltbot(...send)).stdout).toMatch(/^queued/)
    await swapTo(on(b), 3)
    await counts('troubled', 1)
    await counts('waiting', 0)
    expect(await lines({ msg: 'A part was not sent', outcome: 'unconfirmed' }, 1)).toHaveLength(1)
    expect(b.world.heard).toEqual([])
  })

  it('does not repeat the warning at the next start', async () => {
    await swapToILink()
    expect(swapWarnings()).toHaveLength(1)
    await gateway.stop()
    gateway = await home.startReady()
    await isOnline(1)
    expect(swapWarnings()).toEqual([])
  })
})
