/**
 * Delivery with a real store and a real receiver on loopback, under a clock of the test.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { AddressRules } from '@moltbot/channel-sdk/url-guard'
import pLimit from 'p-limit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually, recordingLog, temporaryFolder } from '../../test/samples.ts'
import { startReceiver } from '../../test/webhook-receiver.ts'
import { type WebhookConfig, webhookKey } from '../config/webhooks-schema.ts'
import { openSqliteStore } from '../store/sqlite-store.ts'
import { maxEventAgeMs } from './schedule.ts'
import { Webhooks } from './webhooks.ts'

const status = {
  accountId: 'a',
  puppet: 'p',
  sinceMs: 0,
  reason: '',
  nextAction: 'none',
} as const

interface StageOptions {
  readonly webhook: WebhookConfig
  readonly addresses?: AddressRules
}

async function stage({ webhook, addresses = {} }: StageOptions) {
  const file = join(temporaryFolder(), 'store.sqlite')
  const whole = openSqliteStore(file).store
  const store = await whole.openAccount('a', 'test')
  const clock = { ms: Date.now() }
  const log = recordingLog()
  const held = { isOurs: true }
  const begin = async (webhooks = [webhook]) => {
    const stopping = new AbortController()
    const now = () => clock.ms
    const started = new Webhooks({
      accountId: 'a',
      webhooks,
      store,
      addresses,
      attempts: pLimit(2),
      mayAct: () => held.isOurs,
      log,
      now,
      stopping: stopping.signal,
    })
    await started.start()
    const stop = async () => {
      stopping.abort()
      await started.ended()
    }
    return { webhooks: started, stop }
  }
  const run = await begin()
  onTestFinished(async () => {
    await run.stop()
    await whole.close()
  })
  const queue = (...ids: string[]) =>
    store.queueEvents({
      nowMs: clock.ms,
      events: ids.map((eventId) => ({
        webhook: webhookKey(webhook),
        eventId,
        type: 'account.state',
        body: JSON.stringify({ type: 'account.state', timestamp: '', data: { eventId } }),
      })),
    })
  const tell = async (...ids: string[]) => {
    await queue(...ids)
    run.webhooks.wake()
  }
  /** The pause before the next attempt is over. */
  const later = (ms: number) => {
    clock.ms += ms
    run.webhooks.wake()
  }
  return { ...run, held, whole, store, log, begin, queue, tell, later }
}

async function receiving(changes: Partial<WebhookConfig> = {}) {
  const receiver = await startReceiver()
  const webhook: WebhookConfig = {
    url: receiver.url,
    events: ['account.state'],
    secret: receiver.secret,
    allowPrivateNetwork: true,
    ...changes,
  }
  return { receiver, webhook, ids: () => receiver.events.map(({ id }) => id) }
}

const waiting = async ({ store }: Awaited<ReturnType<typeof stage>>) =>
  (await store.listEvents('waiting')).map(({ eventId, attempts, reason }) => ({ eventId, attempts, reason }))

describe('events', () => {
  it('arrive signed, once and in order', async () => {
    const { receiver, webhook, ids } = await receiving()
    const on = await stage({ webhook })
    await on.tell('1', '2', '3')
    await eventually(async () => expect(await waiting(on)).toEqual([]))
    expect(ids()).toEqual(['1', '2', '3'])
    expect(receiver.forged).toEqual([])
  })

  it('wait in order behind one that fails, and follow it with the same id', async () => {
    const { receiver, webhook, ids } = await receiving()
    const on = await stage({ webhook })
    receiver.answer = (response) => response.writeHead(receiver.events.length > 2 ? 200 : 503).end()
    await on.tell('1', '2')
    await eventually(async () =>
      expect(await waiting(on)).toEqual([
        { eventId: '1', attempts: 1, reason: 'HTTP 503' },
        { eventId: '2', attempts: 0, reason: '' },
      ]),
    )
    expect(await on.webhooks.warnings()).toEqual([
      expect.stringMatching(/^webhooks: 127\.0\.0\.1:\d+ does not take events \(2 wait\); HTTP 503$/),
    ])
    on.later(5_000)
    await eventually(async () => expect((await waiting(on))[0]).toMatchObject({ attempts: 2 }))
    expect(ids()).toEqual(['1', '1'])
    on.later(30_000)
    await eventually(() => expect(ids()).toEqual(['1', '1', '1', '2']))
  })

  it('that the receiver refuses are given up, and the next goes', async () => {
    const { receiver, webhook, ids } = await receiving()
    const on = await stage({ webhook })
    receiver.answer = (response, { id }) => response.writeHead(id === 'bad' ? 400 : 200).end()
    await on.tell('bad', 'good')
    for (const [index, ms] of [5_000, 30_000, 120_000, 600_000].entries()) {
      await eventually(async () => expect((await waiting(on))[0]).toMatchObject({ attempts: index + 1 }))
      on.later(ms)
      // The receiver checks the time of the signature.
      if (ms > 120_000) receiver.clockAheadMs = 755_000
    }
    await eventually(() => expect(ids()).toEqual([...Array(5).fill('bad'), 'good']))
    expect(await on.webhooks.list('dead')).toMatchObject([
      { eventId: 'bad', reason: 'HTTP 400', attempts: 5, host: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
    ])
    expect(on.log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'An event was given up' }),
    )
    expect(await on.webhooks.warnings()).toEqual([
      expect.stringMatching(/^webhooks: events for .* that were given up: 1$/),
    ])
    expect(JSON.stringify(on.log.lines)).not.toContain('k3y')
  })

  it('that are too old are given up without an attempt', async () => {
    const { webhook, ids } = await receiving()
    const on = await stage({ webhook })
    await on.queue('old')
    on.later(maxEventAgeMs)
    await eventually(async () => expect(await on.webhooks.list('dead')).toHaveLength(1))
    expect(ids()).toEqual([])
  })

  it('that were given up go once more when the operator wants it', async () => {
    const { webhook, ids } = await receiving()
    const on = await stage({ webhook })
    await on.queue('old')
    on.later(maxEventAgeMs)
    await eventually(async () => expect(await on.webhooks.list('dead')).toHaveLength(1))
    const [dead] = await on.webhooks.list('dead')
    on.later(-maxEventAgeMs)
    expect(await on.webhooks.retry([dead?.id ?? 0])).toEqual([dead?.id])
    await eventually(() => expect(ids()).toEqual(['old']))
  })

  it('are told of each state of the account once', async () => {
    const { receiver, webhook } = await receiving()
    const on = await stage({ webhook })
    for (const state of ['starting', 'scan', 'scan', 'online'] as const)
      on.webhooks.noteState({ ...status, state })
    await eventually(() =>
      expect(receiver.events.map(({ data }) => data.state)).toEqual(['starting', 'scan', 'online']),
    )
  })

  it('survive a new secret, and not the end of their webhook', async () => {
    const { receiver, webhook, ids } = await receiving()
    const on = await stage({
      webhook: { ...webhook, secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}` },
    })
    await on.tell('1')
    await eventually(async () => expect(await waiting(on)).toMatchObject([{ reason: 'HTTP 401' }]))
    expect(receiver.forged).toHaveLength(1)
    await on.stop()
    on.later(5_000)
    const renewed = await on.begin([webhook])
    await eventually(() => expect(ids()).toEqual(['1']))
    await renewed.stop()
    await on.queue('2')
    const other = await on.begin([{ ...webhook, url: `${webhook.url}&other` }])
    expect(await waiting(on)).toEqual([])
    await other.stop()
  })
})

describe('a receiver', () => {
  it('that takes an event and never ends its answer is done with', async () => {
    const { receiver, webhook, ids } = await receiving()
    const on = await stage({ webhook })
    receiver.answer = (response) => void response.writeHead(200).write('x')
    await on.tell('1', '2')
    await eventually(() => expect(ids()).toEqual(['1', '2']))
  })

  it('that never answers is left when the account stops, and gets the event again', async () => {
    const { receiver, webhook, ids } = await receiving()
    const on = await stage({ webhook })
    receiver.answer = () => undefined
    await on.tell('1')
    await eventually(() => expect(ids()).toEqual(['1']))
    await on.stop()
    expect(await waiting(on)).toEqual([{ eventId: '1', attempts: 0, reason: '' }])
    receiver.answer = (response) => response.writeHead(204).end()
    const next = await on.begin()
    await eventually(() => expect(ids()).toEqual(['1', '1']))
    await next.stop()
  })

  it('that redirects gets nothing to another place', async () => {
    const { receiver, webhook, ids } = await receiving()
    const elsewhere = await startReceiver()
    const on = await stage({ webhook })
    receiver.answer = (response) => response.writeHead(307, { location: elsewhere.url }).end()
    await on.tell('1')
    await eventually(async () =>
      expect(await waiting(on)).toMatchObject([
        { attempts: 1, reason: expect.stringContaining('redirects') },
      ]),
    )
    expect(ids()).toEqual(['1'])
    expect([...elsewhere.events, ...elsewhere.forged]).toEqual([])
  })

  it('of a name that leads to a private address after it was configured is never connected to', async () => {
    let connections = 0
    const server = createServer()
      .on('connection', () => connections++)
      .listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const { webhook } = await receiving({ url: `https://hooks.test:${port}/`, allowPrivateNetwork: false })
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
    const on = await stage({ webhook, addresses: { resolve } })
    await on.tell('1')
    await eventually(async () =>
      expect(await waiting(on)).toMatchObject([{ reason: expect.stringContaining('public internet') }]),
    )
    expect(connections).toBe(0)
  })
})

it('nothing is sent while another gateway may hold the account', async () => {
  const { webhook, ids } = await receiving()
  const on = await stage({ webhook })
  on.held.isOurs = false
  await on.tell('1')
  await on.stop()
  expect(ids()).toEqual([])
  on.held.isOurs = true
  const next = await on.begin()
  await eventually(() => expect(ids()).toEqual(['1']))
  await next.stop()
})

it('another owner of the account ends the delivery', async () => {
  const { receiver, webhook, ids } = await receiving()
  const on = await stage({ webhook })
  await on.tell('1')
  await eventually(() => expect(ids()).toEqual(['1']))
  await on.whole.openAccount('a', 'another')
  receiver.answer = (response) => response.writeHead(503).end()
  await expect(on.queue('2')).rejects.toMatchObject({ code: 'lease-lost' })
  on.webhooks.noteState({ ...status, state: 'online' })
  await on.stop()
  expect(ids()).toEqual(['1'])
})
