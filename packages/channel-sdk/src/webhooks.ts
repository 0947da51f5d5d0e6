/**
 * What an operator can see and do about events that a channel has not delivered to a webhook: an optional part of a
 * channel.
 */

/** Which events to list. `waiting`: not delivered yet; `dead`: given up. */
export type WebhookListing = 'waiting' | 'dead'

/** One event that is not delivered. */
export interface WebhookItem {
  /** Unique within the channel. */
  readonly id: string
  readonly accountId: string
  /** Host of the webhook. The rest of its address may hold a key. */
  readonly host: string
  /** Such as `message.received`. */
  readonly type: string
  /** The `webhook-id` that the receiver sees, the same at every attempt. */
  readonly eventId: string
  readonly state: WebhookListing
  readonly attempts: number
  /** Why it is not delivered; empty before the first attempt. */
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly createdMs: number
}

/** All methods throw `account-unknown`, `account-disabled` and `account-not-running`. */
export interface ChannelWebhooks {
  /** `waiting`: oldest first; `dead`: newest first. A few hundred at most. */
  list(accountId: string, listing: WebhookListing): Promise<readonly WebhookItem[]>
  /** Queues events that were given up once more. @returns the ids of those that it queued */
  retry(accountId: string, ids: readonly string[]): Promise<readonly string[]>
  /** Deletes events. One that is being delivered may still arrive. @returns the ids of those that it deleted */
  drop(accountId: string, ids: readonly string[]): Promise<readonly string[]>
}
