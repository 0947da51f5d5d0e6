/**
 * Events for the webhooks of one account in PostgreSQL.
 */

import type { SqlRow } from '@moltbot/channel-sdk/sql'
import type { EventCounts, EventRow, Undelivered } from '../../model/webhook-event.ts'
import {
  type EventStore,
  type EventsOfChange,
  maxDeadEvents,
  maxWaitingEvents,
  type NextEvent,
} from '../event-store.ts'
import { readCounts, readEvent } from '../sqlite-events.ts'
import { AccountRows } from './account-rows.ts'
import { schema } from './tables.ts'

/** Rows in one list. */
const maxListed = 200
const surplusReason = `more than ${maxWaitingEvents} events were waiting`
const table = `${schema}.webhook_event`
const read = {
  next: `SELECT * FROM ${table} WHERE account_id = $1 AND webhook = $2 AND state = 'waiting' ORDER BY id LIMIT 1`,
  waiting: `SELECT * FROM ${table} WHERE account_id = $1 AND state = 'waiting' ORDER BY id LIMIT $2`,
  dead: `SELECT * FROM ${table} WHERE account_id = $1 AND state = 'dead' ORDER BY id DESC LIMIT $2`,
  counts: `
    SELECT webhook, count(*) FILTER (WHERE state = 'waiting') AS waiting,
      count(*) FILTER (WHERE state = 'dead') AS dead, max(reason) FILTER (WHERE state = 'waiting') AS reason
    FROM ${table} WHERE account_id = $1 GROUP BY account_id, webhook`,
} as const

export class PostgresEvents extends AccountRows implements EventStore {
  async queueEvents({ events, nowMs }: EventsOfChange): Promise<void> {
    if (events.length === 0) return
    await this.call('put_events', 'relaxed', ...listsOf(events), nowMs, ...eventCaps)
  }

  async nextEvent(webhook: string, nowMs: number): Promise<NextEvent | undefined> {
    const row = await this.readOne(read.next, this.id, webhook)
    if (row === undefined) return undefined
    const dueMs = Number(row.not_before_ms)
    return dueMs > nowMs ? { dueMs } : { event: readEvent(row) }
  }

  async markDelivered({ id }: EventRow): Promise<void> {
    await this.call('drop_events', 'relaxed', [id])
  }

  async markUndelivered({ id }: EventRow, undelivered: Undelivered): Promise<void> {
    const { state, reason } = undelivered
    const notBeforeMs = state === 'waiting' ? undelivered.notBeforeMs : 0
    await this.call('mark_undelivered', 'relaxed', id, state, reason, notBeforeMs, maxDeadEvents)
  }

  async listEvents(which: 'waiting' | 'dead'): Promise<readonly EventRow[]> {
    return (await this.read(read[which], this.id, maxListed)).map(readEvent)
  }

  async retryEvents(ids: readonly number[], nowMs: number): Promise<readonly number[]> {
    return (await this.call('retry_events', 'durable', ids, nowMs)).map(idOf)
  }

  async dropEvents(ids: readonly number[]): Promise<readonly number[]> {
    return (await this.call('drop_events', 'durable', ids)).map(idOf)
  }

  async keepWebhooks(webhooks: readonly string[]): Promise<number> {
    const [row] = await this.call('keep_webhooks', 'relaxed', webhooks)
    return Number(row?.keep_webhooks ?? 0)
  }

  async eventCounts(): Promise<readonly EventCounts[]> {
    return (await this.read(read.counts, this.id)).map(readCounts)
  }
}

/** How many events there may be, as the functions take it. */
export const eventCaps = [maxWaitingEvents, maxDeadEvents, surplusReason] as const

/** Events as the functions take them. */
export function listsOf(events: EventsOfChange['events']): string[][] {
  return [
    events.map(({ webhook }) => webhook),
    events.map(({ eventId }) => eventId),
    events.map(({ type }) => type),
    events.map(({ body }) => body),
  ]
}

const idOf = (row: SqlRow) => Number(Object.values(row)[0])
