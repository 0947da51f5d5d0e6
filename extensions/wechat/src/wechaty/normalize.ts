/**
 * From a Wechaty message to a plain one. What is not a person's message to the bot has no plain form.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import type { Message } from 'wechaty'
import { types } from 'wechaty-puppet'
import type { InboundKind, InboundMessage } from '../inbound/message.ts'

export type Ignored = 'self' | 'system' | 'not-a-person'

const kinds: ReadonlyMap<types.Message, InboundKind> = new Map([
  [types.Message.Text, 'text'],
  [types.Message.Url, 'text'],
  [types.Message.Image, 'image'],
  [types.Message.Audio, 'voice'],
  [types.Message.Video, 'video'],
  [types.Message.Attachment, 'file'],
])

/** Notes of the platform itself: joins, recalls, red packets. */
const systemTypes: ReadonlySet<types.Message> = new Set([types.Message.Recalled, types.Message.GroupNote])

/** @param ownerId the person the bot belongs to, where the backend knows one */
export function normalize(
  message: Message,
  accountId: string,
  ownerId: string | undefined,
): InboundMessage | Ignored {
  const talker = message.talker()
  if (message.self()) return 'self'
  if (systemTypes.has(message.type())) return 'system'
  if (talker.type() === types.Contact.Official) return 'not-a-person'
  const kind = kinds.get(message.type()) ?? 'other'
  const label = talker.name()
  return {
    accountId,
    id: message.id,
    conversation: conversationOf(message),
    sender: { id: talker.id, ...(label !== '' && { label }) },
    kind,
    text: textOf(kind, message.text()),
    timestampMs: message.date().getTime(),
    ...(ownerId !== undefined && { ownerId }),
  }
}

function conversationOf(message: Message): Conversation {
  const room = message.room()
  return room === undefined ? { kind: 'direct', id: message.talker().id } : { kind: 'group', id: room.id }
}

/** A voice's transcript or a file's caption is its text; media without any is named, so that nobody is met by silence. */
function textOf(kind: InboundKind, text: string): string {
  return kind === 'text' || text.trim() !== '' ? text : `[${kind}]`
}
