/**
 * Delivers the events of one webhook: one at a time, in order, each until it is taken or given up.
 */

import { codeOf, type Logger, messageOf, pause, untilDone } from '@moltbot/channel-sdk'
import type { AddressRules } from '@moltbot/channel-sdk/url-guard'
import { type WebhookConfig, webhookHost, webhookKey } from '../config/webhooks-schema.ts'
import type { EventRow, Undelivered } from '../model/webhook-event.ts'
import type { EventStore } from '../store/event-store.ts'
import { storeRetryMs } from '../store/store.ts'
import { deliver } from './deliver.ts'
import { afterFailure, isTooOld } from './schedule.ts'

/** Begins an attempt when there is room for it. */
export type Attempts = <Result>(attempt: () => Promise<Result>) => Promise<Result>

export interface DeliveryOptions {
  readonly webhook: WebhookConfig
  readonly store: EventStore
  readonly addresses: AddressRules
  /** Attempts under way at a time, of all accounts. */
  readonly attempts: Attempts
  /** See `AccountHolds`. Absent: always. */
  readonly mayAct?: (() => boolean) | undefined
  readonly log: Logger
  readonly now: () => number
  /** Aborted when the account is being stopped: an attempt under way is cut off, and made again at the next start. */
  readonly stopping: AbortSignal
}

/** While another gateway may hold the account, how often to look whether it is ours. */
const holdCheckMs = 1_000
const longestWaitMs = 60 * 60_000

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #key: string
  readonly #host: string
  #waking = new AbortController()

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#key = webhookKey(options.webhook)
    this.#host = webhookHost(options.webhook)
    options.stopping.addEventListener('abort', () => this.wake(), { once: true })
  }

  /** There may be something to deliver. */
  wake(): void {
    this.#waking.abort()
  }

  /** Resolves after `stopping`, or when another process has the account's store. Never rejects. */
  async run(): Promise<void> {
    const { log, stopping } = this.#options
    while (!stopping.aborted) {
      try {
        await this.#step()
      } catch (error) {
        if (stopping.aborted || codeOf(error) === 'lease-lost') return
        log.error({ webhook: this.#host, error: messageOf(error) }, 'Events wait: the store failed')
        await pause(storeRetryMs, stopping)
      }
    }
  }

  async #step(): Promise<void> {
    const { store, now } = this.#options
    this.#waking = new AbortController()
    if (this.#options.stopping.aborted) return
    const next = await store.nextEvent(this.#key, now())
    if (next !== undefined && 'event' in next) return this.#attempt(next.event)
    // A clock that is set moves the times of what waits: not much is slept at a time.
    await pause(
      Math.min(next === undefined ? longestWaitMs : next.dueMs - now(), longestWaitMs),
      this.#waking.signal,
    )
  }

  async #attempt(event: EventRow): Promise<void> {
    const { webhook, store, addresses, attempts, mayAct, now, stopping: signal } = this.#options
    if (isTooOld(event, now())) {
      const reason = event.reason || 'it was too old when it could be delivered'
      return this.#note(event, { state: 'dead', reason })
    }
    if (mayAct?.() === false) return void (await pause(holdCheckMs, signal))
    const failure = await attempts(async () => {
      signal.throwIfAborted()
      return deliver(webhook, event, { addresses, nowMs: now(), signal })
    })
    if (failure !== undefined) return this.#note(event, afterFailure(event, failure, now()))
    // Where the mark cannot be written, only that is tried again.
    await untilDone(() => store.markDelivered(event), { signal, isFinal: isLeaseLost })
  }

  async #note(event: EventRow, undelivered: Undelivered): Promise<void> {
    const { store, log } = this.#options
    const { type, eventId } = event
    const fields = { webhook: this.#host, type, eventId, error: undelivered.reason }
    if (undelivered.state === 'dead') log.error({ ...fields, event: 'webhook.dead' }, 'An event was given up')
    else
      log.warn({ ...fields, event: 'webhook.failed' }, 'An event was not delivered; it will be tried again')
    await store.markUndelivered(event, undelivered)
  }
}

const isLeaseLost = (error: unknown) => codeOf(error) === 'lease-lost'
