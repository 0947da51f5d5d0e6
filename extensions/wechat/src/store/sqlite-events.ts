/**
 * Events for the webhooks of one account in the SQLite store.
 */

import type { Writer } from '@moltbot/channel-sdk/sqlite'
import type { EventCounts, EventRow, Undelivered } from '../model/webhook-event.ts'
import { AccountRows } from './account-rows.ts'
import { maxListed, readCounts, readEvent, surplusReason } from './event-rows.ts'
import { eventSql as sql } from './event-statements.ts'
import {
  type EventStore,
  type EventsOfChange,
  maxDeadEvents,
  maxWaitingEvents,
  type NextEvent,
} from './event-store.ts'

export class SqliteEvents extends AccountRows implements EventStore {
  async queueEvents(change: EventsOfChange): Promise<void> {
    await this.write('relaxed', (writer) => this.putEvents(writer, change))
  }

  async nextEvent(webhook: string, nowMs: number): Promise<NextEvent | undefined> {
    const row = this.db.get(sql.nextEvent, this.id, webhook)
    if (row === undefined) return undefined
    const dueMs = Number(row.not_before_ms)
    return dueMs > nowMs ? { dueMs } : { event: readEvent(row) }
  }

  async markDelivered({ id }: EventRow): Promise<void> {
    await this.write('relaxed', (writer) => writer.run(sql.deleteEvent, id))
  }

  async markUndelivered({ id, webhook }: EventRow, undelivered: Undelivered): Promise<void> {
    const { state, reason } = undelivered
    const notBeforeMs = state === 'waiting' ? undelivered.notBeforeMs : 0
    await this.write('relaxed', (writer) => {
      writer.run(sql.markUndelivered, state, reason, notBeforeMs, id)
      if (state === 'dead') this.#dropSurplusDead(writer, webhook)
    })
  }

  async listEvents(which: 'waiting' | 'dead'): Promise<readonly EventRow[]> {
    const statement = which === 'waiting' ? sql.eventsWaiting : sql.eventsDead
    return this.db.all(statement, this.id, maxListed).map(readEvent)
  }

  async retryEvents(ids: readonly number[], nowMs: number): Promise<readonly number[]> {
    return this.write('durable', (writer) =>
      writer.all(sql.retryEvents, nowMs, this.id, JSON.stringify(ids)).map(({ id }) => Number(id)),
    )
  }

  async dropEvents(ids: readonly number[]): Promise<readonly number[]> {
    return this.write('durable', (writer) =>
      writer.all(sql.dropEvents, this.id, JSON.stringify(ids)).map(({ id }) => Number(id)),
    )
  }

  async keepWebhooks(webhooks: readonly string[]): Promise<number> {
    const others = [this.id, JSON.stringify(webhooks)]
    // Nearly always there is none, and a read costs no commit.
    if (this.db.get(sql.isOfOtherWebhook, ...others) === undefined) return 0
    return this.write('relaxed', (writer) => writer.run(sql.dropOtherWebhooks, ...others))
  }

  async eventCounts(): Promise<readonly EventCounts[]> {
    return this.db.all(sql.eventCounts, this.id).map(readCounts)
  }

  protected putEvents(writer: Writer, { events, nowMs }: EventsOfChange): void {
    for (const { webhook, eventId, type, body } of events) {
      const of = [this.id, webhook] as const
      writer.run(sql.insertEvent, ...of, eventId, type, body, nowMs)
      const surplus = writer.run(sql.giveUpSurplus, surplusReason, ...of, ...of, maxWaitingEvents)
      if (surplus > 0) this.#dropSurplusDead(writer, webhook)
    }
  }

  #dropSurplusDead(writer: Writer, webhook: string): void {
    const of = [this.id, webhook] as const
    writer.run(sql.dropSurplusDead, ...of, ...of, maxDeadEvents)
  }
}
