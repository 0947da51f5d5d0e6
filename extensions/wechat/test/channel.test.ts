/**
 * The channel with our puppet and the simulated backend, in a minimal host.
 */

import { readFileSync } from 'node:fs'
import type { Channel } from '@moltbot/channel-sdk'
import { type ControlClient, controlClient, type Simulator, startSimulator } from 'ilink-simulator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createChannel } from '../src/channel.ts'
import { wechatConfigSchema } from '../src/config/schema.ts'
import { type TestHost, testHost } from './host.ts'
import { eventually } from './samples.ts'

const owner = 'o9Owner@im.wechat'
const stranger = 'o9Stranger@im.wechat'

let simulator: Simulator
let control: ControlClient
let host: TestHost
let channel: Channel

beforeEach(async () => {
  simulator = await startSimulator()
  control = controlClient(simulator.controlUrl)
  host = testHost()
})
afterEach(async () => {
  await channel.stop({ deadlineMs: 1_000 })
  await simulator.close()
})

async function open(config: object = {}): Promise<void> {
  const { url, cdnUrl } = simulator
  const puppetOptions = { baseUrl: url, cdnBaseUrl: cdnUrl, loginBaseUrl: url }
  channel = await createChannel(host, wechatConfigSchema.parse({ puppet: 'ilink', puppetOptions, ...config }))
}

/** Starts the default account and scans its QR code. */
async function logIn(config: object = {}): Promise<string> {
  await open(config)
  await channel.startAccount('default')
  return scan()
}

async function scan(): Promise<string> {
  await eventually(async () => expect(await state()).toBe('scan'))
  const qrcode = await shownQrcode()
  await control.scan(qrcode)
  const { botId } = await control.confirm(qrcode, { userId: owner })
  await eventually(async () => expect(await state()).toBe('online'))
  return botId
}

async function shownQrcode(): Promise<string> {
  const [account] = await channel.accounts()
  return new URL(String(account?.qr)).searchParams.get('qrcode') ?? ''
}

async function nextAction(): Promise<string | undefined> {
  return (await channel.accounts())[0]?.nextAction
}

async function state(): Promise<string | undefined> {
  return (await channel.accounts())[0]?.state
}

async function replies(botId: string): Promise<string[]> {
  const sent = await control.sent({ botId })
  return sent.map(({ items }) => /"text":"((?:[^"\\]|\\.)*)"/.exec(JSON.stringify(items))?.[1] ?? '')
}

describe('an account', () => {
  it('shows its QR code, logs in and answers its owner', async () => {
    const botId = await logIn()
    expect(host.events.map(({ type }) => type)).toContain('qr')
    await control.inbound({ botId, text: 'hello' })
    await eventually(async () => expect(await replies(botId)).toEqual(['answer to hello']))
    expect(host.turns[0]).toMatchObject({
      accountId: 'default',
      conversation: { kind: 'direct', id: owner },
      sender: { id: owner },
      historyLimit: 10,
    })
  })

  it('answers a text and the image after it together, without waiting for more', async () => {
    host = { ...host, debounceMs: 60_000 }
    const botId = await logIn()
    await control.inbound({ botId, text: 'what is this?' })
    await control.inbound({ botId, items: [await control.media({ kind: 'image', size: 100 })] })
    await eventually(() => expect(host.turns).toHaveLength(1))
    expect(host.turns[0]?.messages).toMatchObject([{ text: 'what is this?' }, { text: '[image]' }])
  })

  it('forecasts what a message will become, and its receipt says the same', async () => {
    const botId = await logIn()
    const forecast = (to = owner, accountId = 'default') => channel.forecast?.({ accountId, to })
    const send = (text: string) =>
      channel.send({ accountId: 'default', to: owner, text, id: text, queue: true, kind: 'scheduled' })
    expect(await forecast()).toMatchObject({ outcome: 'queued', wait: { cause: 'window' } })
    expect(await send('early')).toMatchObject({ status: 'queued', wait: { cause: 'window' } })
    expect(await channel.outcome?.('default', 'early')).toMatchObject({ status: 'queued', sent: 0 })
    await control.inbound({ botId, text: 'hello' })
    await eventually(async () => expect(await replies(botId)).toEqual(['early', 'answer to hello']))
    await eventually(async () =>
      expect(await forecast()).toMatchObject({ outcome: 'sent', window: { left: 8 } }),
    )
    expect(await send('now')).toEqual({ status: 'sent', chunks: 1, sent: 1 })
    expect(await send('now')).toEqual({ status: 'sent', chunks: 1, sent: 1 })
    expect(await replies(botId)).toEqual(['early', 'answer to hello', 'now'])
    expect(await channel.outcome?.('default', 'now')).toEqual({ status: 'sent', chunks: 1, sent: 1 })
    expect(await channel.outcome?.('default', 'unknown')).toBeUndefined()
    await control.settings({ quota: 0 })
    await send('refused').catch(() => undefined)
    await eventually(async () =>
      expect((await channel.account('default')).limits).toMatchObject({ refusals: { rate: 1 } }),
    )
    expect(await forecast()).toMatchObject({ outcome: 'queued', wait: { cause: 'rate' } })
  })

  it('does not send what is scheduled for a person whose approval was taken back', async () => {
    await logIn()
    host.approved.add(`default ${stranger}`)
    const order = {
      accountId: 'default',
      to: stranger,
      text: 'x',
      id: 'x',
      queue: true,
      kind: 'scheduled',
    } as const
    expect(await channel.send(order)).toMatchObject({ status: 'queued' })
    host.approved.clear()
    await channel.admissionsChanged?.('default')
    expect(await channel.outcome?.('default', 'x')).toMatchObject({
      status: 'not-sent',
      reason: expect.stringContaining('not admitted'),
    })
  })

  it('forecasts a refusal where no message could ever be sent', async () => {
    await logIn({ accounts: { default: {}, off: { enabled: false } } })
    const forecast = (accountId: string, to: string) => channel.forecast?.({ accountId, to })
    expect(await forecast('default', stranger)).toMatchObject({ outcome: 'refused', code: 'not-admitted' })
    expect(await forecast('off', owner)).toMatchObject({ outcome: 'refused', code: 'account-disabled' })
    expect(await forecast('none', owner)).toMatchObject({ outcome: 'refused', code: 'account-unknown' })
    await channel.stopAccount('default')
    expect(await forecast('default', owner)).toMatchObject({ outcome: 'queued', wait: { cause: 'offline' } })
  })

  it('lists rules that have no effect in its snapshot', async () => {
    host.toolNames = async () => ({ known: ['time'], away: [] })
    const botId = await logIn({
      dmPolicy: 'open',
      allowFrom: [owner.toUpperCase(), 'alias:Ann'],
      dms: { '*': { tools: ['tiem'] } },
    })
    await control.inbound({ botId, text: 'hello' })
    const about = async () => (await channel.accounts())[0]?.warnings?.map((line) => line.split(':')[0])
    await eventually(async () => expect(await about()).toEqual(['allowFrom', 'allowFrom', 'dms.*.tools']))
  })

  it('asks for the verification code of the phone, and again after a wrong one', async () => {
    await open()
    await channel.startAccount('default')
    await eventually(async () => expect(await state()).toBe('scan'))
    await expect(channel.submitVerifyCode('default', '1')).rejects.toMatchObject({ code: 'no-code-wanted' })
    const qrcode = await shownQrcode()
    await control.requireCode(qrcode, '4711')
    await eventually(async () => expect(await nextAction()).toBe('enter-code'))
    await channel.submitVerifyCode('default', '1234')
    await eventually(async () => expect((await channel.accounts())[0]?.reason).toMatch(/^wrong digits/))
    await channel.submitVerifyCode('default', '4711')
    expect(await nextAction()).toBe('wait')
    await control.confirm(qrcode, { userId: owner })
    await eventually(async () => expect(await state()).toBe('online'))
  })

  it('keeps the QR code out of the log when qrCode is false, but in the status', async () => {
    await logIn({ qrCode: false })
    expect(host.events.map(({ type }) => type)).not.toContain('qr')
  })

  it('reports its state at every step', async () => {
    await logIn()
    const states = host.events.flatMap((event) => (event.type === 'state' ? [event.account.state] : []))
    expect(states.at(0)).toBe('starting')
    expect(states).toContain('scan')
    expect(states.at(-1)).toBe('online')
  })

  it('shows a QR code when the backend ends its session, and answers again after a scan', async () => {
    const botId = await logIn()
    await control.expireSession(botId)
    await eventually(async () => expect(await state()).toBe('scan'))
    const again = await scan()
    await control.inbound({ botId: again, text: 'still there?' })
    await eventually(async () => expect(await replies(again)).toContain('answer to still there?'))
  })

  it('reports that the backend is unreachable, and when it is reachable again', async () => {
    const botId = await logIn()
    await control.fault({ endpoint: 'getupdates', kind: 'status', value: 503, times: 100 })
    await eventually(async () => expect(await state()).toBe('reconnecting'), 15_000)
    expect((await channel.accounts())[0]).toMatchObject({
      code: 'backend-unreachable',
      nextAction: 'wait',
      userId: botId,
    })
    await control.clearFaults()
    await control.inbound({ botId, text: 'meanwhile' })
    await eventually(async () => expect(await state()).toBe('online'), 15_000)
    await eventually(async () => expect(await replies(botId)).toEqual(['answer to meanwhile']))
  })

  it('fails with an install command if the puppet is not installed', async () => {
    await open({ puppet: 'wechaty-puppet-nobody' })
    await channel.startAccount('default')
    await eventually(async () => expect(await state()).toBe('failed'))
    expect((await channel.accounts())[0]).toMatchObject({
      code: 'puppet-missing',
      reason: expect.stringContaining(`npm install --prefix ${host.configDir} wechaty-puppet-nobody`),
      nextAction: 'fix-config',
    })
  })

  it('warns once about bans with a web puppet, including the default one', async () => {
    channel = await createChannel(host, wechatConfigSchema.parse({}))
    await channel.startAccount('default')
    await channel.startAccount('default')
    const warnings = host.log.lines.filter(({ message }) => message.includes('bans accounts'))
    expect(warnings).toMatchObject([{ level: 'warn', fields: { event: 'config.warning', path: 'puppet' } }])
  })

  it('warns at start about configured ids that cannot match', async () => {
    await open({ allowFrom: ['alias:Old friend'] })
    await channel.startAccount('default')
    await eventually(() =>
      expect(host.log.lines.map(({ message }) => message).join()).toContain('alias:Old friend'),
    )
  })

  it('has its configured name, and sends its botAgent to the backend', async () => {
    await logIn({ name: 'Reception', botAgent: 'Reception/1.0' })
    expect(await channel.accounts()).toMatchObject([{ accountId: 'default', name: 'Reception' }])
    expect(JSON.stringify(await control.requests())).toContain('Reception/1.0')
  })

  it('is not started if it is disabled', async () => {
    await open({ enabled: false })
    await expect(channel.startAccount('default')).rejects.toMatchObject({ code: 'account-disabled' })
    await expect(channel.send({ accountId: 'default', to: owner, text: 'x' })).rejects.toMatchObject({
      code: 'account-disabled',
    })
    expect(await state()).toBe('disabled')
  })
})

describe('a text that an operator sends', () => {
  const to = (id: string, text = 'hi') => ({ accountId: 'default', to: id, text })
  const waiting = async () => (await channel.accounts())[0]?.outbox.waiting

  it('is sent to a person who wrote, and refused for one who did not, unless it may be queued', async () => {
    const botId = await logIn()
    const stranger = 'o9Nobody@im.wechat'
    const refused = { code: 'not-sent', message: expect.stringContaining(`${stranger} has to write first`) }
    await expect(channel.send(to(stranger))).rejects.toMatchObject(refused)
    expect(await waiting()).toBe(0)
    expect(await channel.outbox?.list('default', 'failed')).toEqual([])
    await control.inbound({ botId, text: 'hello' })
    await eventually(() => expect(host.turns).toHaveLength(1))
    expect(await channel.send(to(owner))).toEqual({ status: 'sent', chunks: 1, sent: 1 })

    const queued = await channel.send({ ...to(stranger, 'for later'), queue: true })
    expect(queued).toMatchObject({ status: 'queued', reason: expect.stringContaining('has to write first') })
    const [item] = (await channel.outbox?.list('default', 'waiting')) ?? []
    expect(item).toMatchObject({
      accountId: 'default',
      conversation: { kind: 'direct', id: stranger },
      purpose: 'manual',
      state: 'parked',
      preview: 'for later',
    })
    const ids = [item?.id ?? '', '999999', 'x']
    expect(await channel.outbox?.retry('default', ids)).toEqual([item?.id])
    await eventually(async () => expect(await channel.outbox?.drop('default', ids)).toEqual([item?.id]))
    expect(await waiting()).toBe(0)
  })

  it('is stored as one that must not wait, so that it is not sent hours later after a kill', async () => {
    const botId = await logIn()
    await control.inbound({ botId, text: 'hello' })
    await eventually(() => expect(host.turns).toHaveLength(1))
    await eventually(async () => expect(await waiting()).toBe(0))
    await control.fault({ endpoint: 'sendmessage', kind: 'delay', value: 1_000 })
    const sending = channel.send(to(owner))
    const listed = () => channel.outbox?.list('default', 'waiting')
    await eventually(async () => expect(await listed()).toMatchObject([{ purpose: 'immediate' }]))
    expect(await sending).toMatchObject({ status: 'sent' })
  })

  it('is refused for an id in another spelling, and the right one is suggested', async () => {
    const botId = await logIn()
    await control.inbound({ botId, text: 'hello' })
    await eventually(() => expect(host.turns).toHaveLength(1))
    await expect(channel.send(to(owner.toUpperCase()))).rejects.toMatchObject({
      code: 'not-sent',
      message: expect.stringContaining(`did you mean ${owner}?`),
    })
  })

  it('is refused while the account is not online, and the outbox of a stopped account says so', async () => {
    await open()
    await channel.startAccount('default')
    await eventually(async () => expect(await state()).toBe('scan'))
    await expect(channel.send(to(owner))).rejects.toMatchObject({
      code: 'not-sent',
      message: expect.stringContaining('the account is scan'),
    })
    expect(await waiting()).toBe(0)
    await channel.stopAccount('default')
    await expect(channel.outbox?.list('default', 'waiting')).rejects.toMatchObject({
      code: 'account-not-running',
    })
  })
})

describe('a quote', () => {
  const png =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  /** The files exist only while the turn runs. */
  const readQuoted = () => {
    const read: string[] = []
    host.agent = async ({ messages }) => {
      for (const { path } of messages.flatMap(({ quote }) => quote?.media ?? []))
        read.push(readFileSync(path, 'base64'))
      return 'seen'
    }
    return read
  }

  it('is separate from the text of the sender, and includes the quoted image', async () => {
    const botId = await logIn()
    const read = readQuoted()
    const item = await control.media({ kind: 'image', base64: png })
    await control.inbound({ botId, text: 'what is this?', quote: { item } })
    await eventually(async () => expect(await replies(botId)).toEqual(['seen']))
    expect(host.turns[0]?.messages).toMatchObject([
      {
        text: 'what is this?',
        quote: { text: '> [image]', fromBot: false, media: [{ kind: 'image', mimeType: 'image/png' }] },
      },
    ])
    expect(read).toEqual([png])
  })

  it('of an earlier image by id includes that image, once if both are answered together', async () => {
    const botId = await logIn()
    const item = await control.media({ kind: 'image', base64: png })
    const first = Promise.withResolvers<string>()
    host.agent = () => first.promise
    await control.inbound({ botId, text: 'wait' })
    await eventually(() => expect(host.turns).toHaveLength(1))
    const { messageId } = await control.inbound({ botId, item })
    await control.inbound({ botId, text: 'and this?', quote: { shape: 'id', messageId } })
    await eventually(() => expect(decisions()).toHaveLength(3))
    const read = readQuoted()
    first.resolve('done')
    await eventually(async () => expect(await replies(botId)).toEqual(['done', 'seen']))
    const [picture, question] = host.turns[1]?.messages ?? []
    expect(question).toMatchObject({ text: 'and this?', quote: { media: picture?.media } })
    expect(read).toEqual([png])
  })

  it('of a file that cannot be downloaded reports that in its place, and the turn runs', async () => {
    const botId = await logIn()
    const item = await control.media({ kind: 'file', size: 1_000, wrongKey: true, name: 'plan.pdf' })
    await control.inbound({ botId, text: 'read this', quote: { item } })
    await eventually(async () =>
      expect(await replies(botId)).toEqual([
        expect.stringMatching(/^\[file: not read.*answer to read this$/),
      ]),
    )
    const quote = host.turns[0]?.messages[0]?.quote
    expect(quote).toEqual({ text: '> [file: plan.pdf]\n[file: not read, not available]', fromBot: false })
  })
})

describe('a stranger', () => {
  it('gets a pairing code once, and an answer of the agent after the approval', async () => {
    const botId = await logIn()
    await control.inbound({ botId, from: stranger, text: 'hi' })
    await eventually(async () => expect((await replies(botId))[0]).toMatch(/ABCD2345.*operator/))
    await control.inbound({ botId, from: stranger, text: 'hello?' })
    host.approved.add(`other ${stranger}`)
    await control.inbound({ botId, from: stranger, text: 'anybody?' })
    await eventually(() => expect(decisions()).toHaveLength(3))
    expect(host.turns).toEqual([])
    host.approved.add(`default ${stranger}`)
    await control.inbound({ botId, from: stranger, text: 'now' })
    await eventually(async () => expect(await replies(botId)).toEqual([expect.any(String), 'answer to now']))
  })

  it('gets no answer under an allowlist', async () => {
    const botId = await logIn({ dmPolicy: 'allowlist', allowFrom: [owner] })
    await control.inbound({ botId, from: stranger, text: 'hi' })
    await eventually(() => expect(decisions()).toEqual(['dm-unknown-sender']))
    expect(await replies(botId)).toEqual([])
  })
})

function sendFailures(): unknown[] {
  return host.log.lines.filter(({ message }) => message === 'A part was not sent')
}

/** The reasons of the decisions so far, from the log. */
function decisions(): unknown[] {
  return host.log.lines
    .map(({ fields }) => Reflect.get(fields, 'reason'))
    .filter((reason) => reason !== undefined)
}

describe('the events for the host', () => {
  const counted = (type: 'message' | 'turn' | 'send') => host.events.filter((event) => event.type === type)
  const turn = { type: 'turn', accountId: 'default', durationMs: expect.any(Number) }

  it('are each decision, turn and send of the account, without data of the user', async () => {
    const botId = await logIn()
    await control.inbound({ botId, text: 'hello' })
    await eventually(() => expect(counted('send')).toHaveLength(1))
    expect(counted('message')).toEqual([
      { type: 'message', accountId: 'default', action: 'dispatch', reason: 'dm-owner' },
    ])
    expect(counted('turn')).toEqual([{ ...turn, outcome: 'answered' }])
    expect(counted('send')).toEqual([{ type: 'send', accountId: 'default', outcome: 'sent' }])
  })

  it('are a failed turn and the apology that was sent', async () => {
    const botId = await logIn()
    host.agent = () => Promise.reject(new Error('no model'))
    await control.inbound({ botId, text: 'hello' })
    await eventually(() => expect(counted('send')).toHaveLength(1))
    expect(counted('turn')).toEqual([{ ...turn, outcome: 'failed' }])
  })

  it('include a turn that its user stopped, but not a turn that the end of the gateway interrupted', async () => {
    const botId = await logIn()
    host.agent = (_turn, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', reject))
    await control.inbound({ botId, text: 'think long' })
    await eventually(() => expect(host.turns).toHaveLength(1))
    await control.inbound({ botId, text: '/stop' })
    await eventually(() => expect(counted('turn')).toEqual([{ ...turn, outcome: 'stopped' }]))
    await control.inbound({ botId, text: 'think again' })
    await eventually(() => expect(host.turns).toHaveLength(2))
    await channel.stopAccount('default')
    expect(counted('turn')).toHaveLength(1)
  })
})

function errors(): string[] {
  return host.log.lines.filter(({ level }) => level === 'error').map(({ message }) => message)
}

describe('an answer', () => {
  it('is sent in chunks of the configured length, in order', async () => {
    const botId = await logIn({ textChunkLimit: 20 })
    host.agent = async () => 'The first sentence. And the second one.'
    await control.inbound({ botId, text: 'go' })
    await eventually(async () =>
      expect(await replies(botId)).toEqual(['The first sentence. ', 'And the second one.']),
    )
  })

  it('covers all messages that arrived while a turn ran', async () => {
    const botId = await logIn()
    const first = Promise.withResolvers<string>()
    host.agent = () => first.promise
    await control.inbound({ botId, text: 'one' })
    await eventually(() => expect(host.turns).toHaveLength(1))
    host.agent = async (turn) => `together: ${turn.messages.length}`
    await control.inboundBatch([
      { botId, text: 'two' },
      { botId, text: 'three' },
    ])
    await eventually(() => expect(decisions()).toHaveLength(3))
    first.resolve('done')
    await eventually(async () => expect(await replies(botId)).toEqual(['done', 'together: 2']))
  })

  it('is one for all messages that arrived while the last one could not be sent', async () => {
    const botId = await logIn()
    await control.fault({ endpoint: 'sendmessage', kind: 'ret', value: -2, errmsg: '', times: 1 })
    host.agent = async (turn) => turn.messages.map(({ text }) => text).join('+')
    await control.inbound({ botId, text: 'one' })
    await eventually(() => expect(sendFailures()).toHaveLength(1))
    await control.fault({ endpoint: 'sendmessage', kind: 'delay', value: 300, times: 1 })
    await control.inboundBatch(['two', 'three', 'four'].map((text) => ({ botId, text })))
    await eventually(async () => expect(await replies(botId)).toEqual(['one', 'two+three+four']))
  })

  it('is an apology in the language of the user if the turn failed', async () => {
    const botId = await logIn()
    host.agent = () => Promise.reject(new Error('secret detail'))
    await control.inbound({ botId, text: '你好' })
    await eventually(async () => expect((await replies(botId))[0]).toContain('抱歉'))
    expect((await replies(botId))[0]).not.toMatch(/secret detail|Sorry/)
  })

  it('that a stop interrupted is sent once after the next start', async () => {
    const botId = await logIn()
    host.agent = (_turn, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', reject))
    await control.inbound({ botId, text: 'think long' })
    await eventually(() => expect(host.turns).toHaveLength(1))
    await channel.stop({ deadlineMs: 1_000 })
    const [cutOff] = host.turns

    host = testHost(host.stateDir)
    await open()
    await channel.startAccount('default')
    await eventually(async () => expect(await replies(botId)).toEqual(['answer to think long']))
    expect(host.turns.map(({ id }) => id)).toEqual([cutOff?.id])
  })

  it('is at most as long as the puppet accepts, also before the login', async () => {
    const botId = await logIn()
    host.agent = (_turn, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', reject))
    await control.inbound({ botId, text: 'tell me all' })
    await eventually(() => expect(host.turns).toHaveLength(1))
    await channel.stop({ deadlineMs: 1_000 })

    const long = `${'word '.repeat(409)}end`
    host = testHost(host.stateDir)
    host.agent = async () => long
    await open()
    await channel.startAccount('default')
    await eventually(async () => expect((await replies(botId)).join('')).toBe(long))
  })

  it('is sent when the store works again after a failed decision', async () => {
    const botId = await logIn()
    const { isApproved } = host.pairing
    host.pairing.isApproved = () => Promise.reject(new Error('the disk is full'))
    await control.inbound({ botId, text: 'hello' })
    await eventually(() => expect(errors()).toContain('Deciding on a message failed; retrying'))
    host.pairing.isApproved = isApproved
    await eventually(async () => expect(await replies(botId)).toEqual(['answer to hello']), 8_000)
  })

  it('goes to the owner without a pairing code if the decision is made at the next start', async () => {
    const botId = await logIn()
    host.pairing.isApproved = () => Promise.reject(new Error('the disk is full'))
    await control.inbound({ botId, text: 'hello' })
    await eventually(() => expect(errors()).toContain('Deciding on a message failed; retrying'))
    await channel.stop({ deadlineMs: 1_000 })

    host = testHost(host.stateDir)
    await open()
    await channel.startAccount('default')
    await eventually(async () => expect(await replies(botId)).toHaveLength(1))
    expect(await replies(botId)).toEqual(['answer to hello'])
  })

  it('is queued while the backend is unreachable', async () => {
    const botId = await logIn()
    await control.fault({ endpoint: 'sendmessage', kind: 'reset', times: 1 })
    await control.inbound({ botId, text: 'hello' })
    await eventually(async () => expect(await replies(botId)).toEqual(['answer to hello']), 8_000)
  })
})
