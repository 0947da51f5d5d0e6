/**
 * From the id of a message to the message as plain data, read from the puppet. Not through Wechaty's `Message`: that one
 * loads every member of a group first, and hides it when the puppet could not deliver the message or its sender.
 */

import { type Conversation, MoltbotError } from '@moltbot/channel-sdk'
import { type Puppet, types } from 'wechaty-puppet'
import { z } from 'zod'
import type { InboundKind, InboundMessage, InboundQuote } from '../model/message.ts'
import { capabilitiesOf } from '../puppets/capabilities.ts'
import { extrasOf, type QuotedMessage } from '../puppets/extras.ts'
import type { GroupAliases } from './group-aliases.ts'
import { textQuote, withoutQuote } from './text-quote.ts'

/** Why a message is not for the agent. */
export type Ignored = 'self' | 'system' | 'not-a-person'

export interface MessageReader {
  readonly puppet: Puppet
  readonly accountId: string
  readonly aliases: GroupAliases
}

const kinds: ReadonlyMap<types.Message, InboundKind> = new Map([
  [types.Message.Text, 'text'],
  [types.Message.Url, 'text'],
  [types.Message.Image, 'image'],
  [types.Message.Emoticon, 'image'],
  [types.Message.Audio, 'voice'],
  [types.Message.Video, 'video'],
  [types.Message.Attachment, 'file'],
])

/** Notes of the platform itself: joins, recalls, red packets. */
const systemTypes: ReadonlySet<types.Message> = new Set([types.Message.Recalled, types.Message.GroupNote])

const id = z.string().min(1)
/** What a puppet delivers is input like any other. `fromId` is the older name of `talkerId` (wechaty/puppet#187). */
const payloadSchema = z
  .looseObject({
    talkerId: id.optional().catch(undefined),
    fromId: id.optional().catch(undefined),
    roomId: id.optional().catch(undefined),
    mentionIdList: z.array(z.string()).optional(),
    text: z.string().default(''),
    timestamp: z.number().nonnegative(),
    type: z.enum(types.Message).catch(types.Message.Unknown),
  })
  .transform(({ talkerId, fromId, ...payload }) => ({ ...payload, talkerId: talkerId ?? fromId ?? '' }))
  .refine(({ talkerId }) => talkerId !== '')

type Payload = z.infer<typeof payloadSchema>

/**
 * @param botId the bot's own id when the message arrived, where it was known
 * @throws what the puppet throws, and `message-malformed`
 */
export async function readMessage(
  reader: MessageReader,
  messageId: string,
  botId: string | undefined,
): Promise<InboundMessage | Ignored> {
  const { puppet, accountId, aliases } = reader
  const payload = checked(await puppet.messagePayload(messageId))
  const selfId = botId ?? puppet.currentUserId
  if (payload.talkerId === selfId) return 'self'
  if (systemTypes.has(payload.type)) return 'system'
  const talker = await puppet.contactPayload(payload.talkerId)
  if (talker.type === types.Contact.Official) return 'not-a-person'
  const groupAlias = payload.roomId === undefined ? undefined : await aliases.of(payload.roomId)
  const { name } = await puppet.contactPayload(selfId)
  const bot = { id: selfId, name, ...(groupAlias !== undefined && { groupAlias }) }
  const { idStability, ownerId } = capabilitiesOf(puppet)
  const kind = kinds.get(payload.type) ?? 'other'
  const { text, quote } = await quoteIn(puppet, messageId, payload.text, bot)
  return {
    accountId,
    id: messageId,
    conversation: conversationOf(payload),
    sender: {
      id: payload.talkerId,
      ...(talker.name && { label: talker.name }),
      ...(idStability === 'session' && talker.alias && { alias: talker.alias }),
    },
    bot,
    idStability,
    ...mentionsIn(payload),
    ...(quote !== undefined && { quote }),
    kind,
    text: textOf(kind, text),
    timestampMs: millisecondsOf(payload.timestamp),
    ...(ownerId !== undefined && { ownerId }),
  }
}

function checked(delivered: unknown): Payload {
  const { data } = payloadSchema.safeParse(delivered)
  if (data !== undefined) return data
  throw new MoltbotError('message-malformed', 'the puppet delivered a malformed message', { retryable: true })
}

function conversationOf({ roomId, talkerId }: Payload): Conversation {
  return roomId === undefined ? { kind: 'direct', id: talkerId } : { kind: 'group', id: roomId }
}

/** The ids that the backend lists as mentioned; it has a list for messages of groups only. */
function mentionsIn({ roomId, mentionIdList }: Payload): Pick<InboundMessage, 'mentionIds'> {
  return roomId === undefined || mentionIdList === undefined ? {} : { mentionIds: mentionIdList }
}

/** Puppets give seconds or milliseconds; Wechaty tells them apart by this bound, a day in 1973 or in the year 5138. */
const smallestMilliseconds = 1e11

function millisecondsOf(timestamp: number): number {
  return timestamp < smallestMilliseconds ? timestamp * 1_000 : timestamp
}

/** The quote that the puppet knows of, else one that is written in the text. */
async function quoteIn(
  puppet: Puppet,
  messageId: string,
  text: string,
  bot: InboundMessage['bot'],
): Promise<{ text: string; quote?: InboundQuote }> {
  const known = await extrasOf(puppet).messageQuote?.(messageId)
  if (known !== undefined) return { text: withoutQuote(text, known.text), quote: knownQuote(known, bot.id) }
  const written = textQuote(text)
  if (written === undefined) return { text }
  const fromBot = written.name === bot.name || written.name === bot.groupAlias
  return { text: written.text, quote: { text: written.quoted, fromBot, senderLabel: written.name } }
}

function knownQuote({ text, talkerId, fileId, fileKind }: QuotedMessage, botId: string): InboundQuote {
  const file = fileId !== undefined && fileKind !== undefined ? { file: { id: fileId, kind: fileKind } } : {}
  return { text, fromBot: talkerId === botId, ...file }
}

/** The transcript of a voice message or the caption of a file is its text; media without any is named, so that the agent always has something to answer. */
function textOf(kind: InboundKind, text: string): string {
  return kind === 'text' || text.trim() !== '' ? text : `[${kind}]`
}
