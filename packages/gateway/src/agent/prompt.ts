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
import { type EarlierFile, filesOf, type TurnFiles } from '../files/turn-files.ts'
import type { Before } from '../model/share.ts'
import { maxTextLength, type SessionTurn } from '../sessions/session-store.ts'
import { clip } from '../text.ts'
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
  /** The present turn alone. */
  readonly messages: ModelMessage[]
  /** What was said before, of which the model gets as much as it takes. */
  readonly before: Before
}

export interface PromptParts {
  readonly turn: Turn
  /** Oldest first. Its oldest exchanges are left out where it is longer than {@link maxHistoryLength}. */
  readonly history: readonly SessionTurn[]
  readonly files: TurnFiles
  /** The agent's own system prompt. */
  readonly system: string
  /** Whether tools may return data in this turn. */
  readonly hasTools: boolean
}

export function promptFor({ turn, history, files, system, hasTools }: PromptParts): Prompt {
  const { own, earlier } = files
  const text = [...earlierFilesBlock(earlier), ...messageTexts(turn, own)].join('\n')
  const attached = [...earlier.map(({ content }) => content), ...own].flatMap((file): FilePart[] =>
    'bytes' in file ? [{ type: 'file', mediaType: file.mediaType, data: file.bytes }] : [],
  )
  const before = beforeOf(turn, history, files)
  const all = [text, before.context.text(1), ...before.turns.map(({ user }) => user)]
  // The results of tools are marked too.
  const marked = all.some(hasUntrusted) || hasTools
  return {
    system: [system, ...(marked ? [untrustedRule] : []), turn.systemPrompt ?? '']
      .filter((part) => part !== '')
      .join('\n\n'),
    messages: [
      { role: 'user', content: attached.length === 0 ? text : [{ type: 'text', text }, ...attached] },
    ],
    before,
  }
}

function beforeOf(turn: Turn, history: readonly SessionTurn[], { earlier }: TurnFiles): Before {
  const { context = [] } = turn
  const own = filesOf(turn)
  // Earlier files are shown where the turn brings none.
  const files = own.length > 0 ? own : earlier.map(({ facts }) => facts)
  return {
    turns: newestWithin(history, maxHistoryLength).map(({ user, assistant, notes = '' }) => ({
      user,
      assistant: withNote(assistant, notes),
    })),
    context: {
      count: Math.min(context.length, maxContextMessages),
      text: (count) => contextBlock(context, count).join('\n'),
    },
    all: {
      turns: history.length,
      context: context.length,
      images: files.some(({ kind }) => kind === 'image'),
      audio: files.some(({ kind }) => kind === 'voice'),
    },
    shortened: withoutMiddle,
  }
}

/** Below this the present turn is what it is; more would only be marks. */
function withoutMiddle(text: string, maxLength: number): string {
  const half = Math.floor(maxLength / 2)
  if (text.length <= 2 * half) return text
  const end = text.slice(-half)
  return `${clip(text.slice(0, half + 1), half)}\n(${text.length - 2 * half} characters left out: too long for this model)\n${end.toWellFormed()}`
}

/**
 * What the session keeps of a turn. In a direct chat it is as the model reads it, without context and what is in the files;
 * without all blocks where they would be too long, lest one be cut open. In a group it is what was said and by whom, as
 * data: what one member asked for is no order in the turn of another, who may have other tools.
 */
export function userTextOf(turn: Turn): string {
  if (turn.conversation.kind === 'group') return groupTextOf(turn)
  const full = messageTexts(turn, []).join('\n')
  return full.length <= maxTextLength ? full : turn.messages.map(ownText).join('\n')
}

function groupTextOf({ messages }: Turn): string {
  const items = messages.map((message) => ({
    from: message.sender.label,
    id: message.sender.id,
    text: ownText(message),
    answersTo: message.quote?.text,
    files: message.media?.map(({ name }) => name).join(', ') || undefined,
  }))
  // Each is cut to the length of a value; the newest are kept where they are too many.
  for (let from = 0; from < items.length; from++) {
    const block = untrustedItems('earlier messages of this group that you answered', items.slice(from))
    if (block.length <= maxTextLength) return block
  }
  return untrustedItems('earlier messages of this group that you answered', [])
}

/**
 * What the model should know of an answer besides its text. It stands in the answer, in a tag that is taken out should the
 * model write one itself (`markup.ts`).
 */
export function notesOn({
  files,
  outcome,
}: {
  readonly files: readonly string[]
  readonly outcome: Outcome
}): string {
  const sent = files.length === 0 ? '' : `files sent: ${files.map((name) => JSON.stringify(name)).join(', ')}`
  return [sent, outcomeNotes[outcome]].filter((note) => note !== '').join('; ')
}

/** How a turn ended. */
export type Outcome = 'answered' | 'cut' | 'failed'

const outcomeNotes: Readonly<Record<Outcome, string>> = {
  answered: '',
  cut: 'the answer was cut off before its end, and the person may ask for the rest',
  failed: 'no answer was sent, because of a technical failure; the person may ask again',
}

function withNote(text: string, note: string): string {
  if (note === '') return text
  const tag = `<turn-note>${note.replaceAll(/[<>]/g, ' ')}</turn-note>`
  return text === '' ? tag : `${text}\n\n${tag}`
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

function contextBlock(context: readonly ContextMessage[], count: number): string[] {
  if (count === 0 || context.length === 0) return []
  const items = context
    .slice(-Math.min(count, maxContextMessages))
    .map(({ senderLabel, text, timestampMs }) => ({
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
