/**
 * Events for programs of the operator, as every room sees them.
 */

/** What a webhook can be told of. */
export const webhookEventTypes = [
  'message.received',
  'message.sent',
  'message.failed',
  'account.state',
] as const

export type WebhookEventType = (typeof webhookEventTypes)[number]

/** An event for one webhook, on its way into the store. */
export interface NewEvent {
  /** Names the webhook, see `webhookKey`. */
  readonly webhook: string
  /** The same for the same event, whenever it is made again. */
  readonly eventId: string
  readonly type: WebhookEventType
  /** The JSON that is sent. What people and the bot write is below `data.content`, and nowhere else. */
  readonly body: string
}

export interface EventRow extends NewEvent {
  readonly id: number
  /** `dead`: given up. */
  readonly state: 'waiting' | 'dead'
  readonly attempts: number
  /** Why the last attempt failed, or why it was given up; empty before that. */
  readonly reason: string
  readonly createdMs: number
}

/** What becomes of an event that was not delivered. */
export type Undelivered =
  | { readonly state: 'waiting'; readonly notBeforeMs: number; readonly reason: string }
  | { readonly state: 'dead'; readonly reason: string }

/** Events of one webhook that are not delivered. */
export interface EventCounts {
  readonly webhook: string
  readonly waiting: number
  readonly dead: number
  /** Why the one that is attempted was not delivered yet. */
  readonly reason?: string
}
