/**
 * From what is to be said to the parts that go out: rendered for the backend, in chunks, within its send budget.
 */

import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Conversation } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { OutboxPart } from '../store/store.ts'
import { chunkText, splitText } from './chunk.ts'
import { renderText } from './format/render.ts'
import { inLanguage, restAttachedNotice } from './notices.ts'
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
  readonly sendsLeft: (conversation: Conversation) => number | undefined
  /** Where files of the outbox lie. */
  readonly outgoingFolder: string
}

/** Kept back so that a notice can still follow a long answer. */
const reservedSends = 1
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
  async reply(markdown: string, conversation: Conversation, written: string): Promise<OutboxPart[]> {
    const { account, shape, sendsLeft, outgoingFolder } = this.#options
    const text = renderText(markdown, shape()?.markdown ?? 'none')
    const sends = sendsLeft(conversation)
    if (sends === undefined) return this.plain(text)
    const { texts, attachment } = packReply(splitText(text.trim(), this.limit, account.chunkMode), {
      sends: sends === 0 ? freshSends : sends,
      reserve: reservedSends,
      limit: this.limit,
      notice: inLanguage(restAttachedNotice, account.replyLanguage, written),
    })
    const parts: OutboxPart[] = texts.filter(isSayable).map((chunk) => ({ text: chunk }))
    if (attachment !== undefined) parts.push({ file: await keepFile(outgoingFolder, attachment) })
    return parts
  }
}

/** White space alone cannot be sent, and nobody misses it. */
const isSayable = (chunk: string) => chunk.trim() !== ''

async function keepFile(
  folder: string,
  { name, content }: { readonly name: string; readonly content: string },
) {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, randomUUID())
  await writeFile(path, content, { mode: 0o600 })
  return { path, name }
}
