/**
 * Events for the webhooks of one account in PostgreSQL.
 */

import type { SqlValue } from '@moltbot/channel-sdk/sql'
import type { EventCounts, EventRow, Undelivered } from '../../model/webhook-event.ts'
import { maxListed, readCounts, readEvent } from '../event-rows.ts'
import type { EventStore, EventsOfChange, NextEvent } from '../event-store.ts'
import { AccountRows } from './account-rows.ts'
import { eventRead as read } from './event-statements.ts'

const noEvents: EventsOfChange = { events: [], nowMs: 0 }

export class PostgresEvents extends AccountRows implements EventStore {
  async queueEvents(change: EventsOfChange): Promise<void> {
    await this.call('queue_events', 'relaxed', ...this.events(change))
  }

  async nextEvent(webhook: string, nowMs: number): Promise<NextEvent | undefined> {
    const row = await this.readOne(read.nextEvent, this.id, webhook)
    if (row === undefined) return undefined
    const dueMs = Number(row.not_before_ms)
    return dueMs > nowMs ? { dueMs } : { event: readEvent(row) }
  }

  async markDelivered({ id }: EventRow): Promise<void> {
    await this.call('mark_delivered', 'relaxed', id)
  }

  async markUndelivered({ id, webhook }: EventRow, undelivered: Undelivered): Promise<void> {
    const { state, reason } = undelivered
    const notBeforeMs = state === 'waiting' ? undelivered.notBeforeMs : 0
    await this.call('mark_undelivered', 'relaxed', id, webhook, state, reason, notBeforeMs)
  }

  async listEvents(which: 'waiting' | 'dead'): Promise<readonly EventRow[]> {
    const statement = which === 'waiting' ? read.eventsWaiting : read.eventsDead
    return (await this.read(statement, this.id, maxListed)).map(readEvent)
  }

  async retryEvents(ids: readonly number[], nowMs: number): Promise<readonly number[]> {
    const rows = await this.call('retry_events', 'durable', ids, nowMs)
    return rows.map(({ retry_events: id }) => Number(id))
  }

  async dropEvents(ids: readonly number[]): Promise<readonly number[]> {
    const rows = await this.call('drop_events', 'durable', ids)
    return rows.map(({ drop_events: id }) => Number(id))
  }

  async keepWebhooks(webhooks: readonly string[]): Promise<number> {
    // Nearly always there is none, and a read costs no commit.
    if ((await this.readOne(read.isOfOtherWebhook, this.id, webhooks)) === undefined) return 0
    return (await this.call('keep_webhooks', 'relaxed', webhooks)).length
  }

  async eventCounts(): Promise<readonly EventCounts[]> {
    return (await this.read(read.eventCounts, this.id)).map(readCounts)
  }

  /** The arguments of a function that stores these events with a change. */
  protected events({ events, nowMs }: EventsOfChange = noEvents): SqlValue[] {
    return [
      events.map(({ webhook }) => webhook),
      events.map(({ eventId }) => eventId),
      events.map(({ type }) => type),
      events.map(({ body }) => body),
      nowMs,
    ]
  }
}
