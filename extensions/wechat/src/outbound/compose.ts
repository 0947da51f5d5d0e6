/**
 * Turns text into the parts that are sent: rendered for the backend, split into chunks, within its send budget.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { OutboxPart } from '../model/outbox.ts'
import { chunkText, splitText } from './chunk.ts'
import { renderText } from './format/render.ts'
import { inLanguage, restAttachedNotice } from './notices.ts'
import type { OutgoingFiles } from './outgoing-files.ts'
import { packReply } from './pack.ts'

/** The text format that a puppet accepts. It is known as soon as the puppet exists, before the login. */
export interface TextShape {
  /** Longest message, in UTF-16 units. */
  readonly maxTextLength: number
  /** How much Markdown the clients of the backend show. */
  readonly markdown: 'subset' | 'none'
}

export interface ComposerOptions {
  readonly account: Pick<ResolvedAccount, 'textChunkLimit' | 'chunkMode' | 'replyLanguage'>
  readonly shape: () => TextShape | undefined
  /** Number of sends that the backend still accepts in this conversation. Undefined: no limit. */
  readonly sendsLeft: (conversation: Conversation) => Promise<number | undefined>
  readonly outgoing: Pick<OutgoingFiles, 'keepText'>
}

/** Lines and files that are sent together with the agent's text. */
export interface Surroundings {
  /** Lines above the text, in the first message, and below it, in the last one. */
  readonly above?: readonly string[]
  readonly below?: readonly string[]
  /** Number of files that follow. Each of them needs a send. */
  readonly files?: number
}

/** Sends that are reserved so that a notice can still follow a long answer. */
const reservedSends = 1
/** Part of the sends that files may take from the text; files that need more have to wait. */
const mostForFiles = 0.5
/** The budget of an answer that is queued until the user's next message. */
const freshSends = 10

export class Composer {
  readonly #options: ComposerOptions

  constructor(options: ComposerOptions) {
    this.#options = options
  }

  /** Longest message, in UTF-16 units. */
  get limit(): number {
    const { account, shape } = this.#options
    return Math.min(account.textChunkLimit, shape()?.maxTextLength ?? account.textChunkLimit)
  }

  /** A text that is sent unchanged, such as a notice or an operator's message. */
  plain(text: string): OutboxPart[] {
    const chunks = chunkText(text.trim(), this.limit, this.#options.account.chunkMode)
    return chunks.filter(isNotBlank).map((chunk) => ({ text: chunk }))
  }

  /**
   * The parts of the agent's reply. Resolves after the files in it are written.
   * @param written the user's message, which determines the language of the channel's own notices
   */
  async reply(
    markdown: string,
    conversation: Conversation,
    written: string,
    { above = [], below = [], files = 0 }: Surroundings = {},
  ): Promise<OutboxPart[]> {
    const { account, shape, sendsLeft, outgoing } = this.#options
    const rendered = renderText(markdown, shape()?.markdown ?? 'none').trim()
    const text = [...above, rendered, ...below].filter(isNotBlank).join('\n')
    const left = await sendsLeft(conversation)
    if (left === undefined) return this.plain(text)
    const sends = left === 0 ? freshSends : left
    const { texts, attachment } = packReply(splitText(text, this.limit, account.chunkMode), {
      sends,
      reserve: reservedSends + Math.min(files, Math.floor(sends * mostForFiles)),
      limit: this.limit,
      notice: inLanguage(restAttachedNotice, account.replyLanguage, written),
    })
    const parts: OutboxPart[] = texts.filter(isNotBlank).map((chunk) => ({ text: chunk }))
    if (attachment !== undefined) {
      parts.push({ file: await outgoing.keepText(attachment.name, attachment.content) })
    }
    return parts
  }
}

/** White space alone cannot be sent. */
const isNotBlank = (chunk: string) => chunk.trim() !== ''
