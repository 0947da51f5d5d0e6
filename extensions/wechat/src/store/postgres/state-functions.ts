/**
 * The verbs of the store that write what a puppet remembers, and files that wait to be sent, as functions in the database.
 */

import { verb } from './functions.ts'

export const stateFunctions = [
  verb('put_state', {
    takes: 'p_kinds text[], p_keys text[], p_values text[], p_at bigint[]',
    returns: 'boolean',
    body: `
  FOR i IN 1 .. cardinality(p_kinds) LOOP
    IF p_keys[i] IS NULL THEN DELETE FROM puppet_state WHERE account_id = p_account AND kind = p_kinds[i];
    ELSIF p_values[i] IS NULL THEN
      DELETE FROM puppet_state WHERE account_id = p_account AND kind = p_kinds[i] AND key = p_keys[i];
    ELSE
      INSERT INTO puppet_state VALUES (p_account, p_kinds[i], p_keys[i], p_values[i], p_at[i])
        ON CONFLICT (account_id, kind, key) DO UPDATE SET value = excluded.value, at_ms = excluded.at_ms;
    END IF;
  END LOOP;
  RETURN p_durable; -- For a verb that is called after this one.`,
  }),
  verb('forget_state', {
    takes: 'p_kind text, p_before bigint, p_keep integer',
    declare: 'v_before bigint := p_before;',
    body: `
  IF p_keep IS NOT NULL THEN
    v_before := greatest(p_before, coalesce((
      SELECT at_ms FROM puppet_state WHERE account_id = p_account AND kind = p_kind ORDER BY at_ms DESC LIMIT 1 OFFSET p_keep), 0));
  END IF;
  DELETE FROM puppet_state WHERE account_id = p_account AND kind = p_kind AND at_ms < v_before;`,
  }),

  verb('put_blob_part', {
    takes: 'p_key text, p_part integer, p_bytes bytea',
    body: `
  INSERT INTO blob_part VALUES (p_account, p_key, p_part, p_bytes)
    ON CONFLICT (account_id, key, part) DO UPDATE SET bytes = excluded.bytes;`,
  }),
  verb('forget_blob', {
    takes: 'p_key text',
    body: 'DELETE FROM blob_part WHERE account_id = p_account AND key = p_key;',
  }),
  verb('sweep_blobs', {
    takes: 'p_needed text[], p_run text',
    returns: 'integer',
    declare: 'v_files integer;',
    body: `
  WITH gone AS (
    DELETE FROM blob_part
      WHERE account_id = p_account AND NOT key = ANY (p_needed) AND NOT starts_with(key, p_run) RETURNING key)
  SELECT count(DISTINCT key) INTO v_files FROM gone;
  RETURN v_files;`,
  }),
].join('\n')
