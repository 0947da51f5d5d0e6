/**
 * Received messages as an operator sees them: each with what became of it and with what was said in return. Read only, and
 * of any account, whether or not it runs. A row that cannot be read shows what can be.
 */

import type { ReceivedMessage, ReceivedPage, ReceivedQuery, ReplyPartReport } from '@moltbot/channel-sdk'
import type { Reader, Row } from '@moltbot/channel-sdk/sqlite'
import { lookBack, sliceOf } from './look-back.ts'
import { receivedSql } from './received-statements.ts'
import { conversationOf, readMessage, readOutboxRow } from './rows.ts'
import { readSteps } from './steps.ts'

/** Of one message. */
const maxParts = 100
/** No lease has this number: what was attempted is shown as it is stored. */
const noFence = -1

export async function receivedIn(db: Reader, query: ReceivedQuery): Promise<ReceivedPage> {
  const { rows, ...rest } = await lookBack(query, {
    slice: (before) => sliceOf(db.get(receivedSql.slice, before)),
    find: (...place) => db.all(receivedSql.received, ...receivedQuery(query, ...place)),
  })
  const messages = receivedFrom(rows, ({ turn_id, message_id }) =>
    // What is said about a message without a turn has a group of its own.
    db.all(
      receivedSql.saidInReturn,
      query.accountId,
      String(turn_id ?? ''),
      `notice-${String(message_id)}`,
      maxParts,
    ),
  )
  return { messages, ...rest }
}

/** The values that the statements of both stores take. */
export function receivedQuery(
  { accountId, conversation, text = '' }: ReceivedQuery,
  before: number,
  from: number,
  limit: number,
): (string | number)[] {
  const place = [conversation?.kind ?? '', conversation?.id ?? '']
  const inJson = JSON.stringify(text).slice(1, -1)
  return [accountId, before, ...place, text, limit, inJson, from]
}

/** @param saidTo the rows of the outbox with what was said in return */
export function receivedFrom(rows: readonly Row[], saidTo: (row: Row) => readonly Row[]): ReceivedMessage[] {
  return rows.flatMap((row) => readable(() => messageOf(row, saidTo(row))) ?? [])
}

function messageOf(row: Row, said: readonly Row[]): ReceivedMessage {
  const stored = readable(() => readMessage(row))
  const messageId = String(row.message_id)
  const turnId = row.turn_id === null ? undefined : String(row.turn_id)
  const senderId = stored?.sender.id ?? (row.sender_id === null ? undefined : String(row.sender_id))
  return {
    position: Number(row.seq),
    conversation: conversationOf(row),
    messageId,
    ...(senderId !== undefined && { senderId }),
    ...(stored?.sender.label !== undefined && { senderName: stored.sender.label }),
    ...(stored !== undefined && { kind: stored.kind }),
    text: stored?.text ?? '',
    receivedMs: Number(row.received_ms),
    state: String(row.state),
    reason: String(row.reason),
    steps: readSteps(row.steps),
    ...(turnId !== undefined && { turnId }),
    attempts: Number(row.attempts),
    parts: said.flatMap((part) => readable(() => partOf(part)) ?? []),
  }
}

function partOf(row: Row): ReplyPartReport {
  const { id, purpose, part, state, reason, attempt, createdMs } = readOutboxRow(row, noFence)
  const isFile = 'file' in part
  return {
    id: String(id),
    purpose,
    text: isFile ? part.file.name : part.text,
    isFile,
    state,
    reason,
    attempts: attempt?.count ?? 0,
    createdMs,
    ...(attempt !== undefined && { attemptedMs: attempt.lastMs }),
  }
}

/** What is damaged, or no longer stored, is left out. */
function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
