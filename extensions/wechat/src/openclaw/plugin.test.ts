import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccountStatus, Channel, ChannelHost } from '@moltbot/channel-sdk'
import type { FileLock } from '@moltbot/channel-sdk/lock'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WechatConfig } from '../config/schema.ts'
import { takeChannelLock } from '../store/channel-lock.ts'
import type { HostSnapshot, OpenClawConfig, PluginRuntime } from './host-api.ts'
import { openClawChannel } from './plugin.ts'

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

const broken = () => {
  throw new Error('the host is broken')
}

/** A host of which everything that is not needed to get up throws. */
function runtimeWith(written: string[] = []): PluginRuntime {
  const write = (message: string) => void written.push(message)
  return {
    version: '2026.9.6',
    config: { current: () => cfg },
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

/** A channel whose account `a` can be set to a state, and which notes what is done to it. It locks its folder as ours does. */
function stage() {
  const done: string[] = []
  const written: string[] = []
  let status = scan
  let host: ChannelHost | undefined
  let lock: FileLock | undefined
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
      return []
    },
    startAccount: note('start'),
    stopAccount: note('stop'),
    submitVerifyCode: note('code'),
    logout: note('logout'),
    probe: async () => broken(),
    explain: async () => broken(),
    send: async () => broken(),
    notifyApproved: note('notify'),
    stop: async (options) => {
      lock?.release()
      await note('close')(options)
    },
  }
  const runtime = runtimeWith(written)
  const create = async (given: ChannelHost) => {
    host = given
    lock = takeChannelLock(given.stateDir)
    return channel
  }
  const plugin = openClawChannel({ runtime, create })
  const set = (next: AccountStatus) => {
    status = next
    host?.report({ type: 'state', account: next })
  }
  const start = (accountId: string, setStatus: (next: HostSnapshot) => void = () => {}) => {
    const stop = new AbortController()
    const context = { cfg, accountId, abortSignal: stop.signal, setStatus }
    const ended = plugin.gateway.startAccount(context)
    const begun = () => vi.waitFor(() => expect(done).toContain(`start "${accountId}"`))
    return { stop: () => stop.abort(), ended, begun }
  }
  return { plugin, runtime, create, done, written, set, start, host: () => host }
}

describe('the accounts of the channel in OpenClaw', () => {
  it('share one channel, which is opened with the first and closed after the last', async () => {
    const { start, done } = stage()
    const [a, b] = [start('a'), start('b')]
    await b.begun()
    a.stop()
    await a.ended
    expect(done).toEqual(['start "a"', 'reconfigure a,b', 'start "b"', 'stop "a"'])
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
    const second = other.start('a')
    await second.begun()
    expect(other.done).toEqual(['start "a"'])
    second.stop()
    await second.ended
  })

  it('do not start with an invalid configuration, and say which key is wrong', async () => {
    const { plugin } = stage()
    const context = { accountId: 'a', abortSignal: new AbortController().signal, setStatus: () => {} }
    const invalid = { channels: { wechat: { accounts: { a: { nope: 1 } } } } }
    await expect(plugin.gateway.startAccount({ ...context, cfg: invalid })).rejects.toThrow('accounts.a')
    expect(plugin.config.isConfigured(plugin.config.resolveAccount(invalid, 'a'))).toBe(false)
  })

  it('are never said to be unlinked, since the host would not start them', () => {
    const { plugin } = stage()
    expect(plugin.config.describeAccount(plugin.config.resolveAccount(cfg, 'a'))).not.toHaveProperty('linked')
  })
})

describe('a login', () => {
  it('shows the code in the control UI and in the terminal of another process', async () => {
    const { plugin, start, set } = stage()
    const running = start('a')
    await running.begun()
    set(scan)
    const answer = await plugin.gateway.loginWithQrStart({ accountId: 'a' })
    expect(answer).toMatchObject({ connected: false, qrDataUrl: expect.stringMatching(/^data:image\/svg/) })
    const lines: string[] = []
    const terminal = { log: (line: unknown) => void lines.push(String(line)), error: () => {} }
    const login = stage().plugin.auth.login({ cfg, accountId: 'a', runtime: terminal })
    await vi.waitFor(() => expect(lines.join()).toContain('Scan this code'))
    set({ ...scan, state: 'online', reason: 'logged in' })
    await login
    expect(lines.at(-1)).toBe('Logged in.')
    expect(await plugin.gateway.loginWithQrWait({ accountId: 'a' })).toMatchObject({ connected: true })
    running.stop()
    await running.ended
  })

  it('says when the account does not run', async () => {
    expect(await stage().plugin.gateway.loginWithQrStart({ accountId: 'a' })).toMatchObject({
      connected: false,
    })
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
