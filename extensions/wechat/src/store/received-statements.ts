/**
 * What the SQLite store reads for an operator: stored messages in slices, from the newest to the oldest.
 */

export const receivedSql = {
  // Some milliseconds of work for a search, however long the messages are.
  slice: `
    SELECT min(seq) AS first, count(*) AS messages FROM (
      SELECT seq, size, sum(size) OVER (ORDER BY seq DESC) AS bytes FROM (
        SELECT seq, octet_length(message) AS size FROM journal WHERE seq < ? ORDER BY seq DESC LIMIT 500))
    WHERE bytes - size < 250000`,
  // A search looks at the JSON of a message (?7) first, which is quicker.
  received: `
    SELECT seq, conversation_kind, conversation_id, message_id, sender_id, state, reason, steps, turn_id, attempts,
      received_ms, message
    FROM journal
    WHERE +account_id = ?1 AND seq < ?2 AND seq >= ?8
      AND (?3 = '' OR (conversation_kind = ?3 AND conversation_id = ?4))
      AND (?5 = '' OR ?5 IN (sender_id, conversation_id, message_id)
        OR (instr(lower(message), lower(?7)) > 0 AND json_valid(message) AND instr(lower(message ->> '$.text'), lower(?5)) > 0))
    ORDER BY seq DESC LIMIT ?6`,
  saidInReturn: `SELECT * FROM outbox WHERE account_id = ? AND group_id IN (?, ?) ORDER BY id LIMIT ?`,
} as const
