/**
 * The verbs of the store that write events for webhooks, as functions in the database.
 */

import { surplusReason } from '../event-rows.ts'
import { maxDeadEvents, maxWaitingEvents } from '../event-store.ts'
import { plain, verb } from './functions.ts'

const ofWebhook = 'account_id = p_account AND webhook = p_hook'
const beyond = (state: string, kept: number) => `
  ${ofWebhook} AND state = '${state}' AND id <= (
    SELECT id FROM webhook_event WHERE ${ofWebhook} AND state = '${state}' ORDER BY id DESC LIMIT 1 OFFSET ${kept})`

export const eventFunctions = [
  plain('drop_surplus_dead', {
    takes: 'p_account text, p_hook text',
    body: `DELETE FROM webhook_event WHERE ${beyond('dead', maxDeadEvents)};`,
  }),
  plain('put_events', {
    takes: 'p_account text, p_hooks text[], p_events text[], p_types text[], p_bodies text[], p_told bigint',
    declare: 'p_hook text; v_event text; v_type text; v_body text;',
    body: `
  FOR p_hook, v_event, v_type, v_body IN SELECT * FROM unnest(p_hooks, p_events, p_types, p_bodies) LOOP
    INSERT INTO webhook_event (account_id, webhook, event_id, type, body, created_ms)
      VALUES (p_account, p_hook, v_event, v_type, v_body, p_told) ON CONFLICT DO NOTHING;
    UPDATE webhook_event SET state = 'dead', reason = '${surplusReason}' WHERE ${beyond('waiting', maxWaitingEvents)};
    IF FOUND THEN PERFORM drop_surplus_dead(p_account, p_hook); END IF;
  END LOOP;`,
  }),
  verb('queue_events', {
    takes: 'p_hooks text[], p_events text[], p_types text[], p_bodies text[], p_told bigint',
    body: 'PERFORM put_events(p_account, p_hooks, p_events, p_types, p_bodies, p_told);',
  }),
  verb('mark_delivered', { takes: 'p_id bigint', body: 'DELETE FROM webhook_event WHERE id = p_id;' }),
  verb('mark_undelivered', {
    takes: 'p_id bigint, p_hook text, p_state text, p_reason text, p_not_before bigint',
    body: `
  UPDATE webhook_event SET state = p_state, reason = p_reason, not_before_ms = p_not_before, attempts = attempts + 1
    WHERE id = p_id AND state = 'waiting';
  IF p_state = 'dead' THEN PERFORM drop_surplus_dead(p_account, p_hook); END IF;`,
  }),
  // It keeps its place: it goes before all that wait.
  verb('retry_events', {
    takes: 'p_ids bigint[], p_now bigint',
    returns: 'SETOF bigint',
    body: `
  RETURN QUERY UPDATE webhook_event SET state = 'waiting', reason = '', attempts = 0, not_before_ms = 0, created_ms = p_now
    WHERE account_id = p_account AND id = ANY (p_ids) AND state = 'dead' RETURNING id;`,
  }),
  verb('drop_events', {
    takes: 'p_ids bigint[]',
    returns: 'SETOF bigint',
    body: 'RETURN QUERY DELETE FROM webhook_event WHERE account_id = p_account AND id = ANY (p_ids) RETURNING id;',
  }),
  verb('keep_webhooks', {
    takes: 'p_hooks text[]',
    returns: 'SETOF bigint',
    body: `
  RETURN QUERY DELETE FROM webhook_event WHERE account_id = p_account AND webhook <> ALL (p_hooks) RETURNING id;`,
  }),
].join('\n')
