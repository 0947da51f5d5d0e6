/**
 * From a Wechaty message to a plain one. What is not a person's message to the bot has no plain form.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import type { Message } from 'wechaty'
import { types } from 'wechaty-puppet'
import type { IdStability } from '../model/ids.ts'
import type { InboundKind, InboundMessage, InboundQuote } from '../model/message.ts'
import type { PuppetExtras, QuotedMessage } from '../puppets/extras.ts'
import { textQuote, withoutQuote } from './text-quote.ts'

export type Ignored = 'self' | 'system' | 'not-a-person'

export interface NormalizeContext {
  readonly accountId: string
  readonly bot: { readonly id: string; readonly name: string }
  /** The person the bot belongs to, where the backend knows one. */
  readonly ownerId: string | undefined
  readonly idStability: IdStability
  readonly extras: Pick<PuppetExtras, 'messageQuote'>
  /** The ids that the backend lists as mentioned in a message; undefined where it has no list. */
  readonly mentionIds: (messageId: string) => Promise<readonly string[] | undefined>
  /** What the bot is called in a group, where that differs from its name. */
  readonly groupAlias: (roomId: string) => Promise<string | undefined>
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

export async function normalize(
  message: Message,
  context: NormalizeContext,
): Promise<InboundMessage | Ignored> {
  const talker = message.talker()
  if (message.self()) return 'self'
  if (systemTypes.has(message.type())) return 'system'
  if (talker.type() === types.Contact.Official) return 'not-a-person'
  const kind = kinds.get(message.type()) ?? 'other'
  const room = message.room()
  const groupAlias = room && (await context.groupAlias(room.id))
  const mentionIds = room && (await context.mentionIds(message.id))
  const { text, quote } = await quoteIn(message, context, groupAlias)
  return {
    accountId: context.accountId,
    id: message.id,
    conversation: conversationOf(message),
    sender: await senderOf(message, context),
    bot: { ...context.bot, ...(groupAlias !== undefined && { groupAlias }) },
    idStability: context.idStability,
    ...(mentionIds !== undefined && { mentionIds }),
    ...(quote !== undefined && { quote }),
    kind,
    text: textOf(kind, text),
    timestampMs: message.date().getTime(),
    ...(context.ownerId !== undefined && { ownerId: context.ownerId }),
  }
}

function conversationOf(message: Message): Conversation {
  const room = message.room()
  return room === undefined ? { kind: 'direct', id: message.talker().id } : { kind: 'group', id: room.id }
}

async function senderOf(message: Message, context: NormalizeContext): Promise<InboundMessage['sender']> {
  const talker = message.talker()
  const label = talker.name()
  const alias = context.idStability === 'session' ? await talker.alias() : undefined
  return { id: talker.id, ...(label !== '' && { label }), ...(alias && { alias }) }
}

/** The quote that the puppet knows of, else one that stands in the text. */
async function quoteIn(
  message: Message,
  { bot, extras }: NormalizeContext,
  groupAlias: string | undefined,
): Promise<{ text: string; quote?: InboundQuote }> {
  const text = message.text()
  const known = await extras.messageQuote?.(message.id)
  if (known !== undefined) return { text: withoutQuote(text, known.text), quote: knownQuote(known, bot.id) }
  const written = textQuote(text)
  if (written === undefined) return { text }
  const fromBot = written.name === bot.name || written.name === groupAlias
  return { text: written.text, quote: { text: written.quoted, fromBot, senderLabel: written.name } }
}

function knownQuote({ text, talkerId, fileId, fileKind }: QuotedMessage, botId: string): InboundQuote {
  const file = fileId !== undefined && fileKind !== undefined ? { file: { id: fileId, kind: fileKind } } : {}
  return { text, fromBot: talkerId === botId, ...file }
}

/** A voice's transcript or a file's caption is its text; media without any is named, so that nobody is met by silence. */
function textOf(kind: InboundKind, text: string): string {
  return kind === 'text' || text.trim() !== '' ? text : `[${kind}]`
}
