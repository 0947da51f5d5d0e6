/**
 * Every statement of the SQLite store, by the name of the verb that uses it. A journal has a million rows that ended
 * and few that are open, so what asks for the open ones repeats the condition of their index word for word: SQLite
 * takes a partial index for nothing less (sqlite.org/partialindex.html).
 */

const inConversation = 'account_id = ? AND conversation_kind = ? AND conversation_id = ?'
const open = `state IN ('accepted', 'dispatched')`
const accepted = `${open} AND state = 'accepted'`
const dispatched = `${open} AND state = 'dispatched'`
const unsent = `state IN ('queued', 'attempted', 'parked')`
const ended = `state NOT IN ('accepted', 'dispatched')`
/** Of another row and the journal's. */
const sameConversation = (other: string) =>
  ['account_id', 'conversation_kind', 'conversation_id']
    .map((column) => `${other}.${column} = journal.${column}`)
    .join(' AND ')
const waiting = `
  SELECT seq, message ->> '$.sender.id' AS sender FROM journal
  WHERE ${inConversation} AND ${dispatched} ORDER BY seq LIMIT ?`
/** The largest integer of SQLite: no row is behind it. */
const maxSeq = '9223372036854775807'

export const sql = {
  accept: `
    INSERT INTO journal (account_id, conversation_kind, conversation_id, message_id, state, received_ms, message)
    VALUES (?, ?, ?, ?, 'accepted', ?, ?) ON CONFLICT DO NOTHING`,
  undecided: `SELECT message FROM journal WHERE account_id = ? AND ${accepted} ORDER BY seq`,
  decide: `
    UPDATE journal SET state = ?, reason = ? WHERE ${inConversation} AND message_id = ? AND state = 'accepted'`,
  conversationsToAnswer: `
    SELECT DISTINCT conversation_kind, conversation_id FROM journal WHERE account_id = ? AND ${dispatched}`,
  cutOffTurn: `
    SELECT turn_id FROM journal
    WHERE ${inConversation} AND ${dispatched} AND turn_id IS NOT NULL ORDER BY seq LIMIT 1`,
  nameTurn: `
    WITH waiting AS (${waiting})
    UPDATE journal SET turn_id = ? WHERE seq IN (SELECT seq FROM waiting)`,
  // Up to the first message of another sender than the oldest one's.
  nameBurst: `
    WITH waiting AS (${waiting}),
      other AS (SELECT min(seq) AS seq FROM waiting WHERE sender <> (SELECT sender FROM waiting ORDER BY seq LIMIT 1))
    UPDATE journal SET turn_id = ? WHERE seq IN (
      SELECT seq FROM waiting WHERE seq < coalesce((SELECT seq FROM other), ${maxSeq}))`,
  turnMessages: `
    SELECT seq, message, blocks FROM journal WHERE ${inConversation} AND ${dispatched} AND turn_id = ? ORDER BY seq`,
  endTurn: `
    UPDATE journal SET state = ?, reason = ? WHERE ${inConversation} AND ${dispatched} AND turn_id = ?`,
  countBlock: `UPDATE journal SET blocks = blocks + 1 WHERE ${inConversation} AND ${dispatched} AND turn_id = ?`,
  // What was said before the turn's last message, and not yet given to a turn that was answered.
  history: `
    SELECT message FROM (
      SELECT seq, message FROM journal
      WHERE ${inConversation} AND state = 'recorded' AND seq < ? AND seq > coalesce(
        (SELECT seq FROM history_mark WHERE ${inConversation}), 0)
      ORDER BY seq DESC LIMIT ?)
    ORDER BY seq`,
  markHistory: `
    INSERT INTO history_mark (account_id, conversation_kind, conversation_id, seq)
    SELECT account_id, conversation_kind, conversation_id, max(seq) FROM journal
    WHERE ${inConversation} AND ${dispatched} AND turn_id = ? GROUP BY 1, 2, 3
    ON CONFLICT DO UPDATE SET seq = excluded.seq`,
  // A mark is needed as long as something stands before it; then, a later row may even get a number below it.
  pruneHistoryMarks: `
    DELETE FROM history_mark AS mark WHERE NOT EXISTS (
      SELECT 1 FROM journal
      WHERE account_id = mark.account_id AND conversation_kind = mark.conversation_kind
        AND conversation_id = mark.conversation_id AND state = 'recorded' AND seq <= mark.seq)`,
  pruneHistory: `
    UPDATE journal SET state = 'dropped', reason = 'history-full' WHERE state = 'recorded'
      AND (account_id, conversation_kind, conversation_id) IN (
        SELECT account_id, conversation_kind, conversation_id FROM (
          SELECT account_id, conversation_kind, conversation_id,
            row_number() OVER (PARTITION BY account_id ORDER BY max(seq) DESC) AS place
          FROM journal WHERE state = 'recorded' GROUP BY 1, 2, 3)
        WHERE place > ?)`,
  insertPart: `
    INSERT INTO outbox
      (account_id, conversation_kind, conversation_id, group_id, text, quote_message_id, file, client_id, created_ms, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued')`,
  conversationsToSend: `
    SELECT DISTINCT conversation_kind, conversation_id FROM outbox WHERE account_id = ? AND ${unsent}`,
  filesToSend: `SELECT file FROM outbox INDEXED BY outbox_open WHERE account_id = ? AND ${unsent} AND file IS NOT NULL`,
  nextToSend: `SELECT * FROM outbox WHERE ${inConversation} AND ${unsent} ORDER BY id LIMIT 1`,
  markAttempted: `UPDATE outbox SET state = 'attempted', attempts = attempts + 1, attempted_ms = ? WHERE id = ?`,
  markSent: `UPDATE outbox SET state = 'sent', reason = '' WHERE id = ?`,
  // A parked chunk was surely refused: that attempt does not count as an unconfirmed one.
  park: `UPDATE outbox SET state = 'parked', attempts = attempts - 1, reason = ?, not_before_ms = ? WHERE id = ?`,
  giveUp: `UPDATE outbox SET state = ?, reason = ? WHERE id = ?`,
  unpark: `UPDATE outbox SET not_before_ms = 0 WHERE ${inConversation} AND ${unsent} AND state = 'parked'`,
  progress: `
    SELECT count(*) AS total, count(*) FILTER (WHERE state = 'sent') AS sent,
      count(*) FILTER (WHERE state IN ('uncertain', 'failed', 'expired')) AS given_up,
      min(reason) FILTER (WHERE state IN ('uncertain', 'failed', 'expired', 'parked')) AS trouble
    FROM outbox WHERE account_id = ? AND group_id = ?`,
  kindOf: `
    SELECT conversation_kind, conversation_id FROM journal
    WHERE account_id = ? AND conversation_kind IN ('direct', 'group') AND conversation_id = ?
    ORDER BY seq DESC LIMIT 1`,
  // The plus keeps SQLite from looking at all that the account has: only the end of the journal is read.
  seenIds: `
    WITH newest AS (
      SELECT conversation_id, message ->> '$.sender.id' AS sender_id FROM journal
      WHERE +account_id = ? AND seq > (SELECT max(seq) FROM journal) - ?)
    SELECT conversation_id AS id FROM newest UNION SELECT sender_id FROM newest`,
  outboxCounts: `
    SELECT (SELECT count(*) FROM outbox INDEXED BY outbox_open WHERE account_id = ? AND ${unsent}) AS waiting,
      (SELECT count(*) FROM outbox WHERE account_id = ? AND state IN ('uncertain', 'failed', 'expired')) AS troubled`,
  noteLogin: `
    INSERT INTO last_puppet (account_id, puppet) VALUES (?, ?) ON CONFLICT DO UPDATE SET puppet = excluded.puppet`,
  lastPuppet: `SELECT puppet FROM last_puppet WHERE account_id = ?`,
  // What a group's next turn would still be given stays, however old it is.
  pruneJournal: `
    DELETE FROM journal WHERE received_ms < ? AND ${ended} AND NOT (state = 'recorded' AND seq > coalesce(
      (SELECT mark.seq FROM history_mark AS mark
        WHERE ${sameConversation('mark')}), 0)
      AND seq > coalesce(
      (SELECT newer.seq FROM journal AS newer
        WHERE ${sameConversation('newer')} AND newer.state = 'recorded' ORDER BY newer.seq DESC LIMIT 1 OFFSET ?), 0))`,
  pruneOutbox: `DELETE FROM outbox WHERE created_ms < ? AND NOT ${unsent}`,
} as const
