/**
 * Statements that read the events for webhooks, or look after them. The table is small: a thousand rows for each webhook at most.
 */

import { schema } from './tables.ts'

const table = `${schema}.webhook_event`

export const eventRead = {
  nextEvent: `
    SELECT * FROM ${table} WHERE account_id = $1 AND webhook = $2 AND state = 'waiting' ORDER BY id LIMIT 1`,
  eventsWaiting: `SELECT * FROM ${table} WHERE account_id = $1 AND state = 'waiting' ORDER BY id LIMIT $2`,
  eventsDead: `SELECT * FROM ${table} WHERE account_id = $1 AND state = 'dead' ORDER BY id DESC LIMIT $2`,
  isOfOtherWebhook: `SELECT 1 AS found FROM ${table} WHERE account_id = $1 AND webhook <> ALL ($2::text[]) LIMIT 1`,
  eventCounts: `
    SELECT webhook, count(*) FILTER (WHERE state = 'waiting') AS waiting,
      count(*) FILTER (WHERE state = 'dead') AS dead, max(reason) FILTER (WHERE state = 'waiting') AS reason
    FROM ${table} WHERE account_id = $1 GROUP BY webhook`,
} as const

export const eventUpkeep = {
  moveEvents: `
    UPDATE ${table} SET created_ms = created_ms + $1,
      not_before_ms = CASE not_before_ms WHEN 0 THEN 0 ELSE not_before_ms + $1 END
    WHERE account_id = ANY ($2::text[]) AND state = 'waiting'`,
  forgetEvents: `
    DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE created_ms < $1 LIMIT $2) RETURNING id`,
  forgetEventTexts: `
    UPDATE ${table} SET body = (body::jsonb #- '{data,content}')::text WHERE id IN (
      SELECT id FROM ${table} WHERE created_ms < $1 AND account_id = $3 AND state = 'dead'
        AND body::jsonb #> '{data,content}' IS NOT NULL LIMIT $2) RETURNING id`,
} as const
