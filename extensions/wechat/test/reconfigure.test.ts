/**
 * A new configuration for a running channel, with our puppet and the simulated backend.
 */

import type { AccountSnapshot, Channel } from '@moltbot/channel-sdk'
import { type ControlClient, controlClient, type Simulator, startSimulator } from 'ilink-simulator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createChannel } from '../src/channel.ts'
import { type WechatConfig, wechatConfigSchema } from '../src/config/schema.ts'
import { type TestHost, testHost } from './host.ts'
import { eventually } from './samples.ts'

/** At iLink each user has one bot. */
const ownerOf = (id: string) => `o9${id}@im.wechat`
const stranger = 'o9Stranger@im.wechat'
const patienceMs = 20_000

let simulator: Simulator
let control: ControlClient
let host: TestHost
let channel: Channel<WechatConfig>
/** The bots by account id. */
const bots = new Map<string, string>()

beforeEach(async () => {
  simulator = await startSimulator()
  control = controlClient(simulator.controlUrl)
  host = testHost()
  channel = await createChannel(host, configOf({ accounts: { shop: {}, home: {} } }))
  for (const id of ['shop', 'home']) {
    await channel.startAccount(id)
    bots.set(id, await scan(id))
  }
})
afterEach(async () => {
  await channel.stop({ deadlineMs: 1_000 })
  await simulator.close()
})

function configOf(config: object): WechatConfig {
  const { url, cdnUrl } = simulator
  const puppetOptions = { baseUrl: url, cdnBaseUrl: cdnUrl, loginBaseUrl: url }
  return wechatConfigSchema.parse({ puppet: 'ilink', puppetOptions, ...config })
}

async function accountOf(id: string): Promise<AccountSnapshot | undefined> {
  return (await channel.accounts()).find(({ accountId }) => accountId === id)
}

async function scan(id: string): Promise<string> {
  await eventually(async () => expect((await accountOf(id))?.qr).toBeDefined(), patienceMs)
  const qrcode = new URL(String((await accountOf(id))?.qr)).searchParams.get('qrcode') ?? ''
  await control.scan(qrcode)
  const { botId } = await control.confirm(qrcode, { userId: ownerOf(id) })
  await online(id)
  return botId
}

const online = (id: string) =>
  eventually(async () => expect((await accountOf(id))?.state).toBe('online'), patienceMs)

async function replies(id: string): Promise<string[]> {
  const sent = await control.sent({ botId: bots.get(id) ?? '' })
  return sent.map(({ items }) => /"text":"((?:[^"\\]|\\.)*)"/.exec(JSON.stringify(items))?.[1] ?? '')
}

const write = (id: string, text: string, from = ownerOf(id)) =>
  control.inbound({ botId: bots.get(id) ?? '', from, text })

const repliesAre = (id: string, texts: unknown[]) =>
  eventually(async () => expect(await replies(id)).toEqual(texts), patienceMs)

/** How often an account was started. */
const starts = (id: string) =>
  host.events.filter(
    (event) => event.type === 'state' && event.account.accountId === id && event.account.state === 'starting',
  ).length

describe('a new configuration', () => {
  it('restarts only the accounts that it changes, without a new login', async () => {
    const before = await accountOf('home')
    expect(
      await channel.reconfigure(configOf({ accounts: { shop: { dmPolicy: 'open' }, home: {} } })),
    ).toEqual(['shop'])
    await online('shop')
    expect(await accountOf('home')).toEqual(before)
    expect([starts('shop'), starts('home')]).toEqual([2, 1])
    await write('shop', 'open now?', stranger)
    await repliesAre('shop', ['answer to open now?'])
    await write('home', 'and here?', stranger)
    await repliesAre('home', [expect.stringContaining('ABCD2345')])
  })

  it('restarts no account if it is the same, and the accounts that inherit a changed key', async () => {
    expect(await channel.reconfigure(configOf({ accounts: { home: {}, shop: {} } }))).toEqual([])
    const accounts = { shop: { dmPolicy: 'pairing' }, home: {} }
    expect(await channel.reconfigure(configOf({ dmPolicy: 'disabled', accounts }))).toEqual(['home'])
  })

  it('shows a new name without a restart', async () => {
    const accounts = { home: { name: '家' }, shop: {} }
    expect(await channel.reconfigure(configOf({ accounts }))).toEqual([])
    expect(await accountOf('home')).toMatchObject({ name: '家', state: 'online' })
    expect(starts('home')).toBe(1)
    expect(await channel.reconfigure(configOf({ accounts: { home: {}, shop: {} } }))).toEqual([])
    expect(await accountOf('home')).not.toHaveProperty('name')
  })

  it('starts new accounts and stops removed and disabled ones', async () => {
    const accounts = { home: { enabled: false }, club: {} }
    const touched = await channel.reconfigure(configOf({ accounts, defaultAccountId: 'club' }))
    expect([...touched].sort()).toEqual(['club', 'home', 'shop'])
    expect((await channel.accounts()).map(({ accountId }) => accountId)).toEqual(['home', 'club'])
    expect(await accountOf('home')).toMatchObject({ state: 'disabled' })
    expect(channel.defaultAccountId).toBe('club')
    await eventually(async () => expect((await accountOf('club'))?.state).toBe('scan'), patienceMs)
    await expect(channel.startAccount('shop')).rejects.toMatchObject({ code: 'account-unknown' })
  })

  it('loses no message: messages of that time are answered, and an interrupted turn runs again', async () => {
    host.agent = (_turn, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', reject))
    await write('shop', 'think long')
    await eventually(() => expect(host.turns).toHaveLength(1), patienceMs)
    const accounts = { shop: { historyLimit: 3 }, home: {} }
    const done = channel.reconfigure(configOf({ accounts }))
    host.agent = async (turn) => `answer to ${turn.messages.map(({ text }) => text).join('+')}`
    await write('shop', 'still there?')
    await done
    await repliesAre('shop', ['answer to think long', 'answer to still there?'])
    expect(host.turns[1]?.id).toBe(host.turns[0]?.id)
  })

  it('that admits a person no longer aborts their turn, and nothing of it is sent', async () => {
    const open = { shop: { dmPolicy: 'allowlist', allowFrom: [stranger] }, home: {} }
    await channel.reconfigure(configOf({ accounts: open }))
    await online('shop')
    const aborted: string[] = []
    host.agent = async ({ messages }, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      aborted.push(...messages.map(({ text }) => text))
      return 'too late'
    }
    await write('shop', 'think long', stranger)
    await eventually(() => expect(host.turns).toHaveLength(1), patienceMs)
    await channel.reconfigure(configOf({ accounts: { ...open, shop: { dmPolicy: 'allowlist' } } }))
    expect(aborted).toEqual(['think long'])
    await online('shop')
    host.agent = async () => 'an answer'
    await write('home', 'something later')
    await repliesAre('home', ['an answer'])
    expect(await replies('shop')).toEqual([])
    expect(host.turns.filter(({ accountId }) => accountId === 'shop')).toHaveLength(1)
  })
})

describe('an account that was stopped', () => {
  it('can be started again with its login', async () => {
    await channel.stopAccount('shop')
    expect(await accountOf('shop')).toMatchObject({ state: 'idle', reason: 'stopped' })
    await channel.startAccount('shop')
    await online('shop')
    await write('shop', 'back?')
    await repliesAre('shop', ['answer to back?'])
  })
})
