/**
 * Statements of the events for webhooks. The table is small: a thousand rows for each webhook at most.
 */

const ofWebhook = 'account_id = ? AND webhook = ?'
const ofOthers = 'account_id = ? AND webhook NOT IN (SELECT value FROM json_each(?))'
const listed = 'id IN (SELECT value FROM json_each(?))'

export const eventSql = {
  insertEvent: `
    INSERT INTO webhook_event (account_id, webhook, event_id, type, body, created_ms) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING`,
  giveUpSurplus: `
    UPDATE webhook_event SET state = 'dead', reason = ? WHERE ${ofWebhook} AND state = 'waiting' AND id <= (
      SELECT id FROM webhook_event WHERE ${ofWebhook} AND state = 'waiting' ORDER BY id DESC LIMIT 1 OFFSET ?)`,
  dropSurplusDead: `
    DELETE FROM webhook_event WHERE ${ofWebhook} AND state = 'dead' AND id <= (
      SELECT id FROM webhook_event WHERE ${ofWebhook} AND state = 'dead' ORDER BY id DESC LIMIT 1 OFFSET ?)`,
  nextEvent: `SELECT * FROM webhook_event WHERE ${ofWebhook} AND state = 'waiting' ORDER BY id LIMIT 1`,
  deleteEvent: 'DELETE FROM webhook_event WHERE id = ?',
  markUndelivered: `
    UPDATE webhook_event SET state = ?, reason = ?, not_before_ms = ?, attempts = attempts + 1
    WHERE id = ? AND state = 'waiting'`,
  eventsWaiting: `SELECT * FROM webhook_event WHERE account_id = ? AND state = 'waiting' ORDER BY id LIMIT ?`,
  eventsDead: `SELECT * FROM webhook_event WHERE account_id = ? AND state = 'dead' ORDER BY id DESC LIMIT ?`,
  // It keeps its place: it goes before all that wait.
  retryEvents: `
    UPDATE webhook_event SET state = 'waiting', reason = '', attempts = 0, not_before_ms = 0, created_ms = ?
    WHERE +account_id = ? AND ${listed} AND state = 'dead' RETURNING id`,
  dropEvents: `DELETE FROM webhook_event WHERE +account_id = ? AND ${listed} RETURNING id`,
  isOfOtherWebhook: `SELECT 1 FROM webhook_event WHERE ${ofOthers} LIMIT 1`,
  dropOtherWebhooks: `DELETE FROM webhook_event WHERE ${ofOthers}`,
  eventCounts: `
    SELECT webhook, count(*) FILTER (WHERE state = 'waiting') AS waiting,
      count(*) FILTER (WHERE state = 'dead') AS dead, max(reason) FILTER (WHERE state = 'waiting') AS reason
    FROM webhook_event WHERE account_id = ? GROUP BY account_id, webhook`,
  eventCountsAll: `
    SELECT account_id, webhook, count(*) FILTER (WHERE state = 'waiting') AS waiting,
      count(*) FILTER (WHERE state = 'dead') AS dead, max(reason) FILTER (WHERE state = 'waiting') AS reason
    FROM webhook_event GROUP BY account_id, webhook`,
  moveEvents: `
    UPDATE webhook_event SET created_ms = created_ms + ?1,
      not_before_ms = CASE not_before_ms WHEN 0 THEN 0 ELSE not_before_ms + ?1 END
    WHERE state = 'waiting'`,
  forgetEvents: `
    DELETE FROM webhook_event WHERE id IN (SELECT id FROM webhook_event WHERE created_ms < ? LIMIT ?)`,
  forgetEventTexts: `
    UPDATE webhook_event SET body = json_remove(body, '$.data.content') WHERE id IN (
      SELECT id FROM webhook_event WHERE created_ms < ? AND account_id = ? AND state = 'dead'
        AND json_type(body, '$.data.content') IS NOT NULL LIMIT ?)`,
} as const
