/**
 * From the id of a message to the message as plain data, read from the puppet. Not through Wechaty's `Message`: that one
 * loads every member of a group first, and hides it when the puppet could not deliver the message or its sender.
 */

import { type Conversation, MoltbotError } from '@moltbot/channel-sdk'
import { type Puppet, types } from 'wechaty-puppet'
import { z } from 'zod'
import type { InboundMessage, InboundQuote } from '../model/message.ts'
import { capabilitiesOf } from '../puppets/capabilities.ts'
import { extrasOf, type QuotedMessage } from '../puppets/extras.ts'
import type { LookedUpNames } from './bot-names.ts'
import type { Contacts } from './contacts.ts'
import { textQuote, withoutQuote } from './text-quote.ts'
import { readWords } from './words/reading.ts'
import { isReservedId } from './words/reserved-ids.ts'
import type { Words } from './words/words.ts'

/** Why a message is not for the agent. */
export type Ignored = 'self' | 'system' | 'not-a-person'

export interface MessageReader {
  readonly puppet: Puppet
  readonly accountId: string
  readonly contacts: Contacts
  /** The bot's own name, by its id. */
  readonly names: LookedUpNames
  /** What the bot is called in a group, by the group's id. */
  readonly aliases: LookedUpNames
}

const id = z.string().min(1)
/** What a puppet delivers is input like any other. `fromId` is the older name of `talkerId` (wechaty/puppet#187). */
const payloadSchema = z
  .looseObject({
    talkerId: id.optional().catch(undefined),
    fromId: id.optional().catch(undefined),
    roomId: id.optional().catch(undefined),
    mentionIdList: z.array(z.string()).optional(),
    text: z.string().default(''),
    filename: z.string().optional().catch(undefined),
    timestamp: z.number().nonnegative(),
    type: z.enum(types.Message).catch(types.Message.Unknown),
  })
  .transform(({ talkerId, fromId, ...payload }) => ({ ...payload, talkerId: talkerId ?? fromId ?? '' }))

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
  const { puppet, accountId } = reader
  const payload = checked(await puppet.messagePayload(messageId))
  const { talkerId, roomId } = payload
  const selfId = botId ?? puppet.currentUserId
  if (talkerId === selfId) return 'self'
  if (isReservedId(talkerId)) return 'not-a-person'
  const { idStability, ownerId, peopleOnly } = capabilitiesOf(puppet)
  const [talker, name = '', groupAlias] = await Promise.all([
    talkerId === '' ? undefined : reader.contacts.of(talkerId),
    reader.names.of(selfId),
    roomId === undefined ? undefined : reader.aliases.of(roomId),
  ])
  if (talker?.isOfficial) return 'not-a-person'
  const names = talker === undefined ? [] : [talker.name, talker.alias]
  const source = { puppet, peopleOnly, isWeb: idStability === 'session', names }
  const words = await readWords(source, { ...payload, id: messageId })
  // Notes of a group come without a sender, or from the group itself.
  if (words === 'note' || (talkerId === roomId && talkerId !== '')) return 'system'
  if (talkerId === '') throw malformed()
  const { kind, isBare } = words
  const { text, quote } = await quoteIn(puppet, messageId, payload.type, words, selfId)
  return {
    accountId,
    id: messageId,
    conversation: conversationOf(payload),
    sender: {
      id: talkerId,
      ...(talker?.name && { label: talker.name }),
      ...(idStability === 'session' && talker?.alias && { alias: talker.alias }),
    },
    bot: { id: selfId, name, ...(groupAlias !== undefined && { groupAlias }) },
    idStability,
    ...mentionsIn(payload),
    ...(quote !== undefined && { quote }),
    kind,
    text,
    ...(isBare && { isBare }),
    timestampMs: millisecondsOf(payload.timestamp),
    ...(ownerId !== undefined && { ownerId }),
  }
}

function checked(delivered: unknown): Payload {
  const { data } = payloadSchema.safeParse(delivered)
  if (data !== undefined) return data
  throw malformed()
}

function malformed(): MoltbotError {
  return new MoltbotError('message-malformed', 'the puppet delivered a malformed message', {
    retryable: true,
  })
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

/**
 * The quote that the puppet knows of, else one that is written in the message. Only the backend says that the bot wrote
 * what is quoted: the name in a quote that is part of the text is typed by whoever likes to, and so is XML in a text.
 */
async function quoteIn(
  puppet: Puppet,
  messageId: string,
  type: types.Message,
  { text, quote }: Words,
  botId: string,
): Promise<{ text: string; quote?: InboundQuote }> {
  const known = await extrasOf(puppet).messageQuote?.(messageId)
  if (known !== undefined) return { text: withoutQuote(text, known.text), quote: knownQuote(known, botId) }
  if (quote !== undefined) {
    const fromBot = type !== types.Message.Text && quote.authorId === botId
    return { text, quote: { text: quote.text, fromBot, ...labelled(quote.authorName) } }
  }
  const written = textQuote(text)
  if (written === undefined) return { text }
  return { text: written.text, quote: { text: written.quoted, fromBot: false, ...labelled(written.name) } }
}

function labelled(senderLabel: string): Pick<InboundQuote, 'senderLabel'> {
  return senderLabel === '' ? {} : { senderLabel }
}

function knownQuote({ text, talkerId, fileId, fileKind }: QuotedMessage, botId: string): InboundQuote {
  const file = fileId !== undefined && fileKind !== undefined ? { file: { id: fileId, kind: fileKind } } : {}
  return { text, fromBot: talkerId === botId, ...file }
}
