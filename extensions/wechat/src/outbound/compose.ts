/**
 * Turns text into the parts that are sent: rendered for the backend, split into chunks, within its send budget.
 */

import { type Conversation, hasVisibleText } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { OutboxPart } from '../model/outbox.ts'
import { ReplyBudget } from './budget.ts'
import { chunkText, splitText } from './chunk.ts'
import { renderText } from './format/render.ts'
import { inLanguage, restAttachedNotice } from './notices.ts'
import type { OutgoingFiles } from './outgoing-files.ts'
import { packReply } from './pack.ts'
import { sendable } from './sendable.ts'

/** The text format that a puppet accepts. It is known as soon as the puppet exists, before the login. */
export interface TextShape {
  /** Longest message, in UTF-16 units. */
  readonly maxTextLength: number
  /** How much Markdown the clients of the backend show. */
  readonly markdown: 'subset' | 'none'
}

export interface ComposerOptions {
  readonly account: Pick<
    ResolvedAccount,
    'textChunkLimit' | 'chunkMode' | 'replyLanguage' | 'maxMessagesPerReply'
  >
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
    const chunks = chunkText(sendable(text).trim(), this.limit, this.#options.account.chunkMode)
    return chunks.filter(hasVisibleText).map((chunk) => ({ text: chunk }))
  }

  /** A text that is sent unchanged, fitted into the budget like an answer. Resolves after the file of the rest is written. */
  fitted(text: string, budget: ReplyBudget, written: string, files = 0): Promise<OutboxPart[]> {
    return this.#packed(sendable(text).trim(), budget, written, files)
  }

  /** What the next answer in this conversation may use. */
  async budget(conversation: Conversation): Promise<ReplyBudget> {
    const { account, sendsLeft } = this.#options
    return new ReplyBudget(await sendsLeft(conversation), account.maxMessagesPerReply)
  }

  /**
   * The parts of the agent's reply, or of a block of it. Resolves after the files in it are written.
   * @param budget of the whole reply
   * @param written the user's message, which determines the language of the channel's own notices
   */
  async reply(
    markdown: string,
    budget: ReplyBudget,
    written: string,
    { above = [], below = [], files = 0 }: Surroundings = {},
  ): Promise<OutboxPart[]> {
    // Before it is rendered, since the codes of colours contain brackets; after it, since Markdown can name characters.
    const rendered = sendable(
      renderText(sendable(markdown), this.#options.shape()?.markdown ?? 'none'),
    ).trim()
    const text = [...above, rendered, ...below].filter(hasVisibleText).join('\n')
    return this.#packed(text, budget, written, files)
  }

  async #packed(text: string, budget: ReplyBudget, written: string, files: number): Promise<OutboxPart[]> {
    const { account, outgoing } = this.#options
    const { texts, attachment } = packReply(splitText(text, this.limit, account.chunkMode), {
      messages: budget.messagesLeft(files),
      limit: this.limit,
      notice: inLanguage(restAttachedNotice, account.replyLanguage, written),
    })
    const parts: OutboxPart[] = texts.filter(hasVisibleText).map((chunk) => ({ text: chunk }))
    if (attachment !== undefined) {
      parts.push({ file: await outgoing.keepText(attachment.name, attachment.content) })
    }
    budget.use(parts.length)
    return parts
  }
}
