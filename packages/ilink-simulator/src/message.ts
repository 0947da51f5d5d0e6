// A user's message, as the service writes it into getupdates.

import { randomBytes } from 'node:crypto'
import type { JsonObject } from './json.ts'

export const itemTypes = { text: 1, image: 2, voice: 3, file: 4, video: 5 } as const

export function textItem(text: string): JsonObject {
  return { type: itemTypes.text, text_item: { text } }
}

export type MessageFacts = {
  seq: number
  messageId: bigint
  from: string
  to: string
  createTimeMs: number
  contextToken: string
  items: JsonObject[]
  groupId?: string | undefined
  /** More top-level fields, or other values for those above. */
  extra?: JsonObject | undefined
}

export function userMessage(facts: MessageFacts): JsonObject {
  const { createTimeMs } = facts
  const times = { create_time_ms: createTimeMs, update_time_ms: createTimeMs, is_completed: true }
  return {
    seq: facts.seq,
    message_id: facts.messageId,
    from_user_id: facts.from,
    to_user_id: facts.to,
    client_id: randomBytes(8).toString('hex'),
    create_time_ms: createTimeMs,
    update_time_ms: createTimeMs,
    delete_time_ms: 0,
    session_id: `${facts.from}#${facts.to}`,
    group_id: facts.groupId ?? '',
    message_type: 1,
    message_state: 2,
    context_token: facts.contextToken,
    item_list: facts.items.map((item) => ({ ...times, button_item_list: [], ...item })),
    ...facts.extra,
  }
}
