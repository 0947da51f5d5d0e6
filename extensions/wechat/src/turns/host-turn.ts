/**
 * What the host is given of a turn: the channel's rules applied, names and foreign text made safe. Pure.
 */

import {
  type ContextMessage,
  MoltbotError,
  type Notice,
  type Quote,
  type Sender,
  type Turn,
  type TurnMessage,
  type UndeliveredPart,
} from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import { joinParts } from '../inbound/paste.ts'
import type { InboundMessage, InboundQuote } from '../model/message.ts'
import type { OutboxPart } from '../model/outbox.ts'
import type { OutgoingFiles } from '../outbound/outgoing-files.ts'
import type { Person } from '../policy/facts.ts'
import { stripMention } from '../policy/mention.ts'
import { dmRules, groupRules } from '../policy/rules.ts'
import { toolScopes } from '../policy/tools.ts'
import { safeBody, safeLabel, untrustedCaps } from '../policy/untrusted.ts'
import type { ClaimedTurn } from '../store/store.ts'
import type { GatheredMedia } from './media.ts'
import { restFileName } from './rest-files.ts'

/** Earlier turns of a group's session that the agent sees, with its answers. */
const groupTurnsSeen = 20

export interface HostTurnOptions {
  readonly channelId: string
  readonly account: ResolvedAccount
  readonly outgoing: Pick<OutgoingFiles, 'maxBytes'>
}

export function hostTurn(
  { channelId, account, outgoing }: HostTurnOptions,
  turn: ClaimedTurn,
  gathered: Pick<GatheredMedia, 'media' | 'missing'>,
): Turn {
  const [first] = turn.messages
  if (first === undefined) throw new MoltbotError('turn-empty', `turn ${turn.id} has no message`)
  const { conversation } = turn
  const rules =
    conversation.kind === 'group' ? groupRules(account, conversation.id, first.idStability) : undefined
  const senders = turn.messages.map(personOf)
  const tools = toolScopes(account, {
    conversationKind: conversation.kind,
    conversationId: conversation.id,
    senders,
  })
  const systemPrompt = rules?.systemPrompt
  const undelivered = (turn.undelivered ?? []).flatMap(({ part }) => undeliveredPart(part))
  return {
    id: turn.id,
    channelId,
    accountId: account.id,
    conversation,
    sender: senderOf(first),
    attempt: turn.attempt,
    messages: joinParts(turn.messages).map((message) => turnMessage(account, message, gathered)),
    ...(turn.history.length > 0 && {
      context: turn.history.map((message) => contextMessage(message, gathered)),
    }),
    ...(undelivered.length > 0 && { undelivered }),
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(tools.length > 0 && { tools }),
    historyLimit: rules === undefined ? dmRules(account, personOf(first)).historyLimit : groupTurnsSeen,
    maxFileBytes: outgoing.maxBytes,
    blocks: account.blockReplies,
  }
}

function turnMessage(
  account: ResolvedAccount,
  message: InboundMessage,
  { media, missing }: Pick<GatheredMedia, 'media' | 'missing'>,
): TurnMessage {
  const { id, timestampMs, quote } = message
  const files = media.get(id)
  return {
    id,
    sender: senderOf(message),
    text: withNote(withoutRest(spoken(account, message), message), missing.get(id)),
    timestampMs,
    ...(quote !== undefined && { quote: hostQuote(quote, { media, missing }) }),
    ...(files !== undefined && { media: files }),
  }
}

/** The agent has to know that there is more. */
function withoutRest(text: string, { rest }: InboundMessage): string {
  if (rest === undefined) return text
  return `${text}\n[The message was cut here. It has ${rest.totalLength} characters; what follows is in ${restFileName}.]`
}

/** In a group, without the mention. */
function spoken(account: ResolvedAccount, message: InboundMessage): string {
  const { conversation, text, bot, idStability } = message
  if (conversation.kind !== 'group') return text
  const { mentionPatterns } = groupRules(account, conversation.id, idStability)
  return stripMention(text, { selfName: bot.name, selfGroupAlias: bot.groupAlias }, mentionPatterns)
}

function contextMessage(message: InboundMessage, { media }: Pick<GatheredMedia, 'media'>): ContextMessage {
  const files = media.get(message.id)
  return {
    senderLabel: safeLabel(message.sender.label ?? message.sender.id),
    text: safeBody(message.text, untrustedCaps.groupMessage),
    timestampMs: message.timestampMs,
    ...(files !== undefined && { media: files }),
  }
}

function hostQuote(
  { text, fromBot, senderLabel, file }: InboundQuote,
  { media, missing }: Pick<GatheredMedia, 'media' | 'missing'>,
): Quote {
  const files = file && media.get(file.id)
  return {
    text: withNote(safeBody(text, untrustedCaps.quote), file && missing.get(file.id)),
    fromBot,
    ...(senderLabel !== undefined && { senderLabel: safeLabel(senderLabel) }),
    ...(files !== undefined && { media: files }),
  }
}

/** Retention may have removed the text. */
function undeliveredPart(part: OutboxPart): UndeliveredPart[] {
  if ('file' in part) return [{ fileName: safeLabel(part.file.name, untrustedCaps.fileName) }]
  const text = safeBody(part.text, untrustedCaps.quote)
  return text === '' ? [] : [{ text }]
}

function withNote(text: string, note: Notice | undefined): string {
  return note === undefined ? text : `${text}\n${note.en}`
}

function personOf({ sender, idStability }: InboundMessage): Person {
  return { senderId: sender.id, alias: sender.alias, idStability }
}

function senderOf({ sender: { id, label } }: InboundMessage): Sender {
  return { id, ...(label !== undefined && { label: safeLabel(label) }) }
}
