import { readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Channel, ChannelPlugin, StopOptions } from '@moltbot/channel-sdk'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { startModelServer } from '@moltbot/channel-sdk/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readText } from '../src/config/files.ts'
import { connectGateway } from '../src/control/client.ts'
import { startGateway } from '../src/gateway.ts'
import { gatewayMigrations } from '../src/gateway-database.ts'
import type { Gateway, GatewayOptions } from '../src/gateway-types.ts'
import { createLog } from '../src/log/logger.ts'
import type { Settings } from '../src/settings.ts'
import { readGatewayFile } from '../src/state/gateway-file.ts'
import fakePlugin from './fake-extension/src/index.ts'
import { scratch } from './scratch.ts'
import { settingsWith } from './settings.ts'

const fake: ChannelPlugin = fakePlugin
const running: Gateway[] = []
const patience = { timeout: 20_000 }

afterEach(async () => {
  await Promise.all(running.splice(0).map((gateway) => gateway.stop({ deadlineMs: 0 })))
})

async function start(config: object = {}, changes: Partial<GatewayOptions> = {}) {
  const lines: string[] = []
  const log = createLog({ format: 'json', write: (line) => lines.push(line) })
  const stateDir = scratch()
  const loadSettings = async () => settingsWith(config)
  const gateway = await startGateway({ stateDir, log, plugins: [fake], loadSettings, ...changes })
  running.push(gateway)
  const events = (name: string) => lines.map((line) => JSON.parse(line)).filter(({ event }) => event === name)
  const client = connectGateway(changes.stateDir ?? stateDir)
  return { gateway, stateDir: changes.stateDir ?? stateDir, events, client, text: () => lines.join('') }
}

/** The fake channel with members of its own. */
const fakeWith = (change: (channel: Channel) => Partial<Channel>): ChannelPlugin => ({
  ...fake,
  create: async (host, config) => {
    const channel = await fake.create(host, config)
    return Object.assign(channel, change(channel))
  },
})

describe('a gateway', () => {
  it('tells where it is, and answers through the agent', async () => {
    const { gateway, stateDir, events, client } = await start()
    await gateway.ready()
    expect(events('gateway.ready')).toMatchObject([{ url: gateway.url, pid: process.pid }])
    expect(readGatewayFile(stateDir)).toMatchObject({ url: gateway.url, pid: process.pid })
    expect(statSync(join(stateDir, 'fake')).mode & 0o777).toBe(0o700)
    expect(await client.call('status')).toMatchObject({
      phase: 'running',
      healthy: true,
      model: 'builtin/echo',
      accounts: [{ channel: 'fake', accountId: 'a', state: 'online' }],
    })
    expect(await client.call('send', { to: 'someone', text: 'hello' })).toEqual({
      status: 'sent',
      chunks: 1,
      sent: 1,
    })
    expect(events('fake.answer')[0].answer).toContain('hello')
  })

  it('tells a channel what the model was not given for the latest answer', async () => {
    const model = await startModelServer()
    const providers = {
      test: {
        api: 'openai-completions',
        baseUrl: model.baseUrl,
        models: [{ id: 'm', contextWindow: 1_000 }],
      },
    } as const
    const settings = settingsWith({})
    const agent = { ...settings.agent, model: 'test/m', providers }
    const { gateway, events, client } = await start(
      {},
      { loadSettings: async () => ({ ...settings, agent }) },
    )
    await gateway.ready()
    for (const text of ['字'.repeat(700), 'short']) await client.call('send', { to: 'u1', text })
    await model.close()
    const [first, second] = events('fake.answer').map(({ session }) => session)
    expect(first).toEqual({ model: 'test/m', remembered: 1 })
    expect(second).toMatchObject({ model: 'test/m', remembered: 2, leftOut: { exchanges: 1 } })
  })

  it('starts every account that can be started, whatever the others do', async () => {
    const accounts = { bad: 'throws', off: 'disabled', good: 'online', new: 'scan' }
    const { gateway, events, text } = await start({ accounts })
    await gateway.ready()
    expect(events('account.state').map(({ accountId, state }) => `${accountId} ${state}`)).toEqual([
      'good online',
      'new scan',
    ])
    expect(events('account.qr')).toMatchObject([{ accountId: 'new', url: 'https://qr.example/1' }])
    expect(events('account.qr')[0]).not.toHaveProperty('terminal')
    expect(text()).toContain('account bad cannot start')
    const { healthy, problems } = await gateway.status()
    expect(healthy).toBe(false)
    expect(problems).toContain('fake account new is scan: knows no secret (scan the QR code)')
  })

  it('stops while an account is still starting', async () => {
    const { gateway, events } = await start({ accounts: { stuck: 'hangs' } })
    await gateway.stop()
    expect(await gateway.ended).toBe(0)
    expect(events('gateway.ready')).toEqual([])
  })

  it('does not wait for a channel that does not stop', async () => {
    const { gateway, text } = await start({ stopTakesMs: 60_000 })
    await gateway.stop({ deadlineMs: 10 })
    expect(text()).toContain('did not stop cleanly')
  })

  it('leaves nothing behind that says it runs, and its directory free for the next', async () => {
    const first = await start()
    await first.gateway.stop()
    expect(readGatewayFile(first.stateDir)).toBeUndefined()
    const second = await start({}, { stateDir: first.stateDir })
    expect(await second.client.call('status')).toMatchObject({ pid: process.pid })
  })

  it('is the only one on its directory', async () => {
    const { stateDir, gateway } = await start()
    const second = expect(start({}, { stateDir })).rejects
    await second.toMatchObject({ code: 'gateway-running', message: expect.stringContaining(gateway.url) })
  })

  it('does not keep the directory when its port is taken', async () => {
    const { gateway } = await start()
    const stateDir = scratch()
    const port = Number(new URL(gateway.url).port)
    await expect(start({}, { stateDir, port })).rejects.toMatchObject({ code: 'port-taken' })
    await start({}, { stateDir })
  })

  it('keeps damaged files aside and says so', async () => {
    const stateDir = scratch()
    writeFileSync(join(stateDir, 'gateway.sqlite'), 'this is no database '.repeat(100))
    const { events } = await start({}, { stateDir })
    expect(events('state.corrupt').map(({ level }) => level)).toEqual(['error'])
    expect(readdirSync(stateDir).filter((name) => name.includes('.corrupt-'))).toHaveLength(1)
  })

  it('shows no secret of the configuration or of a channel', async () => {
    const settings = { ...settingsWith({ secret: 'channel-secret' }), secrets: ['config-secret'] }
    const { gateway, client, text } = await start({}, { loadSettings: async () => settings })
    await gateway.ready()
    await client.call('send', { to: 'someone', text: 'both: channel-secret config-secret' })
    expect(text()).toContain('knows [redacted]')
    expect(text()).not.toMatch(/channel-secret|config-secret/)
  })
})

describe('a reload', () => {
  it('restarts only the accounts that the new configuration changes', async () => {
    let accounts: object = { a: 'online', b: 'online', c: 'online' }
    const { gateway, events, client } = await start(
      {},
      { loadSettings: async () => settingsWith({ accounts }) },
    )
    await gateway.ready()
    accounts = { a: 'online', b: 'scan', d: 'online' }
    await client.call('reload')
    const stateOf = ({ accountId, state }: { accountId: string; state: string }) => `${accountId} ${state}`
    expect(events('account.state').map(stateOf)).toEqual([
      ...['a online', 'b online', 'c online'],
      ...['b scan', 'd online'],
    ])
    expect(events('config.applied')).toMatchObject([{ accounts: ['fake/b', 'fake/c', 'fake/d'] }])
    expect(await gateway.status()).toMatchObject({ restarts: 0, phase: 'running' })
    expect((await gateway.status()).accounts.map(({ accountId }) => accountId)).toEqual(['a', 'b', 'd'])
  })

  it('opens a channel that was not configured, and closes one that no longer is', async () => {
    let channels: Settings['channels'] = new Map()
    const { gateway } = await start({}, { loadSettings: async () => ({ ...settingsWith({}), channels }) })
    await gateway.ready()
    channels = settingsWith({}).channels
    await gateway.reload()
    expect((await gateway.status()).accounts).toMatchObject([{ channel: 'fake', state: 'online' }])
    channels = new Map()
    await gateway.reload()
    expect((await gateway.status()).accounts).toEqual([])
  })

  it('gives the agent its new settings without touching an account', async () => {
    let model = 'builtin/echo'
    const settings = () => ({ ...settingsWith({}), agent: { ...settingsWith({}).agent, model } })
    const { gateway, events, client } = await start({}, { loadSettings: async () => settings() })
    await gateway.ready()
    model = 'nobody/knows'
    await gateway.reload()
    expect(events('config.applied')).toMatchObject([{ accounts: [] }])
    await expect(client.call('send', { to: 'someone', text: 'hello' })).rejects.toThrow()
    expect(await gateway.status()).toMatchObject({ model: 'nobody/knows', restarts: 0 })
  })

  it('says that another address needs a new process', async () => {
    let port = 0
    const loadSettings = async () => ({ ...settingsWith({}), port })
    const { gateway, events } = await start({}, { loadSettings })
    await gateway.ready()
    port = 4711
    await gateway.reload()
    expect(events('config.warning')).toMatchObject([{ msg: expect.stringContaining('gateway.port') }])
    expect((await gateway.status()).warnings).toEqual([
      'gateway.port and gateway.bind have changed; they apply when the process is started again',
    ])
    port = 0
    await gateway.reload()
    expect((await gateway.status()).warnings).toEqual([])
  })

  it('registers the secrets of the new configuration before anything is logged', async () => {
    let secret = 'first-secret'
    const loadSettings = async () => ({ ...settingsWith({ secret }), secrets: [secret] })
    const { gateway, text } = await start({}, { loadSettings })
    await gateway.ready()
    secret = 'second-secret'
    await gateway.reload()
    expect(text()).not.toMatch(/first-secret|second-secret/)
  })

  it('comes by itself when a file of the configuration is saved', async () => {
    const file = join(scratch(), 'included.json5')
    writeFileSync(file, '{}')
    const loadSettings = async () => {
      const { text, stamp } = await readText(file)
      const accounts = { a: 'online', ...JSON.parse(text) }
      return { ...settingsWith({ accounts }), files: new Map([[file, stamp]]) }
    }
    const { gateway, events } = await start({}, { loadSettings })
    await gateway.ready()
    writeFileSync(file, '{"broken')
    await vi.waitFor(() => expect(events('config.rejected')).toHaveLength(1), patience)
    expect((await gateway.status()).accounts).toHaveLength(1)
    writeFileSync(`${file}.new`, '{"b":"online"}')
    renameSync(`${file}.new`, file)
    await vi.waitFor(
      () => expect(events('config.applied')).toMatchObject([{ accounts: ['fake/b'] }]),
      patience,
    )
  })

  it('reports what could not be applied, and is tried again', async () => {
    let configs: object = {}
    let broken = false
    const plugin: ChannelPlugin = {
      ...fake,
      create: async (host, config) => {
        const channel = await fake.create(host, config)
        const reconfigure = async (next: unknown) => {
          if (broken) throw new Error('disk gone')
          return channel.reconfigure(next)
        }
        return { ...channel, reconfigure }
      },
    }
    const loadSettings = async () => settingsWith(configs)
    const { gateway } = await start({}, { plugins: [plugin], loadSettings })
    await gateway.ready()
    configs = { accounts: { b: 'online' } }
    broken = true
    await expect(gateway.reload()).rejects.toThrow('disk gone')
    expect((await gateway.status()).config).toMatchObject({ reloadError: 'disk gone' })
    broken = false
    await gateway.reload()
    expect((await gateway.status()).config).not.toHaveProperty('reloadError')
  })

  it('keeps the running configuration when the new one is invalid, and says why', async () => {
    let valid = true
    const loadSettings = async () => {
      if (valid) return settingsWith({})
      throw new Error('line 3 is wrong')
    }
    const { gateway, events, client } = await start({}, { loadSettings })
    await gateway.ready()
    valid = false
    await expect(client.call('reload')).rejects.toThrow()
    expect(await gateway.status()).toMatchObject({
      phase: 'running',
      restarts: 0,
      config: { reloadError: 'line 3 is wrong' },
    })
    expect(events('config.rejected')).toMatchObject([{ level: 'error', err: { message: 'line 3 is wrong' } }])
    await gateway.restart()
    await gateway.ready()
    expect(await gateway.status()).toMatchObject({
      restarts: 1,
      accounts: [{ accountId: 'a', state: 'online' }],
    })
    valid = true
    await gateway.reload()
    expect((await gateway.status()).config).not.toHaveProperty('reloadError')
  })
})

describe('a restart in process', () => {
  it('takes the new configuration and keeps the address', async () => {
    let config: object = {}
    const { gateway, events, client } = await start({}, { loadSettings: async () => settingsWith(config) })
    const { url } = gateway
    await gateway.ready()
    config = { accounts: { b: 'online' } }
    await gateway.restart()
    await gateway.ready()
    expect(await client.call('status')).toMatchObject({
      url,
      restarts: 1,
      accounts: [{ accountId: 'b' }],
    })
    expect(events('gateway.ready')).toHaveLength(2)
  })

  it('ends the gateway when a channel cannot be opened again', async () => {
    let broken = false
    const plugin: ChannelPlugin = {
      ...fake,
      create: async (host, config) => {
        if (broken) throw new Error('disk gone')
        return fake.create(host, config)
      },
    }
    const { gateway, text } = await start({}, { plugins: [plugin] })
    broken = true
    await expect(gateway.restart()).rejects.toThrow('disk gone')
    expect(await gateway.ended).toBe(1)
    expect(text()).toContain('Restart failed')
  })

  it('gives way to a stop that comes with it', async () => {
    const { gateway } = await start()
    const restarted = gateway.restart()
    await Promise.all([gateway.stop(), restarted])
    expect(await gateway.ended).toBe(0)
  })
})

describe('a stop', () => {
  const never = () => new Promise<never>(() => undefined)
  const stopping = { code: 'stopping' }

  it('overtakes a reload whose channel hangs', async () => {
    let accounts: object = { a: 'online' }
    const reconfigure = vi.fn(never)
    const plugins = [fakeWith(() => ({ reconfigure }))]
    const { gateway, text } = await start(
      {},
      { plugins, loadSettings: async () => settingsWith({ accounts }) },
    )
    await gateway.ready()
    accounts = {}
    const reloaded = expect(gateway.reload()).rejects.toMatchObject(stopping)
    await vi.waitFor(() => expect(reconfigure).toHaveBeenCalled())
    await gateway.stop()
    await reloaded
    expect(await gateway.ended).toBe(0)
    expect(text()).not.toContain('config.not-applied')
    await expect(gateway.reload()).rejects.toMatchObject(stopping)
  })

  it('overtakes a reload whose configuration cannot be read', async () => {
    let load: () => Promise<Settings> = async () => settingsWith({})
    const { gateway, text } = await start({}, { loadSettings: () => load() })
    await gateway.ready()
    load = never
    const reloaded = expect(gateway.reload()).rejects.toMatchObject(stopping)
    await gateway.stop()
    await reloaded
    expect(text()).not.toContain('config.rejected')
  })

  it('overtakes a reload that opens a channel, which is stopped when it has opened', async () => {
    const { promise: opened, resolve: open } = Promise.withResolvers<void>()
    const stop = vi.fn(async () => undefined)
    const create = vi.fn(async () => opened)
    const plugin: ChannelPlugin = {
      ...fake,
      create: async (host, config) => {
        await create()
        return { ...(await fake.create(host, config)), stop }
      },
    }
    let channels: Settings['channels'] = new Map()
    const loadSettings = async () => ({ ...settingsWith({}), channels })
    const { gateway } = await start({}, { plugins: [plugin], loadSettings })
    await gateway.ready()
    channels = settingsWith({}).channels
    const reloaded = expect(gateway.reload()).rejects.toMatchObject(stopping)
    await vi.waitFor(() => expect(create).toHaveBeenCalled())
    await gateway.stop()
    await reloaded
    expect(stop).not.toHaveBeenCalled()
    open()
    await vi.waitFor(() => expect(stop).toHaveBeenCalled())
  })

  it('overtakes a restart whose channel hangs, whichever member', async () => {
    for (const hanging of ['stop', 'create']) {
      let hangs = false
      const asked = vi.fn()
      const wait = async () => {
        if (hangs) asked()
        if (hangs) await never()
      }
      const plugin: ChannelPlugin = {
        ...fake,
        create: async (host, config) => {
          if (hanging === 'create') await wait()
          const channel = await fake.create(host, config)
          return hanging === 'stop' ? { ...channel, stop: wait } : channel
        },
      }
      const loadSettings = async () => ({ ...settingsWith({}), shutdownTimeoutMs: 50 })
      const { gateway, stateDir } = await start({}, { plugins: [plugin], loadSettings })
      await gateway.ready()
      hangs = true
      const restarted = gateway.restart()
      await vi.waitFor(() => expect(asked).toHaveBeenCalled())
      await Promise.all([gateway.stop(), restarted])
      expect(await gateway.ended).toBe(0)
      hangs = false
      await (await start({}, { stateDir })).gateway.stop()
    }
  })

  it('is joined by a second one, whatever its deadline', async () => {
    const { gateway, events } = await start()
    await Promise.all([gateway.stop(), gateway.stop({ deadlineMs: 5_000 })])
    expect(events('gateway.stopped')).toHaveLength(1)
  })

  it('ends a turn that hangs in a tool or a model, of which nothing is stored', async () => {
    const model = await startModelServer()
    model.stall()
    const providers = { test: { api: 'openai-completions', baseUrl: model.baseUrl } } as const
    const settings = settingsWith({})
    const agent = { ...settings.agent, model: 'test/m', providers }
    const { gateway, stateDir, client } = await start(
      {},
      { loadSettings: async () => ({ ...settings, agent }) },
    )
    await gateway.ready()
    const sent = expect(client.call('send', { to: 'u1', text: 'hi' })).rejects.toThrow()
    await vi.waitFor(() => expect(model.requests).toHaveLength(1))
    await gateway.stop()
    await sent
    await model.close()
    const { db } = openDatabase(join(stateDir, 'gateway.sqlite'), gatewayMigrations)
    expect(db.get('SELECT count(*) AS n FROM session_turn')).toEqual({ n: 0 })
    await db.close()
  })

  it('gives running turns the time that the configuration says, and channels a moment more', async () => {
    const stop = vi.fn(async (_: StopOptions) => undefined)
    const loadSettings = async () => ({ ...settingsWith({}), shutdownTimeoutMs: 4_321 })
    const { gateway } = await start({}, { plugins: [fakeWith(() => ({ stop }))], loadSettings })
    await gateway.stop()
    expect(stop).toHaveBeenCalledExactlyOnceWith({ turnsMs: 4_321, deadlineMs: 5_521 })
  })
})

describe('accounts and messages through the control plane', () => {
  it('stops an account, and starts it again', async () => {
    const { client } = await start({ accounts: { a: 'online', b: 'online' } })
    await client.call('changeAccount', { accountId: 'a', action: 'stop' })
    expect(await client.call('account', { accountId: 'a' })).toMatchObject({ state: 'idle' })
    await client.call('changeAccount', { accountId: 'a', action: 'start' })
    expect(await client.call('account', { accountId: 'a' })).toMatchObject({ state: 'online' })
    await client.call('changeAccount', { accountId: 'b', action: 'restart' })
    expect(await client.call('account', { accountId: 'b' })).toMatchObject({ state: 'online' })
    const unknown = client.call('changeAccount', { accountId: 'c', action: 'stop' })
    await expect(unknown).rejects.toMatchObject({ code: 'account-unknown' })
  })

  it('shows the messages of a channel that keeps them, each with its turn, and none of another one', async () => {
    expect(await (await start()).client.call('messages')).toEqual({ messages: [], showsTexts: true })
    const message = {
      position: 7,
      conversation: { kind: 'direct', id: 'u' } as const,
      messageId: 'm',
      text: 'hi',
      receivedMs: 1,
      state: 'answered',
      reason: '',
      steps: [{ step: 'dmPolicy', outcome: 'dispatch', detail: 'open' }],
      turnId: 'unknown-turn',
      attempts: 1,
      parts: [],
    }
    const received = vi.fn(async () => ({ messages: [message], next: 7 }))
    const { client } = await start({}, { plugins: [fakeWith(() => ({ received }))] })
    const { messages, next } = await client.call('messages', {
      kind: 'direct',
      conversationId: 'u',
      text: 'h',
      limit: 9,
    })
    expect(messages).toEqual([{ ...message, accountId: 'a' }])
    expect(next).toBe(7)
    expect(received).toHaveBeenCalledExactlyOnceWith({
      accountId: 'a',
      conversation: { kind: 'direct', id: 'u' },
      text: 'h',
      limit: 9,
    })
    expect(await client.call('usage')).toEqual({ days: [] })
    await expect(client.call('messages', { limit: 101 })).rejects.toMatchObject({ code: 'bad-request' })
  })

  it('tells its log, and that it has no configuration file where it has none', async () => {
    const { client } = await start()
    const { lines } = await client.call('log', { text: 'GATEWAY IS READY' })
    expect(lines).toMatchObject([{ level: 'info', message: 'Gateway is ready' }])
    await expect(client.call('config')).rejects.toMatchObject({ code: 'no-config-file' })
  })
})

describe('pairing through the control plane', () => {
  const asks = { to: 'u1', text: 'may I?' }

  it('approves by code, tells the person, and takes the approval back', async () => {
    const { gateway, client, events } = await start()
    await gateway.ready()
    await client.call('send', asks)
    const { code } = events('fake.pairing')[0]
    expect(await client.call('status')).toMatchObject({ pairing: { pending: 1 } })
    expect(await client.call('pairing')).toMatchObject({
      pending: [{ code, senderId: 'u1' }],
      approved: [],
    })
    const approved = await client.call('approve', { code, notify: true })
    expect(approved).toMatchObject({ approved: { accountId: 'a', senderId: 'u1' }, notified: true })
    expect(events('fake.notified')).toMatchObject([{ accountId: 'a', senderId: 'u1' }])
    await client.call('revoke', { senderId: 'u1' })
    expect(await client.call('pairing')).toEqual({ pending: [], approved: [] })
    expect(events('fake.admissions')).toMatchObject([{ accountId: 'a' }])
  })

  it('addresses accounts one by one, and asks hundreds for a sign of life in one call', async () => {
    const names = Array.from({ length: 300 }, (_, n) => `a${n}`)
    const probe = async (accountId: string) => {
      if (accountId === 'a7') throw new Error('no sign of life')
    }
    const plugins = [fakeWith(() => ({ probe }))]
    const accounts = Object.fromEntries(names.map((name) => [name, 'online']))
    const { client, gateway } = await start({ accounts: { ...accounts, off: 'disabled' } }, { plugins })
    await gateway.ready()
    expect(await client.call('account', { accountId: 'a7' })).toMatchObject({
      accountId: 'a7',
      state: 'online',
    })
    const { accounts: probes } = await client.call('probe')
    expect(probes.map(({ accountId }) => accountId)).toEqual(names)
    expect(probes.filter(({ answers }) => !answers)).toEqual([
      { accountId: 'a7', answers: false, problem: 'no sign of life' },
    ])
    expect(await client.call('probe', { accountIds: ['a8'] })).toEqual({
      accounts: [{ accountId: 'a8', answers: true }],
    })
  })

  it('says of a channel that does not list its accounts that it does not, and shows all else', async () => {
    const plugins = [fakeWith(() => ({ accounts: () => Promise.reject(new Error('the store is broken')) }))]
    const { client, gateway } = await start({}, { plugins })
    await gateway.ready()
    const { problems, accounts, healthy } = await client.call('status')
    expect({ problems, accounts, healthy }).toEqual({
      problems: ['the store is broken'],
      accounts: [],
      healthy: false,
    })
  })

  it('refuses what it does not know', async () => {
    const { client } = await start()
    await expect(client.call('approve', { code: 'ABCDEFGH' })).rejects.toMatchObject({
      code: 'pairing-code-unknown',
    })
    await expect(client.call('revoke', { senderId: 'u1' })).rejects.toMatchObject({
      code: 'pairing-not-approved',
    })
    const unknown = { code: 'account-unknown', message: 'there is no account "b"; there is a' }
    await expect(client.call('pairing', { accountId: 'b' })).rejects.toMatchObject(unknown)
    const elsewhere = { accountId: 'b', to: 'u1', text: 'hi' }
    await expect(client.call('send', elsewhere)).rejects.toMatchObject(unknown)
    expect(await client.call('pairing', { accountId: 'a' })).toEqual({ pending: [], approved: [] })
  })
})
