/**
 * The webhooks of one running account. What happens becomes events in the store, in the commit of what happened; each
 * webhook then gets its own, one after another and in order, beside the messages, which never wait for one.
 */

import type { AccountState, AccountStatus } from '@moltbot/channel-sdk'
import { codeOf, messageOf } from '@moltbot/channel-sdk'
import { type WebhookConfig, webhookHost, webhookKey } from '../config/webhooks-schema.ts'
import type { InboundMessage } from '../model/message.ts'
import type { OutboxRow, Unsent } from '../model/outbox.ts'
import type { EventRow, NewEvent } from '../model/webhook-event.ts'
import type { EventsOfChange } from '../store/event-store.ts'
import { Delivery, type DeliveryOptions } from './delivery.ts'
import { eventsFor, failedEvent, type Happening, receivedEvent, sentEvent, stateEvent } from './events.ts'

export interface WebhooksOptions extends Omit<DeliveryOptions, 'webhook'> {
  readonly accountId: string
  readonly webhooks: readonly WebhookConfig[]
}

export class Webhooks {
  readonly #options: WebhooksOptions
  readonly #deliveries: readonly Delivery[]
  #running: Promise<unknown> = Promise.resolve()
  /** Resolves when the states so far are stored. */
  #noted: Promise<void> = Promise.resolve()
  #state: AccountState | undefined

  constructor(options: WebhooksOptions) {
    this.#options = options
    this.#deliveries = options.webhooks.map((webhook) => new Delivery({ ...options, webhook }))
  }

  /** Deletes what waits for webhooks that are no longer configured, and begins to deliver. */
  async start(): Promise<void> {
    const { store, webhooks, log } = this.#options
    const dropped = await store.keepWebhooks(webhooks.map(webhookKey))
    if (dropped > 0) log.warn({ dropped }, 'Events of webhooks that are no longer configured were deleted')
    this.#running = Promise.all(this.#deliveries.map((delivery) => delivery.run()))
  }

  /** Resolves after `stopping`, when nothing is sent or written any more. */
  async ended(): Promise<void> {
    await this.#noted
    await this.#running
  }

  /** For the commit of the decision on a message of somebody who is admitted; `wake` follows it. */
  received(message: InboundMessage, decision: { action: string; reason: string }): readonly NewEvent[] {
    return this.#events(() => receivedEvent(message, decision))
  }

  /** For the commit that marks a part as sent; `wake` follows it. */
  sent(row: OutboxRow): EventsOfChange {
    const nowMs = this.#options.now()
    return { nowMs, events: this.#events(() => sentEvent(this.#options.accountId, row, nowMs)) }
  }

  /** For the commit that marks a part as not sent; `wake` follows it. */
  unsent(row: OutboxRow, unsent: Unsent): EventsOfChange {
    const nowMs = this.#options.now()
    return { nowMs, events: this.#events(() => failedEvent(this.#options.accountId, row, unsent, nowMs)) }
  }

  /** The account is in this state. Never throws. */
  noteState(status: AccountStatus): void {
    if (status.state === this.#state) return
    this.#state = status.state
    const events = this.#events(() => stateEvent(status))
    if (events.length > 0) this.#noted = this.#noted.then(() => this.#queue(events))
  }

  /** There may be something to deliver. */
  wake(): void {
    for (const delivery of this.#deliveries) delivery.wake()
  }

  /** What of it needs the operator, one sentence each. */
  async warnings(): Promise<readonly string[]> {
    const { webhooks, store } = this.#options
    if (webhooks.length === 0) return []
    const counts = await store.eventCounts()
    return counts.flatMap(({ webhook, waiting, dead, reason }) => {
      const host = this.#hostOf(webhook)
      return [
        ...(dead > 0 ? [`webhooks: events for ${host} that were given up: ${dead}`] : []),
        ...(reason === undefined
          ? []
          : [`webhooks: ${host} does not take events (${waiting} wait); ${reason}`]),
      ]
    })
  }

  /** `waiting`: oldest first; `dead`: newest first. A few hundred at most. */
  async list(which: 'waiting' | 'dead'): Promise<readonly (EventRow & { readonly host: string })[]> {
    const events = await this.#options.store.listEvents(which)
    return events.map((event) => ({ ...event, host: this.#hostOf(event.webhook) }))
  }

  /** Queues events that were given up once more. @returns the ids of those that it queued */
  async retry(ids: readonly number[]): Promise<readonly number[]> {
    const { store, now } = this.#options
    const queued = await store.retryEvents(ids, now())
    this.wake()
    return queued
  }

  /** Deletes events. @returns the ids of those that it deleted */
  async drop(ids: readonly number[]): Promise<readonly number[]> {
    const dropped = await this.#options.store.dropEvents(ids)
    this.wake() // Another one may be the next.
    return dropped
  }

  #hostOf(key: string): string {
    const webhook = this.#options.webhooks.find((one) => webhookKey(one) === key)
    return webhook === undefined ? '' : webhookHost(webhook)
  }

  /** Without webhooks nothing is even made. */
  #events(happening: () => Happening | undefined): readonly NewEvent[] {
    const { webhooks } = this.#options
    if (webhooks.length === 0) return []
    const happened = happening()
    return happened === undefined ? [] : eventsFor(webhooks, happened)
  }

  async #queue(events: readonly NewEvent[]): Promise<void> {
    const { store, log, now, stopping } = this.#options
    try {
      await store.queueEvents({ events, nowMs: now() })
      this.wake()
    } catch (error) {
      if (stopping.aborted && codeOf(error) === 'lease-lost') return
      log.error({ error: messageOf(error) }, "An event about the account's state could not be stored")
    }
  }
}
