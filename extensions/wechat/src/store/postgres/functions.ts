/**
 * The verbs of the store that write, each a function in the database: one round trip, one transaction. Each begins with
 * `hold`, which lets the writes of an account follow each other, refuses those of a holder that has lost the lease, and
 * says whether the commit waits for the disk.
 *
 * `hold` takes a lock of the account until the transaction ends. A successor takes the same lock when it takes the lease, so
 * that no write of its predecessor ends after that.
 */

import { schema } from './tables.ts'

/** SQLSTATE of a write under a lease that was lost. */
export const leaseLost = 'MB001'

const lost = `RAISE EXCEPTION 'the lease was lost' USING ERRCODE = '${leaseLost}';`
const open = `state IN ('accepted', 'dispatched')`
const dispatched = `${open} AND state = 'dispatched'`
const unsent = `state IN ('queued', 'attempted', 'parked')`
const troubled = `state IN ('uncertain', 'failed', 'expired') AND purpose <> 'loss'`
const unreported = `state IN ('uncertain', 'failed', 'expired') AND purpose = 'answer' AND is_reported = 0`
const inConversation =
  'account_id = p_account AND conversation_kind = p_kind AND conversation_id = p_conversation'
const conversation = 'p_kind text, p_conversation text'
const entry =
  'p_group text, p_purpose text, p_texts text[], p_quotes text[], p_files text[], p_clients text[], p_now bigint'
const insertEntry =
  'insert_parts(p_account, p_kind, p_conversation, p_group, p_purpose, p_texts, p_quotes, p_files, p_clients, p_now)'
const isWaiting = `EXISTS (SELECT FROM outbox WHERE ${inConversation} AND ${unsent})`
const unpark = (where: string) => `
  UPDATE outbox SET state = 'queued', cause = NULL, not_before_ms = 0
  WHERE ${where} AND ${unsent} AND state = 'parked' AND cause = ANY (p_causes)`

/** Arguments of {@link insertEvents}: events for webhooks of a change that is written. */
const events = 'p_hooks text[], p_events text[], p_types text[], p_bodies text[], p_told bigint'
const insertEvents = 'PERFORM put_events(p_account, p_hooks, p_events, p_types, p_bodies, p_told);'

interface Parts {
  /** Beside account, fence and durability. */
  readonly takes?: string
  /** Defaults to void. */
  readonly returns?: string
  readonly declare?: string
  readonly body: string
}

/** A function without the lease. */
export function plain(name: string, { takes = '', returns = 'void', declare = '', body }: Parts): string {
  return `
CREATE FUNCTION ${schema}.${name}(${takes}) RETURNS ${returns} LANGUAGE plpgsql SET search_path = ${schema}, pg_temp AS $fn$
#variable_conflict use_column
DECLARE ${declare}
BEGIN
  ${body}
END $fn$;`
}

export function verb(name: string, parts: Parts): string {
  const takes = ['p_account text', 'p_fence bigint', 'p_durable boolean', parts.takes].filter(Boolean)
  return plain(name, {
    ...parts,
    takes: takes.join(', '),
    body: `PERFORM hold(p_account, p_fence, p_durable);\n  ${parts.body}`,
  })
}

export const functions = [
  plain('lock_account', {
    takes: 'p_account text',
    body: 'PERFORM pg_advisory_xact_lock(hashtextextended(p_account, 7161544302));',
  }),
  plain('hold', {
    takes: 'p_account text, p_fence bigint, p_durable boolean',
    body: `
  PERFORM lock_account(p_account);
  IF NOT EXISTS (SELECT FROM lease WHERE account_id = p_account AND fence = p_fence) THEN
    ${lost}
  END IF;
  IF NOT p_durable THEN PERFORM set_config('synchronous_commit', 'off', true); END IF;`,
  }),
  plain('take_lease', {
    takes: 'p_account text, p_owner text, p_deaths integer, p_term bigint',
    returns: 'bigint',
    declare: 'v_fence bigint;',
    body: `
  PERFORM lock_account(p_account);
  IF EXISTS (SELECT FROM lease WHERE account_id = p_account AND term > p_term) THEN ${lost} END IF;
  -- A holder that gave the lease back has moved the fence on, so nothing was claimed under it.
  UPDATE journal SET deaths = deaths + p_deaths
    WHERE account_id = p_account AND ${dispatched}
      AND claim_fence = (SELECT fence FROM lease WHERE account_id = p_account);
  INSERT INTO lease AS held (account_id, owner, fence, term) VALUES (p_account, p_owner, 1, p_term)
    ON CONFLICT (account_id) DO UPDATE SET owner = excluded.owner, fence = held.fence + 1, term = excluded.term
    RETURNING fence INTO v_fence;
  RETURN v_fence;`,
  }),
  plain('give_lease_back', {
    takes: 'p_account text, p_fence bigint',
    body: `
  PERFORM lock_account(p_account);
  PERFORM set_config('synchronous_commit', 'off', true);
  UPDATE lease SET fence = fence + 1 WHERE account_id = p_account AND fence = p_fence;`,
  }),

  // A number of the sequence is drawn for a new row only: duplicates would leave gaps, and the newest rows are found by numbers.
  verb('accept', {
    takes: `${conversation}, p_message_id text, p_sender text, p_now bigint, p_sent bigint, p_message text`,
    returns: 'boolean',
    body: `
  IF EXISTS (SELECT FROM journal WHERE ${inConversation} AND message_id = p_message_id) THEN RETURN false; END IF;
  INSERT INTO journal
    (account_id, conversation_kind, conversation_id, message_id, sender_id, state, received_ms, sent_ms, message)
    VALUES (p_account, p_kind, p_conversation, p_message_id, p_sender, 'accepted', p_now, p_sent, p_message);
  RETURN true;`,
  }),
  verb('accept_decided', {
    takes: `${conversation}, p_message_id text, p_sender text, p_now bigint, p_sent bigint, p_message text,
    p_state text, p_reason text, p_steps text, p_causes text[], ${events}`,
    returns: 'boolean',
    body: `
  IF EXISTS (SELECT FROM journal WHERE ${inConversation} AND message_id = p_message_id) THEN RETURN NULL; END IF;
  INSERT INTO journal (account_id, conversation_kind, conversation_id, message_id, sender_id, state, reason, steps,
      received_ms, sent_ms, message)
    VALUES (p_account, p_kind, p_conversation, p_message_id, p_sender, p_state, p_reason, p_steps, p_now, p_sent, p_message);
  ${insertEvents}
  IF p_state = 'dispatched' THEN ${unpark(inConversation)}; END IF;
  RETURN ${isWaiting};`,
  }),
  verb('note_unreadable', {
    takes: 'p_message_id text, p_reason text, p_now bigint',
    body: `
  INSERT INTO journal (account_id, conversation_kind, conversation_id, message_id, state, reason, received_ms, message)
    VALUES (p_account, 'unknown', '', p_message_id, 'unreadable', p_reason, p_now, '') ON CONFLICT DO NOTHING;`,
  }),
  // The client id is the same when a call is repeated whose answer was lost.
  plain('insert_parts', {
    takes: `p_account text, ${conversation}, ${entry}`,
    returns: 'bigint',
    declare: 'v_first bigint;',
    body: `
  WITH inserted AS (
    INSERT INTO outbox (account_id, conversation_kind, conversation_id, group_id, text, quote_message_id, file, client_id,
        created_ms, purpose, state)
      SELECT p_account, p_kind, p_conversation, p_group, part.text, part.quote, part.file, part.client, p_now, p_purpose, 'queued'
      FROM unnest(p_texts, p_quotes, p_files, p_clients) WITH ORDINALITY AS part (text, quote, file, client, place)
      ORDER BY part.place
      ON CONFLICT (client_id) DO NOTHING
      RETURNING id)
  SELECT min(id) INTO v_first FROM inserted;
  RETURN v_first;`,
  }),
  verb('decide', {
    takes: `${conversation}, p_message_id text, p_state text, p_reason text, p_steps text, p_says boolean, p_causes text[], ${entry}, ${events}`,
    returns: 'boolean',
    body: `
  UPDATE journal SET state = p_state, reason = p_reason, steps = p_steps
    WHERE ${inConversation} AND message_id = p_message_id AND state = 'accepted';
  IF NOT FOUND THEN RETURN NULL; END IF;
  ${insertEvents}
  IF p_says THEN PERFORM ${insertEntry}; END IF;
  IF p_says OR p_state = 'dispatched' THEN ${unpark(inConversation)}; END IF;
  RETURN ${isWaiting};`,
  }),
  plain('forget_refused', {
    takes: 'p_account text, p_kept integer',
    body: `
  DELETE FROM journal WHERE account_id = p_account AND state = 'refused' AND seq <= (
    SELECT seq FROM journal WHERE account_id = p_account AND state = 'refused' ORDER BY seq DESC LIMIT 1 OFFSET p_kept);`,
  }),
  // Text that was stored before the decision is deleted. A row that has been decided on stays as it is.
  verb('refuse', {
    takes: `${conversation}, p_message_id text, p_sender text, p_reason text, p_steps text, p_kept integer, p_says boolean,
    p_causes text[], ${entry}`,
    returns: 'boolean',
    body: `
  UPDATE journal SET state = 'refused', reason = p_reason, steps = p_steps, message = ''
    WHERE ${inConversation} AND message_id = p_message_id AND state = 'accepted';
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM journal WHERE ${inConversation} AND message_id = p_message_id) THEN RETURN false; END IF;
    INSERT INTO journal
      (account_id, conversation_kind, conversation_id, message_id, sender_id, state, reason, steps, received_ms, message)
      VALUES (p_account, p_kind, p_conversation, p_message_id, p_sender, 'refused', p_reason, p_steps, p_now, '');
  END IF;
  PERFORM forget_refused(p_account, p_kept);
  IF p_says THEN
    PERFORM ${insertEntry};
    ${unpark(inConversation)};
  END IF;
  RETURN true;`,
  }),
  verb('take_out', {
    takes:
      'p_kinds text[], p_conversations text[], p_message_ids text[], p_state text, p_reason text, p_kept integer',
    body: `
  UPDATE journal SET state = p_state, reason = p_reason, turn_id = NULL,
      message = CASE p_state WHEN 'refused' THEN '' ELSE journal.message END
    FROM unnest(p_kinds, p_conversations, p_message_ids) AS taken (kind, conversation, id)
    WHERE account_id = p_account AND conversation_kind = taken.kind AND conversation_id = taken.conversation
      AND message_id = taken.id AND ${dispatched};
  IF p_state = 'refused' THEN PERFORM forget_refused(p_account, p_kept); END IF;`,
  }),

  verb('claim_turn', {
    takes: `${conversation}, p_burst boolean, p_messages integer, p_history integer, p_lost integer, p_new_turn text,
    p_received bigint, p_sent bigint, p_believed bigint, p_since bigint`,
    returns:
      'TABLE (part text, turn text, seq bigint, message text, blocks integer, attempts integer, deaths integer, more json)',
    declare: 'v_turn text; v_last bigint; v_stale integer;',
    body: `
  UPDATE journal SET state = 'recorded', reason = 'too-old', turn_id = NULL
    WHERE ${inConversation} AND ${dispatched} AND blocks = 0
      AND (received_ms < p_received OR sent_ms < p_sent AND sent_ms > p_believed);
  GET DIAGNOSTICS v_stale = ROW_COUNT;
  SELECT turn_id INTO v_turn FROM journal
    WHERE ${inConversation} AND ${dispatched} AND turn_id IS NOT NULL ORDER BY seq LIMIT 1;
  IF v_turn IS NULL THEN
    v_turn := p_new_turn;
    -- A burst reaches up to the first message of another sender than the oldest one's.
    WITH waiting AS (
      SELECT seq, sender_id AS sender FROM journal WHERE ${inConversation} AND ${dispatched} ORDER BY seq LIMIT p_messages),
    other AS (
      SELECT min(seq) AS seq FROM waiting WHERE sender <> (SELECT sender FROM waiting ORDER BY seq LIMIT 1))
    UPDATE journal SET turn_id = v_turn WHERE seq IN (
      SELECT seq FROM waiting WHERE NOT p_burst OR seq < coalesce((SELECT seq FROM other), ${Number.MAX_SAFE_INTEGER}));
  END IF;
  UPDATE journal SET attempts = attempts + 1, claim_fence = p_fence
    WHERE ${inConversation} AND ${dispatched} AND turn_id = v_turn;
  RETURN QUERY SELECT 'facts', v_turn, 0::bigint, '', 0, 0, 0, json_build_object(
    'stale', v_stale,
    'turns', (SELECT count(DISTINCT turn_id) FROM journal
      WHERE ${inConversation} AND received_ms > p_since AND turn_id IS NOT NULL AND turn_id <> v_turn),
    'waits', EXISTS (SELECT FROM journal WHERE ${inConversation} AND ${dispatched} AND turn_id IS DISTINCT FROM v_turn));
  RETURN QUERY SELECT 'message', v_turn, seq, message, blocks, attempts, deaths, NULL::json FROM journal
    WHERE ${inConversation} AND ${dispatched} AND turn_id = v_turn ORDER BY seq;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT max(seq) INTO v_last FROM journal WHERE ${inConversation} AND ${dispatched} AND turn_id = v_turn;
  -- What was said before the turn's last message, and not yet given to a turn that was answered.
  RETURN QUERY SELECT 'history', v_turn, past.seq, past.message, 0, 0, 0, NULL::json FROM (
    SELECT seq, message FROM journal
    WHERE ${inConversation} AND state = 'recorded' AND seq < v_last
      AND seq > coalesce((SELECT seq FROM history_mark WHERE ${inConversation}), 0)
    ORDER BY seq DESC LIMIT p_history) AS past ORDER BY past.seq;
  RETURN QUERY SELECT 'lost', v_turn, gone.id, '', 0, 0, 0, row_to_json(gone) FROM (
    SELECT * FROM outbox WHERE ${inConversation} AND ${unreported} ORDER BY id DESC LIMIT p_lost) AS gone ORDER BY gone.id;`,
  }),
  verb('set_under_way', {
    takes: `${conversation}, p_turn text, p_claim bigint`,
    body: `
  UPDATE journal SET claim_fence = p_claim WHERE ${inConversation} AND ${dispatched} AND turn_id = p_turn;`,
  }),
  verb('commit_block', {
    takes: `${conversation}, ${entry}`,
    body: `
  UPDATE journal SET blocks = blocks + 1 WHERE ${inConversation} AND ${dispatched} AND turn_id = p_group;
  IF FOUND THEN PERFORM ${insertEntry}; END IF;`,
  }),
  plain('begin_attempt', {
    takes: 'p_id bigint, p_fence bigint, p_now bigint',
    returns: 'SETOF outbox',
    body: `
  UPDATE outbox SET state = 'attempted', attempts = attempts + 1, fence = p_fence, attempted_ms = p_now, not_before_ms = 0,
      first_attempt_ms = coalesce(first_attempt_ms, p_now)
    WHERE id = p_id AND ${unsent};
  RETURN QUERY SELECT * FROM outbox WHERE id = p_id;`,
  }),
  // A turn that has ended already has its reply in the outbox: a second one would be said twice.
  verb('commit_reply', {
    takes: `${conversation}, p_state text, p_reason text, p_attempt boolean, p_reported bigint[], ${entry}`,
    returns: 'SETOF outbox',
    declare: 'v_is_first boolean; v_first bigint;',
    body: `
  IF p_kind = 'group' THEN
    INSERT INTO history_mark (account_id, conversation_kind, conversation_id, seq)
      SELECT account_id, conversation_kind, conversation_id, max(seq) FROM journal
      WHERE ${inConversation} AND ${dispatched} AND turn_id = p_group GROUP BY 1, 2, 3
      ON CONFLICT (account_id, conversation_kind, conversation_id) DO UPDATE SET seq = excluded.seq;
  END IF;
  UPDATE journal SET state = p_state, reason = p_reason WHERE ${inConversation} AND ${dispatched} AND turn_id = p_group;
  IF NOT FOUND THEN RETURN; END IF;
  v_is_first := p_attempt AND NOT ${isWaiting};
  UPDATE outbox SET is_reported = 1 WHERE id = ANY (p_reported);
  v_first := ${insertEntry};
  IF v_is_first AND v_first IS NOT NULL THEN RETURN QUERY SELECT * FROM begin_attempt(v_first, p_fence, p_now); END IF;`,
  }),

  verb('enqueue', {
    takes: `${conversation}, p_once boolean, ${entry}`,
    returns: 'boolean',
    body: `
  IF p_once AND EXISTS (SELECT FROM outbox WHERE account_id = p_account AND group_id = p_group) THEN RETURN false; END IF;
  PERFORM ${insertEntry};
  RETURN true;`,
  }),
  verb('merge_parts', {
    takes: 'p_carrier bigint, p_text text, p_others bigint[]',
    returns: 'SETOF outbox',
    declare: 'v_waiting integer;',
    body: `
  SELECT count(*) INTO v_waiting FROM outbox
    WHERE account_id = p_account AND ${unsent} AND state <> 'attempted' AND id = ANY (p_others || p_carrier);
  IF v_waiting <> cardinality(p_others) + 1 THEN RETURN; END IF;
  UPDATE outbox SET state = 'merged', reason = '', cause = NULL, merged_into = p_carrier WHERE id = ANY (p_others);
  RETURN QUERY UPDATE outbox SET text = p_text WHERE id = p_carrier RETURNING outbox.*;`,
  }),
  verb('mark_attempted', {
    takes: 'p_id bigint, p_now bigint',
    returns: 'SETOF outbox',
    body: 'RETURN QUERY SELECT * FROM begin_attempt(p_id, p_fence, p_now);',
  }),
  verb('mark_sent', {
    takes: `${conversation}, p_id bigint, ${events}`,
    returns: 'boolean',
    body: `
  UPDATE outbox SET state = 'sent', reason = '', cause = NULL WHERE id = p_id;
  ${insertEvents}
  RETURN ${isWaiting};`,
  }),
  // The person is told of losses at most once in a while: the last time is the newest such row.
  verb('mark_unsent', {
    takes: `p_id bigint, p_state text, p_cause text, p_reason text, p_not_before bigint, p_reports boolean, p_since bigint,
    ${conversation}, ${entry}, ${events}`,
    body: `
  ${insertEvents}
  IF p_reports AND NOT EXISTS (
    SELECT FROM outbox WHERE ${inConversation} AND purpose = 'loss' AND created_ms > p_since) THEN PERFORM ${insertEntry};
  END IF;
  CASE p_state
    -- A part that was surely refused has no unconfirmed attempt.
    WHEN 'parked' THEN
      UPDATE outbox SET state = 'parked', cause = p_cause, reason = p_reason, not_before_ms = p_not_before, attempts = 0,
        first_attempt_ms = NULL WHERE id = p_id;
    WHEN 'attempted' THEN
      UPDATE outbox SET reason = p_reason, not_before_ms = p_not_before WHERE id = p_id;
    ELSE
      UPDATE outbox SET state = p_state, reason = p_reason WHERE id = p_id;
  END CASE;`,
  }),
  verb('withdraw', {
    takes: 'p_ids bigint[], p_reason text',
    returns: 'SETOF outbox',
    body: `
  RETURN QUERY UPDATE outbox SET state = 'withdrawn', reason = p_reason, cause = NULL
    WHERE account_id = p_account AND id = ANY (p_ids) AND state IN ('queued', 'parked', 'uncertain', 'failed', 'expired')
    RETURNING outbox.*;`,
  }),
  // The same client id: a backend that knows it shows the part once.
  verb('retry', {
    takes: 'p_ids bigint[], p_now bigint',
    returns: 'SETOF outbox',
    body: `
  RETURN QUERY UPDATE outbox SET state = 'queued', reason = '', cause = NULL, not_before_ms = 0, created_ms = p_now,
      attempts = 0, first_attempt_ms = NULL, attempted_ms = NULL, is_reported = 0
    WHERE account_id = p_account AND id = ANY (p_ids) AND (state = 'parked' OR ${troubled} AND file IS NULL AND text <> '')
    RETURNING outbox.*;`,
  }),
  verb('unpark', { takes: 'p_causes text[]', body: `${unpark('account_id = p_account')};` }),
  verb('set_aside', {
    takes: 'p_seqs bigint[], p_ids bigint[], p_reasons text[]',
    body: `
  UPDATE journal SET state = 'set-aside', reason = bad.reason FROM unnest(p_seqs, p_reasons) AS bad (number, reason)
    WHERE seq = bad.number AND account_id = p_account;
  UPDATE outbox SET state = 'set-aside', reason = bad.reason FROM unnest(p_ids, p_reasons) AS bad (number, reason)
    WHERE id = bad.number AND account_id = p_account;`,
  }),

  verb('note_rest', {
    takes: 'p_until bigint, p_pause bigint, p_refusals integer, p_early_from bigint',
    body: `
  DELETE FROM rest WHERE account_id = p_account;
  IF p_until IS NOT NULL THEN INSERT INTO rest VALUES (p_account, p_until, p_pause, p_refusals, p_early_from); END IF;`,
  }),
  verb('note_silence', {
    takes: 'p_bot text, p_sends integer',
    body: `
  DELETE FROM silence WHERE account_id = p_account;
  IF p_bot IS NOT NULL THEN INSERT INTO silence VALUES (p_account, p_bot, p_sends); END IF;`,
  }),
  verb('note_login', {
    takes: 'p_puppet text',
    body: `
  INSERT INTO last_puppet VALUES (p_account, p_puppet) ON CONFLICT (account_id) DO UPDATE SET puppet = excluded.puppet;`,
  }),

  // For a search. A text that is no JSON has none.
  plain('text_of', {
    takes: 'p_message text',
    returns: 'text',
    body: `
  RETURN replace(p_message, '\\u0000', '')::json ->> 'text';
EXCEPTION WHEN OTHERS THEN RETURN NULL;`,
  }),
].join('\n')
