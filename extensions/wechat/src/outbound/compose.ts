/**
 * From what is to be said to the parts that go out: rendered for the backend, in chunks, within its send budget.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { OutboxPart } from '../model/outbox.ts'
import { chunkText, splitText } from './chunk.ts'
import { renderText } from './format/render.ts'
import { inLanguage, restAttachedNotice } from './notices.ts'
import type { OutgoingFiles } from './outgoing-files.ts'
import { packReply } from './pack.ts'

/** What a puppet takes; known once there is one, before it is logged in. */
export interface TextShape {
  /** UTF-16 units in one message. */
  readonly maxTextLength: number
  /** How much Markdown the backend's clients show. */
  readonly markdown: 'subset' | 'none'
}

export interface ComposerOptions {
  readonly account: Pick<ResolvedAccount, 'textChunkLimit' | 'chunkMode' | 'replyLanguage'>
  readonly shape: () => TextShape | undefined
  /** Sends that the backend still takes in this conversation; undefined: any number. */
  readonly sendsLeft: (conversation: Conversation) => Promise<number | undefined>
  readonly outgoing: Pick<OutgoingFiles, 'keepText'>
}

/** What goes out with the agent's text. */
export interface Surroundings {
  /** Said in the first message, above the text, and in the last one, below it. */
  readonly above?: readonly string[]
  readonly below?: readonly string[]
  /** Files that follow, which need sends of their own. */
  readonly files?: number
}

/** Kept back so that a notice can still follow a long answer. */
const reservedSends = 1
/** Part of the sends that files may take from the text; files that need more have to wait. */
const mostForFiles = 0.5
/** What an answer is packed for that has to wait for the person's next message. */
const freshSends = 10

export class Composer {
  readonly #options: ComposerOptions

  constructor(options: ComposerOptions) {
    this.#options = options
  }

  /** UTF-16 units that one message may have. */
  get limit(): number {
    const { account, shape } = this.#options
    return Math.min(account.textChunkLimit, shape()?.maxTextLength ?? account.textChunkLimit)
  }

  /** A text that is sent as it is, such as a notice or an operator's message. */
  plain(text: string): OutboxPart[] {
    const chunks = chunkText(text.trim(), this.limit, this.#options.account.chunkMode)
    return chunks.filter(isSayable).map((chunk) => ({ text: chunk }))
  }

  /**
   * What the agent wrote. Files that it needs are written before this resolves.
   * @param written what the person wrote, for the language of the channel's own words
   */
  async reply(
    markdown: string,
    conversation: Conversation,
    written: string,
    { above = [], below = [], files = 0 }: Surroundings = {},
  ): Promise<OutboxPart[]> {
    const { account, shape, sendsLeft, outgoing } = this.#options
    const rendered = renderText(markdown, shape()?.markdown ?? 'none').trim()
    const text = [...above, rendered, ...below].filter(isSayable).join('\n')
    const left = await sendsLeft(conversation)
    if (left === undefined) return this.plain(text)
    const sends = left === 0 ? freshSends : left
    const { texts, attachment } = packReply(splitText(text, this.limit, account.chunkMode), {
      sends,
      reserve: reservedSends + Math.min(files, Math.floor(sends * mostForFiles)),
      limit: this.limit,
      notice: inLanguage(restAttachedNotice, account.replyLanguage, written),
    })
    const parts: OutboxPart[] = texts.filter(isSayable).map((chunk) => ({ text: chunk }))
    if (attachment !== undefined) {
      parts.push({ file: await outgoing.keepText(attachment.name, attachment.content) })
    }
    return parts
  }
}

/** White space alone cannot be sent. */
const isSayable = (chunk: string) => chunk.trim() !== ''
