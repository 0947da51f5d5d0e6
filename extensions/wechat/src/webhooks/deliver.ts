/**
 * One attempt to deliver an event: a signed POST that goes nowhere but to the webhook's own address, and of whose answer
 * nothing is read but the status.
 */

import { messageOf } from '@moltbot/channel-sdk'
import { type AddressRules, openUrl } from '@moltbot/channel-sdk/url-guard'
import { Webhook } from 'standardwebhooks'
import { isWebhookAddress, type WebhookConfig } from '../config/webhooks-schema.ts'
import type { EventRow } from '../model/webhook-event.ts'
import { type Failure, failureOf } from './schedule.ts'

/** For the name, the connection and the answer. */
const timeoutMs = 15_000

export interface DeliveryOptions {
  readonly addresses: AddressRules
  readonly nowMs: number
  readonly signal: AbortSignal
}

/** @returns undefined when the receiver has taken it. @throws only the reason of `signal` */
export async function deliver(
  webhook: WebhookConfig,
  { eventId, body }: Pick<EventRow, 'eventId' | 'body'>,
  { addresses, nowMs, signal }: DeliveryOptions,
): Promise<Failure | undefined> {
  const at = new Date(nowMs)
  const headers = {
    'content-type': 'application/json',
    'webhook-id': eventId,
    'webhook-timestamp': String(Math.floor(nowMs / 1_000)),
    'webhook-signature': new Webhook(webhook.secret).sign(eventId, at, body),
  }
  const isAllowed = isWebhookAddress(webhook, addresses.isAllowed)
  const options = { ...addresses, isAllowed, headers, post: body, maxBytes: Infinity, timeoutMs, signal }
  try {
    const response = await openUrl(webhook.url, options)
    response.body.destroy()
    const { status } = response
    return status >= 200 && status <= 299 ? undefined : failureOf(status)
  } catch (error) {
    signal.throwIfAborted()
    return { kind: 'unreachable', reason: messageOf(error) } // It may name the host, never the rest of the address.
  }
}
