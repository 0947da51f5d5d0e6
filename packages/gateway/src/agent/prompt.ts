/**
 * What the model reads: the system prompt, what was said before, and the messages of this turn. Everything but the text
 * of those messages is in blocks of untrusted data, the names of their senders too: anyone can call themselves an
 * instruction.
 */

import type {
  ContextMessage,
  Sender,
  Turn,
  TurnMedia,
  TurnMessage,
  UndeliveredPart,
} from '@moltbot/channel-sdk'
import type { FilePart, ModelMessage } from 'ai'
import type { FileContent } from '../files/file-content.ts'
import type { FileFacts } from '../files/kept-files.ts'
import type { EarlierFile, TurnFiles } from '../files/turn-files.ts'
import { maxTextLength, type SessionTurn } from '../sessions/session-store.ts'
import { hasUntrusted, untrustedItems, untrustedRule, untrustedText, withoutMarkers } from './untrusted.ts'

export const defaultSystemPrompt =
  'You are a helpful assistant in a WeChat chat. Answer in the language of the person who writes to you, ' +
  'briefly and to the point, as one does in a chat.'

/** UTF-16 units of earlier exchanges that are sent along, however many turns the configuration allows. */
export const maxHistoryLength = 200_000
/** Messages of a group that are sent along, the newest of them. */
export const maxContextMessages = 200

export interface Prompt {
  readonly system: string
  readonly messages: ModelMessage[]
}

export interface PromptParts {
  readonly turn: Turn
  /** Oldest first. Its oldest exchanges are left out where it is longer than {@link maxHistoryLength}. */
  readonly history: readonly SessionTurn[]
  readonly files: TurnFiles
  /** The agent's own system prompt. */
  readonly system: string
}

export function promptFor({ turn, history, files, system }: PromptParts): Prompt {
  const before = newestWithin(history, maxHistoryLength)
  const { own, earlier } = files
  const text = [
    ...contextBlock(turn.context),
    ...earlierFilesBlock(earlier),
    ...messageTexts(turn, own),
  ].join('\n')
  const attached = [...earlier.map(({ content }) => content), ...own].flatMap((file): FilePart[] =>
    'bytes' in file ? [{ type: 'file', mediaType: file.mediaType, data: file.bytes }] : [],
  )
  const marked = [text, ...before.map(({ user }) => user)].some(hasUntrusted)
  return {
    system: [system, ...(marked ? [untrustedRule] : []), turn.systemPrompt ?? '']
      .filter((part) => part !== '')
      .join('\n\n'),
    messages: [
      ...before.flatMap(({ user, assistant }): ModelMessage[] => [
        { role: 'user', content: user },
        { role: 'assistant', content: assistant },
      ]),
      { role: 'user', content: attached.length === 0 ? text : [{ type: 'text', text }, ...attached] },
    ],
  }
}

/**
 * What the session keeps of a turn: as the model reads it, without context and what is in the files; without all blocks
 * where they would be too long, lest one be cut open.
 */
export function userTextOf(turn: Turn): string {
  const full = messageTexts(turn, []).join('\n')
  return full.length <= maxTextLength ? full : turn.messages.map(ownText).join('\n')
}

function messageTexts(turn: Turn, files: readonly FileContent[]): string[] {
  let taken = 0
  const take = (media: readonly TurnMedia[]) => {
    const contents = files.slice(taken, taken + media.length)
    taken += media.length
    return contents
  }
  const senderBlock = senderBlocks(turn)
  const messages = turn.messages.flatMap((message, index) => {
    const { media = [], quote } = message
    const quoted = quote?.media ?? []
    return [
      ...senderBlock(message.sender, index),
      ...quoteBlock(quote),
      ...fileBlocks(quotedFiles, quoted, take(quoted)),
      ...fileBlocks(ownFiles, media, take(media)),
      ownText(message),
    ]
  })
  return [...undeliveredBlock(turn.undelivered), ...messages]
}

/** Part of the session, because the history of the agent says that it sent these parts. */
function undeliveredBlock(parts: readonly UndeliveredPart[] = []): string[] {
  if (parts.length === 0) return []
  return [untrustedItems('parts of your earlier replies that could not be delivered to the chat', parts)]
}

/**
 * Who wrote a message of a group: before each one where several people did, before the first where one did. People are
 * numbered, so that two of the same name can be distinguished, and a name cannot imitate a number. In a direct chat the
 * person is known.
 */
function senderBlocks({ conversation, messages }: Turn): (sender: Sender, index: number) => string[] {
  if (conversation.kind === 'direct') return () => []
  const ids = [...new Set(messages.map(({ sender }) => sender.id))]
  if (ids.length > 1) {
    const about = 'who wrote the following message; the same person has the same number'
    return ({ id, label }) => [untrustedItems(about, [{ person: ids.indexOf(id) + 1, from: label }])]
  }
  const about = `who wrote the following ${messages.length > 1 ? 'messages' : 'message'}`
  return ({ label }, index) =>
    index > 0 || label === undefined ? [] : [untrustedItems(about, [{ from: label }])]
}

/** Models refuse empty messages. */
function ownText({ text, media = [] }: TurnMessage): string {
  return withoutMarkers(text) || (media.length > 0 ? '(a file without words)' : '(no words)')
}

function contextBlock(context: readonly ContextMessage[] = []): string[] {
  if (context.length === 0) return []
  const items = context.slice(-maxContextMessages).map(({ senderLabel, text, timestampMs }) => ({
    from: senderLabel,
    at: isoTime(timestampMs),
    text,
  }))
  return [untrustedItems('earlier messages of this group, oldest first, not addressed to you', items)]
}

function isoTime(ms: number): string | undefined {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

function quoteBlock(quote: TurnMessage['quote']): string[] {
  if (quote === undefined) return []
  const { text, fromBot, senderLabel } = quote
  const about = `what the following message answers to, ${fromBot ? 'said by you' : 'said by another'}`
  return [untrustedItems(about, [{ from: senderLabel, text }])]
}

/** Each is named, shown or not: the model can ask for it to be sent again. */
function earlierFilesBlock(files: readonly EarlierFile[]): string[] {
  if (files.length === 0) return []
  const items = files.map(({ facts, from, atMs, content }, index) => ({
    ...fileItem(facts, index, content),
    from,
    at: isoTime(atMs),
  }))
  const about = 'files that came earlier in this conversation, oldest first'
  return [
    untrustedItems(about, items),
    ...fileTexts(
      'earlier file',
      files.map(({ content }) => content),
    ),
  ]
}

const quotedFiles = { about: 'files of what the following message answers to', one: 'quoted file' }
const ownFiles = { about: 'files that came with the following message', one: 'file' }

function fileBlocks(
  { about, one }: typeof ownFiles,
  media: readonly TurnMedia[],
  contents: readonly FileContent[],
): string[] {
  if (media.length === 0) return []
  const items = media.map((facts, index) => fileItem(facts, index, contents[index]))
  return [untrustedItems(about, items), ...fileTexts(one, contents)]
}

function fileItem({ name, kind, mimeType, sizeBytes }: FileFacts, index: number, content?: FileContent) {
  return { file: index + 1, name, kind, mimeType, sizeBytes, note: content && noteOn(content) }
}

function fileTexts(one: string, contents: readonly FileContent[]): string[] {
  return contents.flatMap((content, index) =>
    content.kind === 'text' ? [untrustedText(`what is in ${one} ${index + 1}`, content.text)] : [],
  )
}

function noteOn(content: FileContent): string {
  if (content.kind === 'named') return `not shown: ${content.why}`
  if (content.kind === 'image') return 'shown as an image'
  if (content.kind === 'voice') return 'played as sound'
  return content.cut ? 'the beginning of it follows' : 'it follows'
}

function newestWithin(history: readonly SessionTurn[], maxLength: number): readonly SessionTurn[] {
  let length = 0
  const firstTooMany = history.findLastIndex(({ user, assistant }) => {
    length += user.length + assistant.length
    return length > maxLength
  })
  return history.slice(firstTooMany + 1)
}
