import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccountStatus, Channel, ChannelHost } from '@moltbot/channel-sdk'
import type { FileLock } from '@moltbot/channel-sdk/lock'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WechatConfig } from '../config/schema.ts'
import { takeChannelLock } from '../store/channel-lock.ts'
import type { HostGateway, OpenClawConfig, PluginRuntime } from './host-api.ts'
import type { HostSnapshot, OpenClawChannel } from './host-plugin.ts'
import { openClawChannel, register } from './plugin.ts'

const cfg: OpenClawConfig = {
  channels: { wechat: { accounts: { a: { puppet: 'ilink' }, b: { puppet: 'ilink' } } } },
  session: { dmScope: 'per-account-channel-peer' },
}
const scan: AccountStatus = {
  accountId: 'a',
  puppet: 'wechaty-puppet-ilink',
  state: 'scan',
  sinceMs: 0,
  reason: 'scan the QR code with WeChat',
  nextAction: 'scan',
  qr: 'https://example.org/?qrcode=1',
}

let stateDir = ''
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'moltbot-openclaw-plugin-'))
})
afterEach(() => rmSync(stateDir, { recursive: true }))

const invalid = { channels: { wechat: { accounts: { a: { nope: 1 } } } } }
const handoverMs = 2_000

const { qr: _, ...unscanned } = scan
const online: AccountStatus = { ...unscanned, state: 'online', reason: 'logged in' }

const broken = () => {
  throw new Error('the host is broken')
}

/** A host of which everything that is not needed to get up throws. */
function runtimeWith(written: string[] = [], current = cfg): PluginRuntime {
  const write = (message: string) => void written.push(message)
  return {
    version: '2026.9.6',
    config: { current: () => current },
    state: { resolveStateDir: () => stateDir },
    logging: { getChildLogger: () => ({ debug: write, info: write, warn: write, error: write }) },
    agent: {
      resolveAgentWorkspaceDir: broken,
      session: { listSessionEntries: broken, patchSessionEntry: broken },
    },
    events: { onAgentEvent: broken },
    channel: {
      routing: { resolveAgentRoute: broken },
      pairing: { readAllowFromStore: broken, upsertPairingRequest: broken },
      media: { saveMediaBuffer: broken },
      inbound: { buildContext: broken, dispatch: broken },
    },
  }
}

/** As `openclaw gateway call` of one that runs. */
let gateway: OpenClawChannel['gateway'] | undefined
const callGatewayFromCli: HostGateway['callGatewayFromCli'] = async (method, _options, params) => {
  if (gateway === undefined) throw new Error('no gateway')
  return method === 'web.login.start' ? gateway.loginWithQrStart(params) : gateway.loginWithQrWait(params)
}
afterEach(() => {
  gateway = undefined
})

/** A channel whose account `a` can be set to a state, and which notes what is done to it. It locks its folder as ours does. */
function stage(current = cfg) {
  const done: string[] = []
  const written: string[] = []
  /** The accounts that were started, each with the request in whose context that was. */
  const places: string[] = []
  const request = new AsyncLocalStorage<string>()
  let status = scan
  let host: ChannelHost | undefined
  let lock: FileLock | undefined
  let touched: string[] = []
  let afterLogout = () => {}
  const note = (what: string) => async (id: unknown) => void done.push(`${what} ${JSON.stringify(id)}`)
  const channel: Channel<WechatConfig> = {
    defaultAccountId: 'a',
    accountIds: ['a', 'b'],
    accounts: async () => [await channel.account('a')],
    account: async (accountId) => ({
      ...status,
      accountId,
      outbox: { waiting: 0, troubled: 0 },
      setAside: 0,
    }),
    reconfigure: async ({ accounts = {} }) => {
      done.push(`reconfigure ${Object.keys(accounts)}`)
      return touched
    },
    startAccount: async (id) => {
      places.push(`${id} ${request.getStore()}`)
      await note('start')(id)
    },
    stopAccount: note('stop'),
    submitVerifyCode: note('code'),
    logout: async (id) => {
      await note('logout')(id)
      afterLogout()
    },
    probe: async () => broken(),
    explain: async () => broken(),
    send: async () => broken(),
    notifyApproved: note('notify'),
    stop: async (options) => {
      lock?.release()
      await note('close')(options)
    },
  }
  const runtime = runtimeWith(written, current)
  const create = async (given: ChannelHost) => {
    host = given
    lock = takeChannelLock(given.stateDir)
    return channel
  }
  const modules = {
    gateway: async () => ({ callGatewayFromCli }),
    media: async () => ({
      renderQrPngDataUrl: async (text: string) => `data:image/png;base64,${btoa(text)}`,
    }),
  }
  const { plugin, service } = openClawChannel({ runtime, modules, create })
  const set = (next: AccountStatus) => {
    status = next
    host?.report({ type: 'state', account: next })
  }
  const start = (
    accountId: string,
    setStatus: (next: HostSnapshot) => void = () => {},
    given: OpenClawConfig = cfg,
  ) => {
    const stop = new AbortController()
    const context = { cfg: given, accountId, abortSignal: stop.signal, setStatus }
    const ended = plugin.gateway.startAccount(context)
    const begun = () => vi.waitFor(() => expect(done).toContain(`start "${accountId}"`))
    return { stop: () => stop.abort(), ended, begun }
  }
  return {
    plugin,
    service,
    done,
    written,
    places,
    request,
    set,
    start,
    host: () => host,
    /** The accounts that the next change of the configuration touches. */
    touch: (...ids: string[]) => {
      touched = ids
    },
    onLogout: (then: () => void) => {
      afterLogout = then
    },
  }
}

describe('the accounts of the channel in OpenClaw', () => {
  const handOver = () => vi.advanceTimersByTimeAsync(handoverMs)
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  it('share one channel, which is opened with the first and closed after the last', async () => {
    const { start, done } = stage()
    const [a, b] = [start('a'), start('b')]
    await b.begun()
    a.stop()
    await a.ended
    await handOver()
    expect(done).toEqual(['start "a"', 'reconfigure a,b', 'start "b"', 'stop "a"'])
    b.stop()
    await b.ended
    await handOver()
    expect(done.at(-1)).toContain('close')
  })

  it('run on where the host only starts them again, and report their state again', async () => {
    const { start, set, done, service } = stage()
    const before = start('a')
    await before.begun()
    set(online)
    before.stop()
    await before.ended
    const told: (string | undefined)[] = []
    const after = start('a', ({ statusState }) => told.push(statusState))
    await vi.waitFor(() => expect(told).toContain('online'))
    await handOver()
    expect(done.join()).not.toMatch(/stop|close/)
    after.stop()
    await after.ended
    await service.stop()
  })

  it('that the host does not start are stopped where a change of the configuration started them', async () => {
    const { start, done, touch, service } = stage()
    const a = start('a')
    await a.begun()
    touch('b')
    const again = start('a')
    await handOver()
    expect(done.at(-1)).toBe('stop "b"')
    a.stop()
    again.stop()
    await Promise.all([a.ended, again.ended])
    await service.stop()
  })

  it('stop at once when the gateway ends, before the host believes that they have', async () => {
    const { start, done, service } = stage()
    const [a, b] = [start('a'), start('b')]
    await b.begun()
    a.stop()
    await a.ended
    await service.stop()
    expect(done.at(-1)).toBe('stop "a"')
    b.stop()
    await b.ended
    expect(done.at(-1)).toContain('close')
  })

  it('do not run in a second process, and run when the first has ended', async () => {
    const one = stage()
    const first = one.start('a')
    await first.begun()
    const other = stage()
    await expect(other.start('a').ended).rejects.toMatchObject({ code: 'locked' })
    first.stop()
    await first.ended
    await one.service.stop()
    const second = other.start('a')
    await second.begun()
    expect(other.done).toEqual(['start "a"'])
    second.stop()
    await second.ended
    await other.service.stop()
  })

  it('do not start with an invalid configuration, and say which key is wrong', async () => {
    const { plugin } = stage()
    const context = { accountId: 'a', abortSignal: new AbortController().signal, setStatus: () => {} }
    await expect(plugin.gateway.startAccount({ ...context, cfg: invalid })).rejects.toThrow('accounts.a')
    expect(plugin.config.isConfigured(plugin.config.resolveAccount(invalid, 'a'))).toBe(false)
  })

  it('run on with the last valid configuration while it is invalid, and say which key is wrong', async () => {
    const { plugin, start, service } = stage()
    const running = start('a')
    await running.begun()
    running.stop()
    await running.ended
    const account = plugin.config.resolveAccount(invalid, 'a')
    expect(plugin.config.isConfigured(account)).toBe(true)
    const told: HostSnapshot[] = []
    const again = start('a', (next) => told.push(next), invalid)
    await vi.waitFor(() => expect(told).toHaveLength(1))
    expect(told).toMatchObject([{ running: true, configured: true }])
    expect(told[0]?.lastError).toMatch(/accounts\.a.*runs with its last valid configuration/)
    again.stop()
    await again.ended
    await service.stop()
  })

  it('are never said to be unlinked to the host that starts them, since it would not', () => {
    const { plugin } = stage()
    expect(plugin.config.describeAccount(plugin.config.resolveAccount(cfg, 'a'))).not.toHaveProperty('linked')
    expect(plugin.config.isLinked()).toBe('linked')
  })
})

describe('a login', () => {
  const lines: string[] = []
  const terminal = { log: (line: unknown) => void lines.push(String(line)), error: () => {} }
  beforeEach(() => void lines.splice(0))

  it('is watched from another process, which leaves the account to the gateway', async () => {
    const { plugin, start, set, service } = stage()
    const running = start('a')
    await running.begun()
    gateway = plugin.gateway
    const login = stage().plugin.auth.login({ cfg, accountId: 'a', runtime: terminal })
    await vi.waitFor(() => expect(lines.join()).toContain('Scan this code'))
    set(online)
    await login
    expect(lines.at(-1)).toBe('Logged in.')
    running.stop()
    await running.ended
    await service.stop()
  })

  it('is begun in the gateway where that runs other accounts only', async () => {
    const { plugin, start, set, service, done } = stage()
    const running = start('b')
    await running.begun()
    gateway = plugin.gateway
    const login = stage().plugin.auth.login({ cfg, accountId: 'a', runtime: terminal })
    await vi.waitFor(() => expect(lines.join()).toContain('Scan this code'))
    expect(done).toContain('start "a"')
    set(online)
    await login
    running.stop()
    await running.ended
    await service.stop()
  })

  it('runs in its own process where no gateway does', async () => {
    const { plugin, set, done } = stage()
    const login = plugin.auth.login({ cfg, accountId: 'a', runtime: terminal })
    await vi.waitFor(() => expect(lines.join()).toContain('Scan this code'))
    set(online)
    await login
    expect(done.at(-1)).toContain('close')
  })

  it('keeps its account running although the host stops it to show the code', async () => {
    const { plugin, start, set, service, done } = stage()
    const running = start('a')
    await running.begun()
    const answer = await plugin.gateway.loginWithQrStart({ accountId: 'a' })
    expect(answer).toMatchObject({ connected: false, qrDataUrl: expect.stringMatching(/^data:image\/png/) })
    running.stop()
    await running.ended
    const next = plugin.gateway.loginWithQrWait({ accountId: 'a', currentQrDataUrl: answer.qrDataUrl ?? '' })
    set({ ...scan, qr: 'https://example.org/?qrcode=2' })
    expect(await next).toMatchObject({ connected: false, qrText: 'https://example.org/?qrcode=2' })
    set(online)
    expect(await plugin.gateway.loginWithQrWait({ accountId: 'a' })).toMatchObject({ connected: true })
    expect(done.join()).not.toMatch(/stop|close/)
    await service.stop()
  })

  it('starts its account where the host runs accounts, not in the request that asks for it', async () => {
    const { plugin, start, service, places, request } = stage()
    const running = start('b')
    await running.begun()
    await request.run('rpc', () => plugin.gateway.loginWithQrStart({ accountId: 'a' }))
    expect(places).toEqual(['b undefined', 'a undefined'])
    running.stop()
    await running.ended
    await service.stop()
  })

  it('of another person logs out first', async () => {
    const { plugin, set, service, done, onLogout } = stage()
    set(online)
    onLogout(() => set(scan))
    const answer = await plugin.gateway.loginWithQrStart({ accountId: 'a', force: true })
    expect(done).toContain('logout "a"')
    expect(answer.qrText).toBe(scan.qr)
    await service.stop()
  })

  it('is refused for a disabled account', async () => {
    const disabled = { channels: { wechat: { accounts: { a: { enabled: false } } } } }
    const { plugin } = stage(disabled)
    const login = plugin.auth.login({ cfg: disabled, accountId: 'a', runtime: terminal })
    await expect(login).rejects.toThrow('account "a" is disabled')
    await expect(plugin.gateway.loginWithQrStart({ accountId: 'a' })).rejects.toThrow('disabled')
  })

  it('fails with the reason of the account', async () => {
    const { plugin, set } = stage()
    set({ ...unscanned, state: 'failed', reason: 'the puppet is not installed' })
    const login = plugin.auth.login({ cfg, accountId: 'a', runtime: terminal })
    await expect(login).rejects.toThrow('the puppet is not installed')
  })
})

describe('a logout', () => {
  it('logs out an account that the host has stopped for it, and leaves it stopped', async () => {
    const { plugin, start, set, done } = stage()
    const running = start('a')
    await running.begun()
    set(online)
    running.stop()
    await running.ended
    const outcome = await plugin.gateway.logoutAccount({ cfg, accountId: 'a' })
    expect(outcome).toEqual({ cleared: true, loggedOut: true })
    expect(done.at(-2)).toBe('logout "a"')
    expect(done.at(-1)).toContain('close')
  })

  it('has nothing to do for an account that waits for its code to be scanned', async () => {
    const { plugin, set, done } = stage()
    set(scan)
    const outcome = await plugin.gateway.logoutAccount({ cfg, accountId: 'a' })
    expect(outcome).toEqual({ cleared: false, loggedOut: true })
    expect(done.join()).not.toContain('logout')
  })
})

describe('a host that is too old', () => {
  it('gets an error that says what to do, and no channel', () => {
    const registerChannel = vi.fn()
    const runtime = { ...runtimeWith(), version: '2026.8.1' }
    const nothing = () => {}
    const api = {
      rootDir: stateDir,
      runtime,
      registerChannel,
      registerService: nothing,
      registerGatewayMethod: nothing,
    }
    const modules = { process: broken, gateway: broken, media: broken }
    expect(() => register(api, modules)).toThrow(/needs OpenClaw .*2026\.8\.1.*npm install/)
    expect(registerChannel).not.toHaveBeenCalled()
  })
})

describe('errors', () => {
  it('are answers to the question of the host, and never more', async () => {
    const { plugin, start, host, written } = stage()
    const running = start('a', broken)
    await running.begun()
    // A host that cannot take a status must not keep the channel from its work.
    expect(() => host()?.report({ type: 'state', account: scan })).not.toThrow()
    expect(() => host()?.report({ type: 'qr', accountId: 'a', url: 'https://example.org' })).not.toThrow()
    expect(written).toContain('The state of an account was not reported')
    const account = plugin.config.resolveAccount(cfg, 'a')
    expect(await plugin.status.probeAccount({ account, timeoutMs: 1 })).toMatchObject({ ok: false })
    await expect(plugin.outbound.sendText({ cfg, to: 'x', text: 'x' })).rejects.toThrow('broken')
    await expect(host()?.pairing.isApproved('a', 'u')).rejects.toThrow('broken')
    running.stop()
    await running.ended
  })

  it('of the host end a turn', async () => {
    const { start, host } = stage()
    const running = start('a')
    await running.begun()
    const turn = {
      id: 't',
      attempt: 1,
      channelId: 'wechat',
      accountId: 'a',
      conversation: { kind: 'direct', id: 'u' },
      sender: { id: 'u' },
      messages: [{ id: 'm', sender: { id: 'u' }, text: 'hi', timestampMs: 0 }],
      historyLimit: 1,
    } as const
    const reply = async () => {
      for await (const _ of host()?.runTurn(turn, new AbortController().signal) ?? []);
    }
    await expect(reply()).rejects.toThrow('the host is broken')
    running.stop()
    await running.ended
  })
})
