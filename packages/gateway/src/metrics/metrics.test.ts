import { beforeEach, describe, expect, it } from 'vitest'
import { samplesOf, valuesOf } from '../../test/exposition.ts'
import { noFiles } from '../../test/no-files.ts'
import type { ChannelAccount, GatewayStatus } from '../control/status.ts'
import { createMetrics } from './metrics.ts'
import type { Metrics } from './types.ts'

const shop = { channelId: 'wechat', accountId: 'shop' }
const desk = { channelId: 'wechat', accountId: 'desk' }

let metrics: Metrics
let errors: unknown[]

beforeEach(() => {
  errors = []
  metrics = createMetrics((error) => errors.push(error))
})

function account(accountId: string, changes: Partial<ChannelAccount> = {}): ChannelAccount {
  return {
    channel: 'wechat',
    accountId,
    name: 'Secret shop',
    puppet: 'ilink',
    state: 'online',
    sinceMs: 0,
    reason: 'logged in as o9Bot@im.bot',
    nextAction: 'none',
    userId: 'o9Bot@im.bot',
    qr: 'https://qr.example/1',
    outbox: { waiting: 0, troubled: 0 },
    setAside: 0,
    ...changes,
  }
}

function status(changes: Partial<GatewayStatus> = {}): GatewayStatus {
  return {
    version: '1.2.3',
    pid: 1,
    url: 'http://127.0.0.1:1',
    stateDir: '/home/somebody/.moltbot',
    startedAt: '2026-01-01T00:00:00Z',
    phase: 'running',
    healthy: true,
    problems: [],
    warnings: [],
    config: { path: '/home/somebody/config.json5' },
    accounts: [],
    pairing: { pending: 0 },
    setAside: 0,
    files: noFiles,
    restarts: 0,
    unhandledErrors: 0,
    ...changes,
  }
}

const page = async (now = status()) => (await metrics.page(now)).text
const scrape = async (now = status()) => samplesOf(await page(now))

describe('what happened', () => {
  it('is counted under its own account', async () => {
    metrics.count(shop, { type: 'message', accountId: 'shop', action: 'dispatch', reason: 'dm-open' })
    metrics.count(shop, { type: 'message', accountId: 'shop', action: 'dispatch', reason: 'dm-open' })
    metrics.count(desk, { type: 'message', accountId: 'desk', action: 'drop', reason: 'dm-disabled' })
    metrics.count(shop, { type: 'send', accountId: 'shop', outcome: 'sent' })
    metrics.count(shop, { type: 'model', outcome: 'model-refused' })
    metrics.count(shop, { type: 'again' })
    metrics.count(shop, { type: 'tool', tool: 'orders_*', outcome: 'failed' })
    const samples = await scrape()
    const messages = valuesOf(samples, 'moltbot_messages_decided_total', 'channel', 'account', 'reason')
    expect(messages).toEqual({ 'wechat,shop,dm-open': 2, 'wechat,desk,dm-disabled': 1 })
    expect(valuesOf(samples, 'moltbot_sends_total', 'account', 'outcome')).toEqual({ 'shop,sent': 1 })
    expect(valuesOf(samples, 'moltbot_model_calls_total', 'outcome')).toEqual({ 'model-refused': 1 })
    expect(valuesOf(samples, 'moltbot_tool_calls_total', 'tool', 'outcome')).toEqual({ 'orders_*,failed': 1 })
    expect(valuesOf(samples, 'moltbot_turns_again_total', 'account')).toEqual({ shop: 1 })
    expect(errors).toEqual([])
  })

  it('has its duration in seconds and its tokens in both directions', async () => {
    metrics.count(shop, { type: 'turn', accountId: 'shop', outcome: 'answered', durationMs: 400 })
    metrics.count(shop, { type: 'turn', accountId: 'shop', outcome: 'failed', durationMs: 40_000 })
    metrics.count(shop, { type: 'tokens', read: 120, written: 8 })
    const samples = await scrape()
    const turns = valuesOf(samples, 'moltbot_turns_total', 'outcome')
    expect(turns).toEqual({ answered: 1, failed: 1 })
    const buckets = valuesOf(samples, 'moltbot_turn_duration_seconds_bucket', 'le')
    expect(buckets).toMatchObject({ '0.25': 0, '0.5': 1, '30': 1, '60': 2, '+Inf': 2 })
    const seconds = valuesOf(samples, 'moltbot_turn_duration_seconds_sum', 'account')
    expect(seconds).toEqual({ shop: 40.4 })
    const tokens = valuesOf(samples, 'moltbot_model_tokens_total', 'direction')
    expect(tokens).toEqual({ read: 120, written: 8 })
  })

  it('is kept however often it is scraped', async () => {
    metrics.count(shop, { type: 'send', accountId: 'shop', outcome: 'sent' })
    const pages = await Promise.all([scrape(), scrape(), scrape()])
    for (const samples of pages) {
      expect(valuesOf(samples, 'moltbot_sends_total', 'account')).toEqual({ shop: 1 })
    }
  })

  it('is an error of its own where it cannot be counted', async () => {
    metrics.count(shop, { type: 'tokens', read: -1, written: 0 })
    metrics.count(shop, { type: 'send', accountId: 'shop', outcome: 'sent' })
    expect(valuesOf(await scrape(), 'moltbot_sends_total', 'account')).toEqual({ shop: 1 })
    expect(errors).toHaveLength(1)
  })
})

describe('how things stand', () => {
  it('is each account with its state and its outbox', async () => {
    const accounts = [
      account('shop', { outbox: { waiting: 3, troubled: 1 }, setAside: 2 }),
      account('desk', { state: 'logged-out' }),
    ]
    const samples = await scrape(status({ accounts, pairing: { pending: 2 }, setAside: 4 }))
    const states = valuesOf(samples, 'moltbot_account_state', 'account', 'state')
    expect(Object.keys(states)).toHaveLength(18)
    const current = Object.entries(states).filter(([, value]) => value === 1)
    expect(current).toEqual([
      ['shop,online', 1],
      ['desk,logged-out', 1],
    ])
    const parts = valuesOf(samples, 'moltbot_outbox_parts', 'account', 'state')
    expect(parts).toMatchObject({ 'shop,waiting': 3, 'shop,troubled': 1, 'desk,waiting': 0 })
    expect(valuesOf(samples, 'moltbot_rows_set_aside', 'account')).toEqual({ shop: 2, desk: 0 })
    expect(valuesOf(samples, 'moltbot_gateway_rows_set_aside')).toEqual({ '': 4 })
    expect(valuesOf(samples, 'moltbot_pairing_pending')).toEqual({ '': 2 })
  })

  it('forgets an account that the configuration no longer has', async () => {
    await scrape(status({ accounts: [account('shop')] }))
    const samples = await scrape(status({ accounts: [account('desk')] }))
    expect(Object.keys(valuesOf(samples, 'moltbot_outbox_parts', 'account'))).toEqual(['desk'])
  })

  it('is the gateway: its version, health, restarts, errors and whether its configuration was taken', async () => {
    await scrape(status({ restarts: 1 }))
    const ill = { healthy: false, restarts: 2, unhandledErrors: 5, config: { path: 'x', reloadError: 'y' } }
    const samples = await scrape(status(ill))
    expect(valuesOf(samples, 'moltbot_build_info', 'version')).toEqual({ '1.2.3': 1 })
    expect(valuesOf(samples, 'moltbot_healthy')).toEqual({ '': 0 })
    expect(valuesOf(samples, 'moltbot_restarts_total')).toEqual({ '': 2 })
    expect(valuesOf(samples, 'moltbot_unhandled_errors_total')).toEqual({ '': 5 })
    expect(valuesOf(samples, 'moltbot_config_last_reload_successful')).toEqual({ '': 0 })
  })

  it('is what files take, and which were refused, deleted or wait', async () => {
    const disk = { limit: 100, inUse: 30, spare: 60, refused: 2, deleted: 7 }
    const memory = { limit: 50, inUse: 40, waiting: 3 }
    const samples = await scrape(status({ files: { disk, memory } }))
    expect(valuesOf(samples, 'moltbot_files_disk_bytes', 'state')).toEqual({ in_use: 30, spare: 60 })
    const value = (name: string) => valuesOf(samples, `moltbot_files_${name}`)['']
    const names = ['disk_limit_bytes', 'refused_total', 'deleted_total']
    expect(names.map(value)).toEqual([100, 2, 7])
    expect(['memory_limit_bytes', 'memory_bytes', 'memory_waiting'].map(value)).toEqual([50, 40, 3])
  })

  it('is the process: its memory and its event loop', async () => {
    const samples = await scrape()
    expect(valuesOf(samples, 'process_resident_memory_bytes')['']).toBeGreaterThan(1_000_000)
    expect(valuesOf(samples, 'nodejs_eventloop_lag_seconds')).toHaveProperty('')
  })
})

/** A code of its own for each number below 676. */
const wordOf = (n: number) => String.fromCharCode(97 + Math.floor(n / 26), 97 + (n % 26))

describe('the page', () => {
  it('has nothing of an account but its id, its channel and its state', async () => {
    const text = await page(status({ accounts: [account('shop')] }))
    expect(text).not.toMatch(/o9Bot|Secret shop|qr\.example|somebody|logged in/)
  })

  it('has no label from a channel that is not the form of a code', async () => {
    const texts = [
      'o9Person@im.wechat',
      '12345678@chatroom',
      'my secret',
      'x"} 1\nmoltbot_healthy 1',
      '',
      '密',
      'a'.repeat(200),
    ]
    for (const text of texts) {
      metrics.count(shop, { type: 'message', accountId: text, action: text, reason: text })
      metrics.count({ channelId: text, accountId: text }, { type: 'send', accountId: text, outcome: text })
      metrics.count(shop, { type: 'tool', tool: text, outcome: 'ok' })
    }
    const samples = await scrape()
    expect(valuesOf(samples, 'moltbot_messages_decided_total', 'account', 'action', 'reason')).toEqual({
      'shop,other,other': texts.length,
    })
    expect(valuesOf(samples, 'moltbot_sends_total', 'channel', 'account', 'outcome')).toEqual({
      'other,other,other': texts.length,
    })
    expect(valuesOf(samples, 'moltbot_tool_calls_total', 'tool')).toEqual({ other: texts.length })
    expect(valuesOf(samples, 'moltbot_healthy')).toEqual({ '': 1 })
  })

  it.each(['o9Person', 'wxid_1a2b3c', '12345678', 'ENOENT'])('has no code like %s', async (id) => {
    metrics.count(shop, { type: 'message', accountId: 'shop', action: 'drop', reason: id })
    metrics.count(shop, { type: 'model', outcome: id })
    expect(await page()).not.toContain(id)
  })

  it('stays bounded under a flood of new codes', async () => {
    for (let n = 0; n < 500; n++) {
      metrics.count(shop, { type: 'message', accountId: 'shop', action: 'drop', reason: wordOf(n) })
    }
    const reasons = valuesOf(await scrape(), 'moltbot_messages_decided_total', 'reason')
    expect(Object.keys(reasons)).toHaveLength(101)
    expect(reasons.other).toBe(400)
  })
})
