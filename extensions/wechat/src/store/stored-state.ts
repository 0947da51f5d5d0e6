/**
 * What the channel stores, as data. Not part of it: files of messages that the dashboard shows, downloads, and what a puppet
 * of somebody else keeps in its own folder. They stay on their machine wherever the store is.
 */

import { basename, join } from 'node:path'
import type { StoredFile, StoredRow, StoredState, StoredValue } from '@moltbot/channel-sdk/sql'
import { outgoingFolder } from './blobs.ts'
import { takeChannelLock } from './channel-lock.ts'
import { migrations } from './migrations.ts'
import { eventFunctions } from './postgres/event-functions.ts'
import { functions } from './postgres/functions.ts'
import { stateFunctions } from './postgres/state-functions.ts'
import { schema, tables } from './postgres/tables.ts'
import { readFile } from './rows.ts'
import { partBytes } from './shared-blobs.ts'
import { storeFile } from './sqlite-store.ts'

const text = 'text'
const integer = 'integer'
const place = { account_id: text, conversation_kind: text, conversation_id: text } as const
const unsent = new Set(['queued', 'attempted', 'parked'])
/** A file is never written outside, whatever a row says. */
const plainName = /^(?!\.)[^\0/\\]+$/

export const storedState: StoredState = {
  file: basename(storeFile('')),
  migrations,
  schema,
  scripts: [tables, functions, stateFunctions, eventFunctions],
  lock: takeChannelLock,
  fence: `UPDATE ${schema}.lease SET fence = fence + 1`,
  tables: [
    // The term is the number of a hold among the gateways of one database.
    {
      name: 'lease',
      columns: { account_id: text, owner: text, fence: integer },
      key: ['account_id'],
      left: ['term'],
      mayRemain: true,
    },
    {
      name: 'journal',
      columns: {
        seq: integer,
        ...place,
        message_id: text,
        sender_id: text,
        state: text,
        reason: text,
        steps: text,
        turn_id: text,
        attempts: integer,
        blocks: integer,
        claim_fence: integer,
        deaths: integer,
        received_ms: integer,
        message: text,
      },
      key: ['seq'],
      isNumbered: true,
      made: { sent_ms: sentMs },
    },
    { name: 'history_mark', columns: { ...place, seq: integer }, key: Object.keys(place) },
    {
      name: 'outbox',
      columns: {
        id: integer,
        ...place,
        group_id: text,
        text,
        quote_message_id: text,
        file: text,
        client_id: text,
        purpose: text,
        is_reported: integer,
        state: text,
        cause: text,
        reason: text,
        attempts: integer,
        fence: integer,
        created_ms: integer,
        first_attempt_ms: integer,
        attempted_ms: integer,
        not_before_ms: integer,
        merged_into: integer,
      },
      key: ['id'],
      isNumbered: true,
      content: { in: 'parts', table: 'blob_part', partBytes, of: outgoingFile },
    },
    {
      name: 'puppet_state',
      columns: { account_id: text, kind: text, key: text, value: text, at_ms: integer },
      key: ['account_id', 'kind', 'key'],
    },
    { name: 'last_puppet', columns: { account_id: text, puppet: text }, key: ['account_id'] },
    {
      name: 'rest',
      columns: {
        account_id: text,
        until_ms: integer,
        pause_ms: integer,
        refusals: integer,
        early_from_ms: integer,
      },
      key: ['account_id'],
    },
    { name: 'silence', columns: { account_id: text, bot_id: text, sends: integer }, key: ['account_id'] },
    {
      name: 'webhook_event',
      columns: {
        id: integer,
        account_id: text,
        webhook: text,
        event_id: text,
        type: text,
        body: text,
        state: text,
        attempts: integer,
        reason: text,
        created_ms: integer,
        not_before_ms: integer,
      },
      key: ['id'],
      isNumbered: true,
    },
  ],
}

/** When a message was sent, by its backend, which SQLite reads from the message. */
function sentMs({ message }: StoredRow): StoredValue {
  const sent = fieldOf(message ?? null, 'timestampMs')
  return typeof sent === 'number' && Number.isFinite(sent) ? String(Math.trunc(sent)) : null
}

function fieldOf(json: string | null, key: string): unknown {
  try {
    return Reflect.get(Object(JSON.parse(String(json))), key)
  } catch {
    return undefined // An empty text, or a damaged row, which is moved as it is.
  }
}

function outgoingFile({ account_id, state, file }: StoredRow): StoredFile | undefined {
  const accountId = account_id ?? ''
  if (!file || !unsent.has(String(state)) || !plainName.test(accountId)) return undefined
  try {
    const key = basename(readFile(file).blob)
    return plainName.test(key) ? { accountId, key, path: join(outgoingFolder, accountId, key) } : undefined
  } catch {
    return undefined
  }
}
