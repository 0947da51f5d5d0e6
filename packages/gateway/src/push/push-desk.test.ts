/**
 * What the desk does when the channel, the store or the process lets it down.
 */

import { MoltbotError, type SendOutcome, type SendRequest } from '@moltbot/channel-sdk'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import type { PublishedEvent } from '../events/event-hub.ts'
import { gatewayMigrations, UnreadableRows } from '../gateway-database.ts'
import { createLog } from '../log/logger.ts'
import { operator } from './callers.ts'
import { PushDesk, pushesPerDay, pushesPerMinute } from './push-desk.ts'
import type { SendingChannels } from './sending-channels.ts'
import { sqlitePushes } from './sqlite-pushes.ts'

let db: ReturnType<typeof openDatabase>['db']
let nowMs: number
let sent: SendRequest[]
let outcomes: Map<string, SendOutcome>
let events: PublishedEvent[]
let send: (request: SendRequest) => Promise<void>
let desk: PushDesk

const caller = { tokenId: 't', targets: ['ops'] }
const order = { target: 'ops', text: 'hello' }
const done: SendOutcome = { status: 'sent', chunks: 1, sent: 1 }

beforeEach(() => {
  db = openDatabase(`${scratch()}/gateway.sqlite`, gatewayMigrations).db
  nowMs = Date.UTC(2026, 10, 28)
  sent = []
  outcomes = new Map()
  events = []
  send = async ({ id = '' }) => void outcomes.set(id, done)
  desk = openDesk()
})
afterEach(() => db.close())

function openDesk(): PushDesk {
  const channels: SendingChannels = {
    defaultAccountId: 'a',
    channelOf: () => 'wechat',
    send: async (request) => {
      sent.push(request)
      await send(request)
      return { status: 'sent', chunks: 1, sent: 1 }
    },
    forecast: async () => ({ outcome: 'sent' }),
    outcome: async (_accountId, id) => outcomes.get(id),
  }
  const { logger } = createLog({ format: 'json', write: () => undefined })
  return new PushDesk({
    store: sqlitePushes(db, new UnreadableRows()),
    channels: () => channels,
    targets: () => ({ ops: { person: 'u' }, team: { group: 'g', account: 'b' } }),
    events: { publish: (_channel, event) => void events.push(event) },
    log: logger,
    now: () => nowMs,
  })
}

describe('a push', () => {
  it('goes to the account and the conversation of its target', async () => {
    await desk.push(operator, { ...order, target: 'team' })
    expect(sent).toMatchObject([{ accountId: 'b', to: 'g', toKind: 'group', text: 'hello', queue: true }])
  })

  it('whose process ended before it was handed over is handed over by its repetition, under the same id', async () => {
    const cut = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    send = () => {
      begun.resolve()
      return cut.promise
    }
    const lost = desk.push(caller, { ...order, idempotencyKey: 'k' })
    await begun.promise
    const next = openDesk()
    send = async ({ id = '' }) => void outcomes.set(id, done)
    const answer = await next.push(caller, { ...order, idempotencyKey: 'k' })
    expect(answer.state).toBe('sent')
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1)
    cut.resolve()
    await lost
  })

  it('that the channel refuses at once may be tried again with its key', async () => {
    send = () => Promise.reject(new MoltbotError('account-not-running', 'not running'))
    await expect(desk.push(caller, { ...order, idempotencyKey: 'k' })).rejects.toThrow('not running')
    send = async ({ id = '' }) => void outcomes.set(id, done)
    expect((await desk.push(caller, { ...order, idempotencyKey: 'k' })).state).toBe('sent')
  })

  it('that was given up at once says so, also to its repetition', async () => {
    send = async ({ id = '' }) => {
      outcomes.set(id, { status: 'not-sent', chunks: 1, sent: 0, reason: 'malformed' })
      throw new MoltbotError('not-sent', 'malformed')
    }
    const first = await desk.push(caller, { ...order, idempotencyKey: 'k' })
    expect(first).toMatchObject({ state: 'failed', reason: 'malformed' })
    expect(await desk.push(caller, { ...order, idempotencyKey: 'k' })).toEqual(first)
    expect(sent).toHaveLength(1)
  })

  it('that waited is looked at again when something becomes of one to the same target', async () => {
    send = async ({ id = '' }) =>
      void outcomes.set(id, { status: 'queued', chunks: 1, sent: 0, reason: 'window' })
    const first = await desk.push(caller, order)
    const second = await desk.push(caller, { ...order, text: 'two' })
    expect([first.state, second.state]).toEqual(['parked', 'parked'])
    for (const { id } of [first, second]) outcomes.set(id, done)
    events = []
    desk.heard(first.id)
    await desk.stop()
    expect(events).toMatchObject([
      { type: 'push', id: first.id, state: 'sent' },
      { type: 'push', id: second.id, state: 'sent' },
    ])
  })

  it('that the operator drops is failed', async () => {
    send = async ({ id = '' }) =>
      void outcomes.set(id, { status: 'queued', chunks: 1, sent: 0, reason: 'window' })
    const { id } = await desk.push(caller, order)
    outcomes.set(id, { status: 'not-sent', chunks: 1, sent: 0, reason: 'dropped by the operator' })
    desk.outboxChanged()
    await desk.stop()
    expect(events.at(-1)).toMatchObject({ id, state: 'failed', reason: 'dropped by the operator' })
  })

  it('is refused beyond the rate of its token, without one for the others', async () => {
    for (let i = 0; i < pushesPerMinute; i++) await desk.push(caller, order)
    await expect(desk.push(caller, order)).rejects.toMatchObject({ code: 'too-many-requests' })
    await expect(desk.push(operator, order)).resolves.toMatchObject({ state: 'sent' })
  })

  it('is refused beyond the day of its token', async () => {
    const insert = `INSERT INTO push SELECT 'p' || value, 't', NULL, '', 'ops', 'a', ?, 'sent', '', 1, 1
      FROM json_each(?)`
    db.run(insert, nowMs, JSON.stringify(Array.from({ length: pushesPerDay }, (_, i) => i)))
    await expect(desk.push(caller, order)).rejects.toMatchObject({ code: 'too-many-pushes' })
    nowMs += 24 * 60 * 60_000 + 1
    await expect(desk.push(caller, order)).resolves.toMatchObject({ state: 'sent' })
  })
})
