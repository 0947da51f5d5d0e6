/**
 * Events for webhooks as either store returns them.
 */

import { z } from 'zod'
import { type EventCounts, type EventRow, webhookEventTypes } from '../model/webhook-event.ts'
import { maxWaitingEvents } from './event-store.ts'

/** Rows in one list. */
export const maxListed = 200
export const surplusReason = `more than ${maxWaitingEvents} events were waiting`

type Row = Readonly<Record<string, unknown>>

const eventRow = z.object({
  id: z.number(),
  webhook: z.string(),
  event_id: z.string(),
  type: z.enum(webhookEventTypes),
  body: z.string(),
  state: z.enum(['waiting', 'dead']),
  attempts: z.number(),
  reason: z.string(),
  created_ms: z.number(),
})

export function readEvent(row: Row): EventRow {
  const { id, webhook, event_id, type, body, state, attempts, reason, created_ms } = eventRow.parse(row)
  return { id, webhook, eventId: event_id, type, body, state, attempts, reason, createdMs: created_ms }
}

const countsRow = z.object({
  webhook: z.string(),
  waiting: z.number(),
  dead: z.number(),
  reason: z.string().nullable(),
})

export function readCounts(row: Row): EventCounts {
  const { webhook, waiting, dead, reason } = countsRow.parse(row)
  return { webhook, waiting, dead, ...(reason !== null && reason !== '' && { reason }) }
}
