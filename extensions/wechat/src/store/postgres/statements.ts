/**
 * What the PostgreSQL store reads, by the name of the verb that uses it. The conditions of the open, troubled and recorded
 * rows are those of their indexes.
 */

import { schema } from './tables.ts'

const journal = `${schema}.journal`
const outbox = `${schema}.outbox`
const mark = `${schema}.history_mark`
const inConversation = 'account_id = $1 AND conversation_kind = $2 AND conversation_id = $3'
const dispatched = `state IN ('accepted', 'dispatched') AND state = 'dispatched'`
const unsent = `state IN ('queued', 'attempted', 'parked')`
const ended = `state NOT IN ('accepted', 'dispatched')`
const over = `state NOT IN ('queued', 'attempted', 'parked')`
const troubled = `state IN ('uncertain', 'failed', 'expired') AND purpose <> 'loss'`
const sameConversation = (one: string, other: string) =>
  ['account_id', 'conversation_kind', 'conversation_id']
    .map((column) => `${one}.${column} = ${other}.${column}`)
    .join(' AND ')
/** No earlier part of the same answer waits: the order within an answer is kept. */
const first = `NOT EXISTS (
  SELECT FROM ${outbox} AS earlier
  WHERE earlier.account_id = part.account_id AND earlier.group_id = part.group_id AND earlier.id < part.id
    AND earlier.${unsent})`
/** What a group's next turn would still be given, however old it is. `$2`: the number of messages kept. */
const neededAsHistory = `state = 'recorded' AND seq > coalesce(
    (SELECT mark.seq FROM ${mark} AS mark WHERE ${sameConversation('mark', 'journal')}), 0)
  AND seq > coalesce(
    (SELECT newer.seq FROM ${journal} AS newer
      WHERE ${sameConversation('newer', 'journal')} AND newer.state = 'recorded'
      ORDER BY newer.seq DESC LIMIT 1 OFFSET $2), 0)`
/** The end of the journal, by its numbers. */
const newest = (rows: string) => `seq > (SELECT max(seq) FROM ${journal}) - ${rows}`

export const read = {
  undecided: `
    SELECT seq, message FROM ${journal}
    WHERE account_id = $1 AND state IN ('accepted', 'dispatched') AND state = 'accepted' ORDER BY seq`,
  turnsSince: `
    SELECT count(DISTINCT turn_id) AS n FROM ${journal}
    WHERE ${inConversation} AND received_ms > $4 AND turn_id IS NOT NULL`,
  conversationsToAnswer: `
    SELECT DISTINCT conversation_kind, conversation_id FROM ${journal} WHERE account_id = $1 AND ${dispatched}`,
  lastWords: `
    WITH said AS MATERIALIZED (SELECT seq, message FROM ${journal} WHERE ${inConversation} AND message <> '')
    SELECT message FROM said ORDER BY seq DESC LIMIT 1`,
  // Every message of a turn whose answer is not sent completely, as far as its text is still stored.
  answersWaiting: `
    WITH answers AS MATERIALIZED (
      SELECT DISTINCT account_id, conversation_kind, conversation_id, group_id FROM ${outbox}
      WHERE account_id = $1 AND ${unsent} AND purpose = 'answer')
    SELECT seq, turn_id, message FROM ${journal} JOIN answers USING (account_id, conversation_kind, conversation_id)
    WHERE turn_id = group_id AND message <> '' ORDER BY seq`,
  kindOf: `
    WITH seen AS MATERIALIZED (
      SELECT seq, conversation_kind, conversation_id FROM ${journal}
      WHERE account_id = $1 AND conversation_kind IN ('direct', 'group') AND conversation_id = $2)
    SELECT conversation_kind, conversation_id FROM seen ORDER BY seq DESC LIMIT 1`,
  seenIds: `
    WITH newest AS MATERIALIZED (
      SELECT conversation_id, sender_id FROM ${journal} WHERE account_id = $1 AND ${newest('$2')})
    SELECT conversation_id AS id FROM newest WHERE conversation_id <> ''
    UNION SELECT sender_id FROM newest WHERE sender_id IS NOT NULL`,
  setAsideCount: `
    SELECT (SELECT count(*) FROM ${journal} WHERE account_id = $1 AND state IN ('unreadable', 'set-aside'))
      + (SELECT count(*) FROM ${outbox} WHERE account_id = $1 AND state = 'set-aside') AS n`,
  lastPuppet: `SELECT puppet FROM ${schema}.last_puppet WHERE account_id = $1`,
  // A fraction of a second for the server, however long the messages are.
  slice: `
    SELECT min(seq) AS first, count(*) AS messages FROM (
      SELECT seq, size, sum(size) OVER (ORDER BY seq DESC) AS bytes FROM (
        SELECT seq, octet_length(message) AS size FROM ${journal} WHERE seq < $1 ORDER BY seq DESC LIMIT 20000) AS sizes) AS sums
    WHERE bytes - size < 16000000`,
  // A search looks at the JSON of a message ($7) first, which is quicker.
  received: `
    SELECT seq, conversation_kind, conversation_id, message_id, sender_id, state, reason, steps, turn_id, attempts,
      received_ms, message
    FROM ${journal}
    WHERE account_id = $1 AND seq < $2 AND seq >= $8
      AND ($3 = '' OR (conversation_kind = $3 AND conversation_id = $4))
      AND ($5 = '' OR $5 IN (sender_id, conversation_id, message_id)
        OR (strpos(lower(message), lower($7)) > 0 AND strpos(lower(${schema}.text_of(message)), lower($5)) > 0))
    ORDER BY seq DESC LIMIT $6`,
  saidInReturn: `
    SELECT * FROM ${outbox} WHERE account_id = $1 AND group_id = ANY ($2::text[]) ORDER BY id LIMIT $3`,

  answerTexts: `
    SELECT text FROM ${outbox} WHERE account_id = $1 AND group_id = $2 AND purpose = 'answer' AND text <> ''
      AND state IN ('queued', 'attempted', 'parked', 'sent', 'uncertain') ORDER BY id`,
  conversationsToSend: `
    SELECT DISTINCT conversation_kind, conversation_id FROM ${outbox} WHERE account_id = $1 AND ${unsent}`,
  blobsToSend: `
    SELECT id, file FROM ${outbox} WHERE account_id = $1 AND ${unsent} AND file IS NOT NULL`,
  // The part, or a row without an id that says when one is due.
  nextToSend: `
    WITH open AS MATERIALIZED (
      SELECT * FROM ${outbox} AS part WHERE ${inConversation} AND ${unsent} AND ${first}),
    due AS (SELECT * FROM open WHERE not_before_ms <= $4 ORDER BY id LIMIT 1)
    SELECT due.*, (SELECT min(not_before_ms) FROM open) AS due_ms FROM (VALUES (1)) AS one LEFT JOIN due ON true`,
  // Texts alone in their group, since the order within an answer is kept, and none that carries others already.
  scheduledTexts: `
    SELECT * FROM ${outbox} AS part WHERE ${inConversation} AND ${unsent} AND state <> 'attempted'
      AND purpose = 'scheduled' AND file IS NULL AND not_before_ms <= $4
      AND NOT EXISTS (SELECT FROM ${outbox} AS other
        WHERE other.account_id = part.account_id AND other.group_id = part.group_id AND other.id <> part.id)
      AND NOT EXISTS (SELECT FROM ${outbox} AS merged WHERE merged.merged_into = part.id)
    ORDER BY id LIMIT $5`,
  waitingIn: `SELECT count(*) AS n FROM ${outbox} WHERE ${inConversation} AND ${unsent}`,
  outboxWaiting: `SELECT * FROM ${outbox} WHERE account_id = $1 AND ${unsent} ORDER BY id LIMIT $2`,
  outboxFailed: `SELECT * FROM ${outbox} WHERE account_id = $1 AND ${troubled} ORDER BY id DESC LIMIT $2`,
  outboxOfGroup: `SELECT * FROM ${outbox} WHERE account_id = $1 AND group_id = $2 AND ${unsent} ORDER BY id`,
  lastAnswerWaiting: `
    SELECT * FROM ${outbox} WHERE ${inConversation} AND ${unsent} AND group_id = (
      SELECT group_id FROM ${outbox} WHERE ${inConversation} AND ${unsent} AND purpose = 'answer'
      ORDER BY id DESC LIMIT 1)`,
  // What was merged into another row is where that is. A row that is gone had come to its end.
  progress: `
    WITH parts AS (
      SELECT coalesce(carrier.state, part.state) AS state, coalesce(carrier.reason, part.reason) AS reason
      FROM ${outbox} AS part LEFT JOIN ${outbox} AS carrier ON carrier.id = part.merged_into
      WHERE part.account_id = $1 AND part.group_id = $2)
    SELECT count(*) AS total, count(*) FILTER (WHERE state = 'sent') AS sent,
      count(*) FILTER (WHERE state IN ('uncertain', 'failed', 'expired', 'withdrawn', 'merged')) AS given_up,
      min(reason) FILTER (WHERE state IN ('uncertain', 'failed', 'expired', 'parked', 'withdrawn')) AS trouble
    FROM parts`,
  outboxCounts: `
    SELECT (SELECT count(*) FROM ${outbox} WHERE account_id = $1 AND ${unsent}) AS waiting,
      (SELECT count(*) FROM ${outbox} WHERE account_id = $1 AND ${troubled}) AS troubled`,
  rest: `SELECT until_ms, pause_ms, refusals, early_from_ms FROM ${schema}.rest WHERE account_id = $1`,
  silence: `SELECT bot_id, sends FROM ${schema}.silence WHERE account_id = $1`,

  blobPart: `SELECT bytes FROM ${schema}.blob_part WHERE account_id = $1 AND key = $2 AND part = $3`,
  state: `SELECT key, value FROM ${schema}.puppet_state WHERE account_id = $1 AND kind = $2 AND key = ANY ($3::text[])`,
  listState: `
    SELECT key, value, at_ms FROM ${schema}.puppet_state WHERE account_id = $1 AND kind = $2 AND key > $3
    ORDER BY key LIMIT $4`,
} as const

/** Of all accounts; those that change something are small, and are repeated until nothing is left. */
export const upkeep = {
  leasedAccounts: `SELECT account_id FROM ${schema}.lease`,
  moveReceived: `
    UPDATE ${journal} SET received_ms = received_ms + $1
    WHERE account_id = ANY ($2::text[]) AND state IN ('accepted', 'dispatched')`,
  moveUnsent: `
    UPDATE ${outbox} SET created_ms = created_ms + $1, attempted_ms = attempted_ms + $1,
      first_attempt_ms = first_attempt_ms + $1,
      not_before_ms = CASE not_before_ms WHEN 0 THEN 0 ELSE not_before_ms + $1 END
    WHERE account_id = ANY ($2::text[]) AND ${unsent}`,
  moveRest: `
    UPDATE ${schema}.rest SET until_ms = until_ms + $1, early_from_ms = early_from_ms + $1
    WHERE account_id = ANY ($2::text[])`,
  // Groups of an account beyond the number whose history is kept: those that were quiet longest.
  surplusGroups: `
    SELECT account_id, conversation_kind, conversation_id FROM (
      SELECT account_id, conversation_kind, conversation_id,
        row_number() OVER (PARTITION BY account_id ORDER BY max(seq) DESC) AS place
      FROM ${journal} WHERE state = 'recorded' GROUP BY 1, 2, 3) AS groups
    WHERE place > $1`,
  dropHistory: `
    UPDATE ${journal} SET state = 'dropped', reason = 'history-full' WHERE ${inConversation} AND state = 'recorded'`,
  endedMessages: `
    SELECT seq, received_ms FROM ${journal}
    WHERE received_ms < $1 AND ${ended} AND (received_ms, seq) > ($2::bigint, $3::bigint) ORDER BY received_ms, seq LIMIT $4`,
  forgetMessages: `
    DELETE FROM ${journal} AS journal WHERE seq = ANY ($1::bigint[]) AND ${ended} AND NOT (${neededAsHistory})
    RETURNING seq`,
  endedTexts: `
    SELECT seq, received_ms FROM ${journal}
    WHERE account_id = $5 AND received_ms < $1 AND message <> '' AND ${ended}
      AND (received_ms, seq) > ($2::bigint, $3::bigint)
    ORDER BY received_ms, seq LIMIT $4`,
  forgetTexts: `
    UPDATE ${journal} AS journal SET message = ''
    WHERE seq = ANY ($1::bigint[]) AND ${ended} AND NOT (${neededAsHistory}) RETURNING seq`,
  forgetParts: `
    DELETE FROM ${outbox} WHERE id IN (SELECT id FROM ${outbox} WHERE created_ms < $1 AND ${over} LIMIT $2) RETURNING id`,
  forgetSentParts: `
    DELETE FROM ${outbox} WHERE id IN (
      SELECT id FROM ${outbox}
      WHERE created_ms < $1 AND ${over} AND account_id = $3 AND state = 'sent' AND purpose <> 'loss' LIMIT $2)
    RETURNING id`,
  forgetPartTexts: `
    UPDATE ${outbox} SET text = '', file = NULL WHERE id IN (
      SELECT id FROM ${outbox} WHERE created_ms < $1 AND ${over} AND account_id = $3 AND text <> '' LIMIT $2)
    RETURNING id`,
  // A mark is needed as long as something is before it.
  dropHistoryMarks: `
    DELETE FROM ${mark} AS mark WHERE NOT EXISTS (
      SELECT FROM ${journal} AS journal
      WHERE ${sameConversation('journal', 'mark')} AND state = 'recorded' AND journal.seq <= mark.seq)`,
} as const
