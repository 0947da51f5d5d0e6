/**
 * How much is sent along with what a model is asked. The present turn always is; earlier turns, the context of a group
 * and, at the worst, the middle of long texts give way to the model's limit.
 */

import type { ModelPrompt, PromptMessage, UserPart } from './library.ts'
import { tokensIn, tokensInPrompt } from './tokens.ts'

/** What was said before the present turn. */
export interface Before {
  /** Oldest first. */
  readonly turns: readonly EarlierTurn[]
  /** The messages of a group that were not said to the agent. */
  readonly context: GroupContext
  /** All that there is to send, also what is too much for any model. */
  readonly all: { readonly turns: number; readonly context: number } & Pick<Share, 'images' | 'audio'>
  /** A text without its middle, of about `maxLength` UTF-16 units, with a mark where something is missing. */
  readonly shortened: (text: string, maxLength: number) => string
}

export interface EarlierTurn {
  readonly user: string
  /** Empty where there was none: models refuse empty messages, so it is left out. */
  readonly assistant: string
}

export interface GroupContext {
  readonly count: number
  /** The newest `count` of them as a text; empty for 0. */
  text(count: number): string
}

export interface Share {
  /** The newest so many earlier turns. */
  readonly turns: number
  /** The newest so many messages of the group's context. */
  readonly context: number
  /** Longer texts lose their middle. UTF-16 units. */
  readonly textLength: number
  readonly images: boolean
  readonly audio: boolean
}

export const wholeShare = ({ turns, context }: Before): Share => ({
  turns: turns.length,
  context: context.count,
  textLength: Number.POSITIVE_INFINITY,
  images: true,
  audio: true,
})

/** Shorter texts are not worth a question. */
const shortestText = 1_000
/** Places of a text that was shortened for want of room; a turn that is not sent has none. */
const shortenedTo = 1 / 3

/**
 * The next smaller share, after one that was refused for its length: first half of what was said before, then nothing
 * of it, then no pictures, then shorter texts. Undefined where nothing is left to leave out.
 */
export function lesserShare(share: Share, refused: ModelPrompt, halved: boolean): Share | undefined {
  const { turns, context } = share
  if (turns + context > 1 && !halved)
    return { ...share, turns: Math.floor(turns / 2), context: Math.floor(context / 2) }
  if (turns + context > 0) return { ...share, turns: 0, context: 0 }
  if (share.images && hasFiles(refused, 'image')) return { ...share, images: false }
  const longest = Math.max(...refused.flatMap(textsOf).map((text) => text.length), 0)
  const textLength = Math.floor(Math.min(share.textLength, longest) * shortenedTo)
  return textLength < shortestText ? undefined : { ...share, textLength }
}

/**
 * As much of `cap` as fits into `budget` tokens, as {@link tokensIn} counts them. The present turn is sent whatever it
 * takes; the group's context gets half of the rest at most, for the newest earlier turns say what it is about.
 */
export function shareWithin(budget: number, prompt: ModelPrompt, before: Before, cap: Share): Share {
  let left = budget - tokensInPrompt(promptWith(prompt, before, { ...cap, turns: 0, context: 0 }))
  let { context } = cap
  const contextTokens = () => tokensIn(before.context.text(context))
  while (context > 0 && contextTokens() > left / 2) context = Math.floor(context / 2)
  left -= contextTokens()
  const newest = before.turns.slice(before.turns.length - cap.turns).reverse()
  const firstTooMany = newest.findIndex((turn) => {
    left -= tokensIn(turn.user) + tokensIn(turn.assistant)
    return left < 0
  })
  return { ...cap, context, turns: firstTooMany < 0 ? newest.length : firstTooMany }
}

/**
 * The prompt with what was said before it.
 * @param prompt system messages, then the present turn, then what became of its tool calls
 */
export function promptWith(prompt: ModelPrompt, before: Before, share: Share): ModelPrompt {
  const start = prompt.findIndex(({ role }) => role === 'user')
  const earlier = earlierMessages(before, share.turns)
  const context = before.context.text(share.context)
  const open = earlier.at(-1)?.role === 'user' ? (earlier.pop()?.text ?? '') : ''
  const messages = prompt.map((message) => restrict(message, before, share))
  const present = withTextBefore(messages[start], [open, context])
  return [
    ...messages.slice(0, start),
    ...earlier.map(({ role, text }): PromptMessage => ({ role, content: [{ type: 'text', text }] })),
    ...present,
    ...messages.slice(start + 1),
  ]
}

interface Said {
  readonly role: 'user' | 'assistant'
  readonly text: string
}

/** Roles take turns, as strict providers demand: what the same role said in a row is one message. */
function earlierMessages({ turns }: Before, count: number): Said[] {
  const said: Said[] = []
  const add = (role: Said['role'], text: string) => {
    if (text === '') return
    const last = said.at(-1)
    if (last?.role === role) said[said.length - 1] = { role, text: `${last.text}\n\n${text}` }
    else said.push({ role, text })
  }
  for (const { user, assistant } of turns.slice(turns.length - count)) {
    add('user', user)
    add('assistant', assistant)
  }
  return said
}

function withTextBefore(
  present: PromptMessage | undefined,
  [open = '', context = '']: string[],
): PromptMessage[] {
  if (present?.role !== 'user') return present === undefined ? [] : [present]
  const [first, ...rest] = present.content
  const own = first?.type === 'text' ? first.text : ''
  const now = [context, own].filter((text) => text !== '').join('\n')
  const text = open === '' ? now : `${open}\n\n${now}`
  return [
    { role: 'user', content: [{ type: 'text', text }, ...(first?.type === 'text' ? rest : present.content)] },
  ]
}

function restrict(message: PromptMessage, { shortened }: Before, share: Share): PromptMessage {
  const { textLength } = share
  if (message.role === 'user') {
    const content = message.content.map((part) => withoutFile(part, share)).map((part) => shortPart(part))
    return { ...message, content }
  }
  if (message.role !== 'tool') return message
  const content = message.content.map((part) => {
    if (part.type !== 'tool-result' || part.output.type !== 'text') return part
    return { ...part, output: { ...part.output, value: shortText(part.output.value) } }
  })
  return { ...message, content }

  function shortPart(part: UserPart): UserPart {
    return part.type === 'text' ? { ...part, text: shortText(part.text) } : part
  }
  function shortText(text: string): string {
    return text.length > textLength ? shortened(text, textLength) : text
  }
}

const leftOut = {
  image: '(A picture was left out here: the model does not take it.)',
  audio: '(A voice message was left out here: the model does not take it.)',
}

function withoutFile(part: UserPart, { images, audio }: Share): UserPart {
  if (part.type !== 'file') return part
  if (!images && part.mediaType.startsWith('image')) return { type: 'text', text: leftOut.image }
  if (!audio && part.mediaType.startsWith('audio')) return { type: 'text', text: leftOut.audio }
  return part
}

export function hasFiles(prompt: ModelPrompt, kind: 'image' | 'audio'): boolean {
  return prompt.some(
    ({ role, content }) =>
      role === 'user' && content.some((part) => part.type === 'file' && part.mediaType.startsWith(kind)),
  )
}

function textsOf(message: PromptMessage): string[] {
  if (message.role === 'user')
    return message.content.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  if (message.role !== 'tool') return []
  return message.content.flatMap((part) =>
    part.type === 'tool-result' && part.output.type === 'text' ? [part.output.value] : [],
  )
}
