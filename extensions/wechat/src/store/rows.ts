/**
 * Rows of the database as the store's plain types. Rows are parsed, although this code wrote them: a disk may have damaged them.
 */

import { basename } from 'node:path'
import type { Conversation, ConversationKind } from '@moltbot/channel-sdk'
import type { Row } from '@moltbot/channel-sdk/sqlite'
import { z } from 'zod'
import { idStabilities } from '../model/ids.ts'
import type { InboundMessage } from '../model/message.ts'
import type { OutboxFile, OutboxPart, OutboxRow } from '../model/outbox.ts'

const conversationKind = z.enum(['direct', 'group']) satisfies z.ZodType<ConversationKind>

const quote = z.object({
  text: z.string(),
  fromBot: z.boolean(),
  senderLabel: z.string().exactOptional(),
  file: z.object({ id: z.string(), kind: z.enum(['image', 'voice', 'video', 'file']) }).exactOptional(),
})

const inboundMessage = z.object({
  accountId: z.string(),
  id: z.string(),
  conversation: z.object({ kind: conversationKind, id: z.string() }),
  sender: z.object({ id: z.string(), label: z.string().exactOptional(), alias: z.string().exactOptional() }),
  bot: z
    .object({ id: z.string(), name: z.string(), groupAlias: z.string().exactOptional() })
    .default({ id: '', name: '' }),
  idStability: z.enum(idStabilities).default('stable'),
  mentionIds: z.array(z.string()).exactOptional(),
  quote: quote.exactOptional(),
  kind: z.enum(['text', 'image', 'voice', 'video', 'file', 'other']),
  text: z.string(),
  isBare: z.literal(true).exactOptional(),
  rest: z.object({ text: z.string(), totalLength: z.number() }).exactOptional(),
  withheld: z.literal(true).exactOptional(),
  timestampMs: z.number(),
  ownerId: z.string().exactOptional(),
}) satisfies z.ZodType<InboundMessage>

const conversationRow = z.object({ conversation_kind: conversationKind, conversation_id: z.string() })

const outboxRow = conversationRow.extend({
  id: z.number(),
  group_id: z.string(),
  text: z.string(),
  quote_message_id: z.string().nullable(),
  file: z.string().nullable(),
  client_id: z.string(),
  purpose: z.enum(['answer', 'notice', 'manual', 'immediate', 'scheduled', 'loss']),
  state: z.enum([
    'queued',
    'attempted',
    'sent',
    'uncertain',
    'parked',
    'failed',
    'expired',
    'withdrawn',
    'merged',
  ]),
  reason: z.string(),
  attempts: z.number(),
  created_ms: z.number(),
  first_attempt_ms: z.number().nullable(),
  attempted_ms: z.number().nullable(),
  not_before_ms: z.number(),
  fence: z.number(),
})

export function readMessage(row: Row): InboundMessage {
  return inboundMessage.parse(JSON.parse(String(row.message)))
}

export function conversationOf(row: Row): Conversation {
  const { conversation_kind, conversation_id } = conversationRow.parse(row)
  return { kind: conversation_kind, id: conversation_id }
}

/** @param fence of the lease under which it is read: what an earlier one attempted is cut off */
export function readOutboxRow(row: Row, fence: number): OutboxRow {
  const read = outboxRow.parse(row)
  return {
    id: read.id,
    conversation: { kind: read.conversation_kind, id: read.conversation_id },
    groupId: read.group_id,
    part: partOf(read),
    clientId: read.client_id,
    purpose: read.purpose,
    state: read.state,
    reason: read.reason,
    createdMs: read.created_ms,
    attempt: attemptOf(read),
    isCutOff: read.state === 'attempted' && read.fence !== fence,
    notBeforeMs: read.not_before_ms,
  }
}

function attemptOf({
  attempts,
  first_attempt_ms,
  attempted_ms,
}: z.output<typeof outboxRow>): OutboxRow['attempt'] {
  if (first_attempt_ms === null) return undefined
  return { firstMs: first_attempt_ms, lastMs: attempted_ms ?? first_attempt_ms, count: attempts }
}

/** Until schema 5 a file was named by its path in the folder that is now the blob store's. */
const outboxFile = z.union([
  z.object({ blob: z.string(), name: z.string() }),
  z
    .object({ path: z.string(), name: z.string() })
    .transform(({ path, name }) => ({ blob: basename(path), name })),
])

export function readFile(text: unknown): OutboxFile {
  return outboxFile.parse(JSON.parse(String(text)))
}

function partOf({ text, quote_message_id, file }: z.output<typeof outboxRow>): OutboxPart {
  if (file !== null) return { file: readFile(file) }
  return quote_message_id === null ? { text } : { text, quoteMessageId: quote_message_id }
}
