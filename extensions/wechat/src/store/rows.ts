/**
 * Rows of the database as the store's plain types. What this code wrote is still parsed, not trusted.
 */

import type { Conversation, ConversationKind } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { idStabilities } from '../model/ids.ts'
import type { InboundMessage } from '../model/message.ts'
import type { OutboxPart, OutboxRow } from './store.ts'

export type Row = Record<string, unknown>

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
  timestampMs: z.number(),
  ownerId: z.string().exactOptional(),
}) satisfies z.ZodType<InboundMessage>

const conversationRow = z.object({ conversation_kind: conversationKind, conversation_id: z.string() })

const outboxRow = conversationRow.extend({
  id: z.number(),
  account_id: z.string(),
  group_id: z.string(),
  text: z.string(),
  quote_message_id: z.string().nullable(),
  file: z.string().nullable(),
  client_id: z.string(),
  state: z.enum(['queued', 'attempted', 'sent', 'uncertain', 'parked', 'failed', 'expired']),
  attempts: z.number(),
  created_ms: z.number(),
  attempted_ms: z.number().nullable(),
  not_before_ms: z.number(),
})

export function readMessage(row: Row): InboundMessage {
  return inboundMessage.parse(JSON.parse(String(row.message)))
}

export function conversationOf(row: Row): Conversation {
  const { conversation_kind, conversation_id } = conversationRow.parse(row)
  return { kind: conversation_kind, id: conversation_id }
}

export function readOutboxRow(row: Row): OutboxRow {
  const read = outboxRow.parse(row)
  return {
    id: read.id,
    accountId: read.account_id,
    conversation: { kind: read.conversation_kind, id: read.conversation_id },
    groupId: read.group_id,
    part: partOf(read),
    clientId: read.client_id,
    state: read.state,
    attempts: read.attempts,
    createdMs: read.created_ms,
    attemptedMs: read.attempted_ms ?? undefined,
    notBeforeMs: read.not_before_ms,
  }
}

const outboxFile = z.object({ path: z.string(), name: z.string() })

export function readFilePath(row: Row): string {
  return outboxFile.parse(JSON.parse(String(row.file))).path
}

function partOf({ text, quote_message_id, file }: z.output<typeof outboxRow>): OutboxPart {
  if (file !== null) return { file: outboxFile.parse(JSON.parse(file)) }
  return quote_message_id === null ? { text } : { text, quoteMessageId: quote_message_id }
}
