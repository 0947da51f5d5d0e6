/**
 * Webhooks of an account with our puppet and the simulated backend: who is told of what, and what a kill leaves.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type ControlClient, controlClient, type Simulator, startSimulator } from 'ilink-simulator'
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'
import { createChannel } from '../src/channel.ts'
import { wechatConfigSchema } from '../src/config/schema.ts'
import { deliver } from '../src/webhooks/deliver.ts'
import { testHost } from './host.ts'
import { eventually, temporaryFolder } from './samples.ts'
import { startReceiver, type WebhookReceiver } from './webhook-receiver.ts'

const owner = 'o9Owner@im.wechat'
const stranger = 'o9Stranger@im.wechat'

let simulator: Simulator
let control: ControlClient
beforeEach(async () => {
  simulator = await startSimulator()
  control = controlClient(simulator.controlUrl)
})
afterEach(() => simulator.close())

function configWith({ url, secret }: WebhookReceiver, webhook: object = {}) {
  const { url: baseUrl, cdnUrl } = simulator
  const events = ['message.received', 'message.sent', 'message.failed', 'account.state']
  return {
    puppet: 'ilink',
    puppetOptions: { baseUrl, cdnBaseUrl: cdnUrl, loginBaseUrl: baseUrl },
    webhooks: [{ url, secret, events, allowPrivateNetwork: true, ...webhook }],
  }
}

/** Logged in by the owner. */
async function online(config: object) {
  const host = testHost()
  const channel = await createChannel(host, wechatConfigSchema.parse(config))
  onTestFinished(() => channel.stop({ deadlineMs: 1_000 }))
  const account = () => channel.account('default')
  await channel.startAccount('default')
  await eventually(async () => expect(await account()).toMatchObject({ state: 'scan' }))
  const qrcode = new URL(String((await account()).qr)).searchParams.get('qrcode') ?? ''
  await control.scan(qrcode)
  const { botId } = await control.confirm(qrcode, { userId: owner })
  await eventually(async () => expect(await account()).toMatchObject({ state: 'online' }))
  return { host, channel, botId, sent: async () => (await control.sent({ botId })).length }
}

const typesAndStates = ({ events }: WebhookReceiver) =>
  events.map(({ type, data }) => (type === 'account.state' ? String(data.state) : type))

it('a program is told of the account, of messages and of answers, in order and without words', async () => {
  const receiver = await startReceiver()
  const { host, botId } = await online(configWith(receiver))
  await control.inbound({ botId, text: 'a secret question' })
  await eventually(() => expect(typesAndStates(receiver)).toContain('message.sent'))
  expect(typesAndStates(receiver).filter((name) => name !== 'starting')).toEqual([
    'scan',
    'online',
    'message.received',
    'message.sent',
  ])
  const [received, sent] = receiver.events.slice(-2)
  expect(received?.data).toMatchObject({
    accountId: 'default',
    conversation: { kind: 'direct', id: owner },
    senderId: owner,
    action: 'dispatch',
  })
  expect(sent?.data).toMatchObject({ groupId: host.turns[0]?.id, purpose: 'answer', kind: 'text' })
  expect(JSON.stringify(receiver.events)).not.toContain('secret question')
  expect(receiver.forged).toEqual([])
  expect(host.secrets).toContain(receiver.secret)
})

it('words are told where the webhook asks for them', async () => {
  const receiver = await startReceiver()
  const { botId } = await online(configWith(receiver, { includeTexts: true }))
  await control.inbound({ botId, text: 'hello' })
  await eventually(() =>
    expect(receiver.events.flatMap(({ data }) => data.content ?? [])).toMatchObject([
      { text: 'hello' },
      { text: 'answer to hello' },
    ]),
  )
})

it.each(['pairing', 'allowlist', 'disabled'])(
  'nothing is told of a message of somebody who is not admitted: %s',
  async (dmPolicy) => {
    const receiver = await startReceiver()
    const { botId, host } = await online({
      ...configWith(receiver, { includeTexts: true }),
      dmPolicy,
      allowFrom: [owner],
    })
    await control.inbound({ botId, from: stranger, text: 'let me in' })
    await eventually(() => expect(host.events.filter(({ type }) => type === 'message')).toHaveLength(1))
    await control.inbound({ botId, text: '/status' })
    const last = dmPolicy === 'disabled' ? 'online' : 'message.received'
    await eventually(() => expect(typesAndStates(receiver)).toContain(last))
    expect(receiver.events.filter(({ data }) => data.senderId === stranger)).toEqual([])
    expect(JSON.stringify(receiver.events)).not.toContain('let me in')
  },
)

it('a receiver that never answers slows no message, and no stop', async () => {
  const receiver = await startReceiver()
  receiver.answer = () => undefined
  const { channel, botId, sent } = await online(configWith(receiver))
  for (const text of ['one', 'two', 'three']) await control.inbound({ botId, text })
  await eventually(async () => expect(await sent()).toBeGreaterThan(0))
  expect(receiver.events).toHaveLength(1)
  expect(await channel.webhooks?.list('default', 'waiting')).not.toEqual([])
  await channel.stop({ deadlineMs: 1_000 })
})

it('a webhook that is removed takes what waits with it', async () => {
  const receiver = await startReceiver()
  receiver.answer = (response) => response.writeHead(503).end()
  const config = configWith(receiver)
  const { channel } = await online(config)
  const [waiting] = (await channel.webhooks?.list('default', 'waiting')) ?? []
  receiver.answer = (response) => response.writeHead(204).end()
  expect(await channel.webhooks?.drop('default', [String(waiting?.id), 'x'])).toEqual([waiting?.id])
  await channel.reconfigure(wechatConfigSchema.parse({ ...config, webhooks: [] }))
  await eventually(async () => expect(await channel.webhooks?.list('default', 'waiting')).toEqual([]))
})

it('an event that was under way when the process was killed is delivered again, with the same id', async () => {
  const receiver = await startReceiver()
  const config = JSON.stringify(configWith(receiver))
  const folder = temporaryFolder()
  const script = join(import.meta.dirname, 'webhook-process.ts')
  const run = () => {
    const child = spawn(process.execPath, ['--conditions=@moltbot/source', script, folder, config], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    return child
  }
  // It has taken the event, and its answer never comes.
  receiver.answer = () => undefined
  const first = run()
  await eventually(() => expect(receiver.events).toHaveLength(1), 60_000)
  first.kill('SIGKILL')
  await once(first, 'close')
  receiver.answer = (response) => response.writeHead(204).end()
  const second = run()
  await eventually(() => expect(receiver.events.length).toBeGreaterThan(2), 60_000)
  second.kill('SIGKILL')
  await once(second, 'close')
  const ids = receiver.events.map(({ id }) => id)
  expect(ids[1]).toBe(ids[0])
  expect(receiver.events[1]).toEqual(receiver.events[0])
  expect(new Set(ids).size).toBe(ids.length - 1)
}, 120_000)

it.each(['webhooks.md', 'webhooks.zh-CN.md'])(
  'the receiver of %s takes an event once, and no forged one',
  async (page) => {
    const root = join(import.meta.dirname, '../../..')
    const [, code = ''] = /```js\n(.*?)```/s.exec(readFileSync(join(root, 'docs', page), 'utf8')) ?? []
    const { secret } = await startReceiver()
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const address = probe.address()
    const port = typeof address === 'object' ? address?.port : 0
    probe.close()
    await once(probe, 'close')
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      cwd: root,
      env: { WEBHOOK_SECRET: secret, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const lines: string[] = []
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
    const url = `http://127.0.0.1:${port}/`
    const webhook = { url, events: ['account.state' as const], secret, allowPrivateNetwork: true }
    const event = { eventId: 'evt_1', body: '{"type":"account.state","data":{"state":"在线"}}' }
    const options = { addresses: {}, nowMs: Date.now(), signal: new AbortController().signal }
    await eventually(async () => expect(await deliver(webhook, event, options)).toBeUndefined(), 60_000)
    await deliver(webhook, event, options)
    const forged = { ...webhook, secret: Buffer.alloc(32, 1).toString('base64') }
    expect(await deliver(forged, { ...event, eventId: 'evt_2' }, options)).toMatchObject({
      reason: 'HTTP 401',
    })
    const old = { ...options, nowMs: Date.now() - 360_000 }
    expect(await deliver(webhook, { ...event, eventId: 'evt_3' }, old)).toMatchObject({ reason: 'HTTP 401' })
    await eventually(() => expect(lines).toEqual(['evt_1 account.state {"state":"在线"}']))
  },
  120_000,
)
