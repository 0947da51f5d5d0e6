/**
 * What the gateway itself stores, as data.
 */

import type { StoredState } from '@moltbot/channel-sdk/sql'
import { gatewayMigrations } from '../gateway-database.ts'
import { gatewayScripts, schema } from '../postgres/gateway-tables.ts'

const text = 'text'
const integer = 'integer'

export const gatewayState: StoredState = {
  file: 'gateway.sqlite',
  migrations: gatewayMigrations,
  schema,
  scripts: gatewayScripts,
  tables: [
    {
      name: 'session_turn',
      columns: {
        seq: integer,
        session_key: text,
        turn_id: text,
        user_text: text,
        assistant_text: text,
        notes: text,
        at_ms: integer,
      },
      key: ['seq'],
      isNumbered: true,
    },
    {
      name: 'pairing_request',
      columns: {
        account_id: text,
        sender_id: text,
        code: text,
        message_id: text,
        login_id: text,
        sender_name: text,
        text,
        created_at_ms: integer,
        expires_at_ms: integer,
      },
      key: ['account_id', 'sender_id'],
    },
    {
      name: 'pairing_approval',
      columns: { account_id: text, sender_id: text, login_id: text, approved_at_ms: integer },
      key: ['account_id', 'sender_id'],
    },
    {
      name: 'pairing_wrong_code',
      columns: { seq: integer, account_id: text, at_ms: integer },
      key: ['seq'],
      isNumbered: true,
      rowid: 'seq',
    },
    {
      name: 'kept_file',
      columns: {
        seq: integer,
        session_key: text,
        turn_id: text,
        turns_ago: integer,
        at_ms: integer,
        kind: text,
        name: text,
        mime_type: text,
        size_bytes: integer,
        content: text,
        kept_bytes: integer,
      },
      key: ['seq'],
      isNumbered: true,
      content: { in: 'column', column: 'bytes', nameColumn: 'file', folder: 'files' },
    },
    {
      name: 'turn_record',
      columns: {
        seq: integer,
        turn_id: text,
        channel_id: text,
        account_id: text,
        model: text,
        began_ms: integer,
        duration_ms: integer,
        outcome: text,
        code: text,
        tokens_read: integer,
        tokens_written: integer,
        cache_read: integer,
        cache_written: integer,
        tools: text,
      },
      key: ['seq'],
      isNumbered: true,
    },
    {
      name: 'access_token',
      columns: {
        id: text,
        hash: text,
        scopes: text,
        targets: text,
        note: text,
        created_ms: integer,
        used_ms: integer,
      },
      key: ['id'],
    },
    {
      name: 'push',
      columns: {
        id: text,
        token_id: text,
        idempotency_key: text,
        digest: text,
        target: text,
        account_id: text,
        created_ms: integer,
        state: text,
        reason: text,
        chunks: integer,
        sent: integer,
      },
      key: ['id'],
    },
    {
      name: 'schedule',
      columns: {
        id: text,
        account_id: text,
        conversation_kind: text,
        conversation_id: text,
        person_id: text,
        origin: text,
        is_paused: integer,
        next_ms: integer,
        created_ms: integer,
        body: text,
      },
      key: ['id'],
    },
    {
      name: 'schedule_run',
      columns: {
        schedule_id: text,
        due_ms: integer,
        state: text,
        reason: text,
        attempts: integer,
        since_ms: integer,
        owner: text,
        not_before_ms: integer,
      },
      key: ['schedule_id', 'due_ms'],
    },
    {
      name: 'schedule_person',
      columns: { account_id: text, person_id: text, time_zone: text, nudged_ms: integer },
      key: ['account_id', 'person_id'],
    },
  ],
}
