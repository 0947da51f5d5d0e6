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
export const ended = `state NOT IN ('accepted', 'dispatched')`
const troubled = `state IN ('uncertain', 'failed', 'expired') AND purpose <> 'loss'`
const unreported = `state IN ('uncertain', 'failed', 'expired') AND purpose = 'answer' AND is_reported = 0`
const over = `state NOT IN ('queued', 'attempted', 'parked')`
/** The row `one` is in the same conversation as the row `other`. */
const sameConversation = (one: string, other: string) =>
  ['account_id', 'conversation_kind', 'conversation_id']
    .map((column) => `${one}.${column} = ${other}.${column}`)
    .join(' AND ')
/** No earlier part of the same answer waits: the order within an answer is kept. */
const first = `NOT EXISTS (
  SELECT 1 FROM outbox AS earlier
  WHERE earlier.account_id = outbox.account_id AND earlier.group_id = outbox.group_id AND earlier.id < outbox.id
    AND earlier.${unsent})`
/** What a group's next turn would still be given, however old it is. Takes the number of messages kept. */
const neededAsHistory = `state = 'recorded' AND seq > coalesce(
    (SELECT mark.seq FROM history_mark AS mark WHERE ${sameConversation('mark', 'journal')}), 0)
  AND seq > coalesce(
    (SELECT newer.seq FROM journal AS newer
      WHERE ${sameConversation('newer', 'journal')} AND newer.state = 'recorded'
      ORDER BY newer.seq DESC LIMIT 1 OFFSET ?), 0)`
/** Rows named by a JSON list of their numbers. */
const listed = (column: string) => `${column} IN (SELECT value FROM json_each(?))`
const waiting = `
  SELECT seq, sender_id AS sender FROM journal
  WHERE ${inConversation} AND ${dispatched} ORDER BY seq LIMIT ?`
/** Takes the oldest times of receipt and of sending, and the oldest time of sending that is believed. */
const stale = `blocks = 0 AND (received_ms < ?
  OR json_valid(message) AND message ->> '$.timestampMs' < ? AND message ->> '$.timestampMs' > ?)`
/** The largest integer of SQLite: no row is behind it. */
const maxSeq = '9223372036854775807'

export const sql = {
  lease: 'SELECT fence, term FROM lease WHERE account_id = ?',
  takeLease: `
    INSERT INTO lease (account_id, owner, fence, term) VALUES (?, ?, 1, ?)
    ON CONFLICT DO UPDATE SET owner = excluded.owner, fence = fence + 1, term = excluded.term`,
  // A holder that gave the lease back has moved the fence on, so nothing was claimed under it.
  countDeaths: `
    UPDATE journal SET deaths = deaths + ?
    WHERE account_id = ? AND ${dispatched} AND claim_fence = (SELECT fence FROM lease WHERE account_id = ?)`,
  giveLeaseBack: 'UPDATE lease SET fence = fence + 1 WHERE account_id = ? AND fence = ?',
  leasedAccounts: 'SELECT account_id FROM lease',
  accept: `
    INSERT INTO journal
      (account_id, conversation_kind, conversation_id, message_id, sender_id, state, received_ms, message)
    VALUES (?, ?, ?, ?, ?, 'accepted', ?, ?) ON CONFLICT DO NOTHING`,
  noteUnreadable: `
    INSERT INTO journal
      (account_id, conversation_kind, conversation_id, message_id, state, reason, received_ms, message)
    VALUES (?, 'unknown', '', ?, 'unreadable', ?, ?, '') ON CONFLICT DO NOTHING`,
  undecided: `SELECT seq, message FROM journal WHERE account_id = ? AND ${accepted} ORDER BY seq`,
  setMessageAside: `UPDATE journal SET state = 'set-aside', reason = ? WHERE seq = ?`,
  setPartAside: `UPDATE outbox SET state = 'set-aside', reason = ? WHERE id = ?`,
  setAsideCount: `
    SELECT (SELECT count(*) FROM journal WHERE account_id = ? AND state IN ('unreadable', 'set-aside'))
      + (SELECT count(*) FROM outbox WHERE account_id = ? AND state = 'set-aside') AS n`,
  decide: `
    UPDATE journal SET state = ?, reason = ?, steps = ?
    WHERE ${inConversation} AND message_id = ? AND state = 'accepted'`,
  recordStale: `
    UPDATE journal SET state = 'recorded', reason = 'too-old', turn_id = NULL
    WHERE ${inConversation} AND ${dispatched} AND ${stale}`,
  // Text that was stored before the decision is deleted. A row that has been decided on stays as it is.
  refuse: `
    INSERT INTO journal
      (account_id, conversation_kind, conversation_id, message_id, sender_id, state, reason, steps, received_ms, message)
    VALUES (?, ?, ?, ?, ?, 'refused', ?, ?, ?, '')
    ON CONFLICT (account_id, conversation_kind, conversation_id, message_id)
      DO UPDATE SET state = 'refused', reason = excluded.reason, steps = excluded.steps, message = ''
        WHERE state = 'accepted'`,
  forgetRefused: `
    DELETE FROM journal WHERE account_id = ? AND state = 'refused' AND seq <= (
      SELECT seq FROM journal WHERE account_id = ? AND state = 'refused' ORDER BY seq DESC LIMIT 1 OFFSET ?)`,
  takeOutRecorded: `
    UPDATE journal SET state = 'recorded', reason = ?, turn_id = NULL
    WHERE ${inConversation} AND ${dispatched} AND message_id = ?`,
  takeOutRefused: `
    UPDATE journal SET state = 'refused', reason = ?, turn_id = NULL, message = ''
    WHERE ${inConversation} AND ${dispatched} AND message_id = ?`,
  turnsSince: `
    SELECT count(DISTINCT turn_id) AS n FROM journal
    WHERE ${inConversation} AND received_ms > ? AND turn_id IS NOT NULL AND turn_id <> ?`,
  conversationsToAnswer: `
    SELECT DISTINCT conversation_kind, conversation_id FROM journal INDEXED BY journal_open
    WHERE account_id = ? AND ${dispatched}`,
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
  othersWait: `
    SELECT 1 FROM journal WHERE ${inConversation} AND ${dispatched} AND turn_id IS NOT ? LIMIT 1`,
  countAttempt: `
    UPDATE journal SET attempts = attempts + 1, claim_fence = ? WHERE ${inConversation} AND ${dispatched} AND turn_id = ?`,
  setUnderWay: `UPDATE journal SET claim_fence = ? WHERE ${inConversation} AND ${dispatched} AND turn_id = ?`,
  turnMessages: `
    SELECT seq, message, blocks, attempts, deaths FROM journal
    WHERE ${inConversation} AND ${dispatched} AND turn_id = ? ORDER BY seq`,
  endTurn: `
    UPDATE journal SET state = ?, reason = ? WHERE ${inConversation} AND ${dispatched} AND turn_id = ?`,
  countBlock: `UPDATE journal SET blocks = blocks + 1 WHERE ${inConversation} AND ${dispatched} AND turn_id = ?`,
  // What was said before the turn's last message, and not yet given to a turn that was answered.
  history: `
    SELECT seq, message FROM (
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
  // The groups with history, one after another: each is found by its place in the index.
  nextHistoryGroup: `
    SELECT account_id, conversation_kind, conversation_id FROM journal
    WHERE state = 'recorded' AND (account_id, conversation_kind, conversation_id) > (?, ?, ?)
    ORDER BY account_id, conversation_kind, conversation_id LIMIT 1`,
  newestHistory: `SELECT max(seq) AS seq FROM journal WHERE ${inConversation} AND state = 'recorded'`,
  dropHistory: `
    UPDATE journal SET state = 'dropped', reason = 'history-full' WHERE seq IN (
      SELECT seq FROM journal WHERE ${inConversation} AND state = 'recorded' LIMIT ?)`,
  nextHistoryMarks: `
    SELECT account_id, conversation_kind, conversation_id FROM history_mark
    WHERE (account_id, conversation_kind, conversation_id) > (?, ?, ?)
    ORDER BY account_id, conversation_kind, conversation_id LIMIT ?`,
  // A mark is needed as long as something stands before it; then, a later row may even get a number below it.
  dropHistoryMark: `
    DELETE FROM history_mark AS mark WHERE ${inConversation} AND NOT EXISTS (
      SELECT 1 FROM journal WHERE ${sameConversation('journal', 'mark')} AND state = 'recorded' AND journal.seq <= mark.seq)`,
  insertPart: `
    INSERT INTO outbox
      (account_id, conversation_kind, conversation_id, group_id, text, quote_message_id, file, client_id, created_ms,
        purpose, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued') RETURNING id`,
  answerTexts: `
    SELECT text FROM outbox WHERE account_id = ? AND group_id = ? AND purpose = 'answer' AND text <> ''
      AND state IN ('queued', 'attempted', 'parked', 'sent', 'uncertain') ORDER BY id`,
  conversationsToSend: `
    SELECT DISTINCT conversation_kind, conversation_id FROM outbox WHERE account_id = ? AND ${unsent}`,
  blobsToSend: `
    SELECT id, file FROM outbox INDEXED BY outbox_open WHERE account_id = ? AND ${unsent} AND file IS NOT NULL`,
  nextToSend: `
    SELECT * FROM outbox WHERE ${inConversation} AND ${unsent} AND not_before_ms <= ? AND ${first} ORDER BY id LIMIT 1`,
  nextDue: `
    SELECT min(not_before_ms) AS due_ms FROM outbox WHERE ${inConversation} AND ${unsent} AND ${first}`,
  isWaiting: `SELECT 1 FROM outbox WHERE ${inConversation} AND ${unsent} LIMIT 1`,
  part: 'SELECT * FROM outbox WHERE id = ?',
  markAttempted: `
    UPDATE outbox SET state = 'attempted', attempts = attempts + 1, fence = ?, attempted_ms = ?, not_before_ms = 0,
      first_attempt_ms = coalesce(first_attempt_ms, ?) WHERE id = ? AND ${unsent}`,
  markSent: `UPDATE outbox SET state = 'sent', reason = '', cause = NULL WHERE id = ?`,
  markUnconfirmed: 'UPDATE outbox SET reason = ?, not_before_ms = ? WHERE id = ?',
  // A part that was surely refused has no unconfirmed attempt.
  park: `
    UPDATE outbox SET state = 'parked', cause = ?, reason = ?, not_before_ms = ?, attempts = 0, first_attempt_ms = NULL
    WHERE id = ?`,
  giveUp: 'UPDATE outbox SET state = ?, reason = ? WHERE id = ?',
  unpark: `
    UPDATE outbox INDEXED BY outbox_open SET state = 'queued', cause = NULL, not_before_ms = 0
    WHERE account_id = ? AND ${unsent} AND state = 'parked' AND ${listed('cause')}`,
  unparkConversation: `
    UPDATE outbox SET state = 'queued', cause = NULL, not_before_ms = 0
    WHERE ${inConversation} AND ${unsent} AND state = 'parked' AND ${listed('cause')}`,
  // What was merged into another row is where that is. A row that is gone had come to its end.
  progress: `
    WITH parts AS (
      SELECT coalesce(carrier.state, part.state) AS state, coalesce(carrier.reason, part.reason) AS reason
      FROM outbox AS part LEFT JOIN outbox AS carrier ON carrier.id = part.merged_into
      WHERE part.account_id = ? AND part.group_id = ?)
    SELECT count(*) AS total, count(*) FILTER (WHERE state = 'sent') AS sent,
      count(*) FILTER (WHERE state IN ('uncertain', 'failed', 'expired', 'withdrawn', 'merged')) AS given_up,
      min(reason) FILTER (WHERE state IN ('uncertain', 'failed', 'expired', 'parked', 'withdrawn')) AS trouble
    FROM parts`,
  hasGroup: 'SELECT 1 FROM outbox WHERE account_id = ? AND group_id = ? LIMIT 1',
  // Texts alone in their group, since the order within an answer is kept, and none that carries others already.
  scheduledTexts: `
    SELECT * FROM outbox INDEXED BY outbox_open WHERE ${inConversation} AND ${unsent} AND state <> 'attempted'
      AND purpose = 'scheduled' AND file IS NULL AND not_before_ms <= ? AND NOT EXISTS (
        SELECT 1 FROM outbox AS other
        WHERE other.account_id = outbox.account_id AND other.group_id = outbox.group_id AND other.id <> outbox.id)
      AND NOT EXISTS (SELECT 1 FROM outbox AS part WHERE part.merged_into = outbox.id)
    ORDER BY id LIMIT ?`,
  mergeable: `
    SELECT count(*) AS n FROM outbox WHERE +account_id = ? AND ${unsent} AND state <> 'attempted' AND ${listed('id')}`,
  carry: 'UPDATE outbox SET text = ? WHERE id = ?',
  merge: `UPDATE outbox SET state = 'merged', reason = '', cause = NULL, merged_into = ? WHERE ${listed('id')}`,
  kindOf: `
    SELECT conversation_kind, conversation_id FROM journal
    WHERE account_id = ? AND conversation_kind IN ('direct', 'group') AND conversation_id = ?
    ORDER BY seq DESC LIMIT 1`,
  // The plus keeps SQLite from looking at all that the account has: only the end of the journal is read.
  seenIds: `
    WITH newest AS (
      SELECT conversation_id, sender_id FROM journal
      WHERE +account_id = ? AND seq > (SELECT max(seq) FROM journal) - ?)
    SELECT conversation_id AS id FROM newest WHERE conversation_id <> ''
    UNION SELECT sender_id FROM newest WHERE sender_id IS NOT NULL`,
  outboxCounts: `
    SELECT (SELECT count(*) FROM outbox INDEXED BY outbox_open WHERE account_id = ? AND ${unsent}) AS waiting,
      (SELECT count(*) FROM outbox INDEXED BY outbox_troubled WHERE account_id = ? AND ${troubled}) AS troubled`,
  waitingIn: `
    SELECT count(*) AS n FROM outbox INDEXED BY outbox_open WHERE ${inConversation} AND ${unsent}`,
  // The person is told of losses at most once in a while: the last time is the newest such row.
  lossSince: `SELECT 1 FROM outbox WHERE ${inConversation} AND purpose = 'loss' AND created_ms > ? LIMIT 1`,
  lastWords: `
    SELECT message FROM journal WHERE ${inConversation} AND message <> '' ORDER BY seq DESC LIMIT 1`,
  unreported: `SELECT * FROM outbox WHERE ${inConversation} AND ${unreported} ORDER BY id DESC LIMIT ?`,
  markReported: `UPDATE outbox SET is_reported = 1 WHERE ${listed('id')}`,
  outboxWaiting: `
    SELECT * FROM outbox INDEXED BY outbox_open WHERE account_id = ? AND ${unsent} ORDER BY id LIMIT ?`,
  outboxWaitingAll: `SELECT * FROM outbox WHERE ${unsent} ORDER BY id DESC LIMIT ?`,
  outboxFailedAll: `SELECT * FROM outbox WHERE ${troubled} ORDER BY id DESC LIMIT ?`,
  outboxFailed: `
    SELECT * FROM outbox INDEXED BY outbox_troubled WHERE account_id = ? AND ${troubled} ORDER BY id DESC LIMIT ?`,
  outboxOfGroup: `SELECT * FROM outbox WHERE account_id = ? AND group_id = ? AND ${unsent} ORDER BY id`,
  // Every message of a turn whose answer is not sent completely, as far as its text is still stored.
  answersWaiting: `
    WITH answers AS (
      SELECT DISTINCT account_id, conversation_kind, conversation_id, group_id FROM outbox INDEXED BY outbox_open
      WHERE account_id = ? AND ${unsent} AND purpose = 'answer')
    SELECT seq, turn_id, message FROM journal JOIN answers USING (account_id, conversation_kind, conversation_id)
    WHERE turn_id = group_id AND message <> '' ORDER BY seq`,
  lastAnswerWaiting: `
    SELECT * FROM outbox INDEXED BY outbox_open WHERE ${inConversation} AND ${unsent} AND group_id = (
      SELECT group_id FROM outbox INDEXED BY outbox_open
      WHERE ${inConversation} AND ${unsent} AND purpose = 'answer' ORDER BY id DESC LIMIT 1)`,
  withdraw: `
    UPDATE outbox SET state = 'withdrawn', reason = ?, cause = NULL
    WHERE +account_id = ? AND ${listed('id')} AND state IN ('queued', 'parked', 'uncertain', 'failed', 'expired')
    RETURNING *`,
  // The same client id: a backend that knows it shows the part once.
  retry: `
    UPDATE outbox SET state = 'queued', reason = '', cause = NULL, not_before_ms = 0, created_ms = ?, attempts = 0,
      first_attempt_ms = NULL, attempted_ms = NULL, is_reported = 0
    WHERE +account_id = ? AND ${listed('id')} AND (state = 'parked' OR ${troubled} AND file IS NULL AND text <> '')
    RETURNING *`,
  noteLogin: `
    INSERT INTO last_puppet (account_id, puppet) VALUES (?, ?) ON CONFLICT DO UPDATE SET puppet = excluded.puppet`,
  rest: 'SELECT until_ms, pause_ms, refusals, early_from_ms FROM rest WHERE account_id = ?',
  putRest: `
    INSERT INTO rest (account_id, until_ms, pause_ms, refusals, early_from_ms) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET until_ms = excluded.until_ms, pause_ms = excluded.pause_ms,
      refusals = excluded.refusals, early_from_ms = excluded.early_from_ms`,
  endRest: 'DELETE FROM rest WHERE account_id = ?',
  silence: 'SELECT bot_id, sends FROM silence WHERE account_id = ?',
  putSilence: `
    INSERT INTO silence (account_id, bot_id, sends) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET bot_id = excluded.bot_id, sends = excluded.sends`,
  endSilence: 'DELETE FROM silence WHERE account_id = ?',
  lastPuppet: `SELECT puppet FROM last_puppet WHERE account_id = ?`,
  moveReceived: `UPDATE journal SET received_ms = received_ms + ? WHERE ${open}`,
  moveUnsent: `
    UPDATE outbox SET created_ms = created_ms + ?1, attempted_ms = attempted_ms + ?1,
      first_attempt_ms = first_attempt_ms + ?1,
      not_before_ms = CASE not_before_ms WHEN 0 THEN 0 ELSE not_before_ms + ?1 END
    WHERE ${unsent}`,
  moveRest: 'UPDATE rest SET until_ms = until_ms + ?1, early_from_ms = early_from_ms + ?1',
  endedMessages: `
    SELECT seq, received_ms FROM journal
    WHERE received_ms < ? AND ${ended} AND (received_ms, seq) > (?, ?) ORDER BY received_ms, seq LIMIT ?`,
  forgetMessages: `DELETE FROM journal WHERE ${listed('seq')} AND ${ended} AND NOT (${neededAsHistory})`,
  endedTexts: `
    SELECT seq, received_ms FROM journal
    WHERE account_id = ? AND received_ms < ? AND message <> '' AND ${ended} AND (received_ms, seq) > (?, ?)
    ORDER BY received_ms, seq LIMIT ?`,
  forgetTexts: `
    UPDATE journal SET message = '' WHERE ${listed('seq')} AND ${ended} AND NOT (${neededAsHistory})`,
  forgetParts: `
    DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE created_ms < ? AND ${over} LIMIT ?)`,
  forgetSentParts: `
    DELETE FROM outbox WHERE id IN (
      SELECT id FROM outbox INDEXED BY outbox_ended
      WHERE created_ms < ? AND ${over} AND account_id = ? AND state = 'sent' AND purpose <> 'loss' LIMIT ?)`,
  forgetPartTexts: `
    UPDATE outbox SET text = '', file = NULL WHERE id IN (
      SELECT id FROM outbox INDEXED BY outbox_ended WHERE created_ms < ? AND ${over} AND account_id = ? AND text <> '' LIMIT ?)`,
  state: `SELECT key, value FROM puppet_state WHERE account_id = ? AND kind = ? AND ${listed('key')}`,
  listState: `
    SELECT key, value, at_ms FROM puppet_state WHERE account_id = ? AND kind = ? AND key > ? ORDER BY key LIMIT ?`,
  putState: `
    INSERT INTO puppet_state (account_id, kind, key, value, at_ms) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value, at_ms = excluded.at_ms`,
  removeState: 'DELETE FROM puppet_state WHERE account_id = ? AND kind = ? AND key = ?',
  clearState: 'DELETE FROM puppet_state WHERE account_id = ? AND kind = ?',
  forgetState: `
    DELETE FROM puppet_state WHERE account_id = ? AND kind = ? AND key IN (
      SELECT key FROM puppet_state WHERE account_id = ? AND kind = ? AND at_ms < ? ORDER BY at_ms LIMIT ?)`,
  stateKept: `
    SELECT at_ms FROM puppet_state WHERE account_id = ? AND kind = ? ORDER BY at_ms DESC LIMIT 1 OFFSET ?`,
} as const
