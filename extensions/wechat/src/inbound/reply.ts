/**
 * Gathers the blocks of one reply. Without block replies everything waits for the end; with them, each block that is
 * long enough is committed and sent while the agent still writes.
 */

import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { codeOf, MoltbotError, messageOf, type ReplyBlock, type ReplyMedia } from '@moltbot/channel-sdk'
import { BlockSplitter, clampBlockSize } from '../outbound/blocks.ts'
import { textOf } from '../outbound/chunk.ts'
import type { ClaimedTurn, OutboxFile, OutboxPart } from '../store/store.ts'
import { safeFileName } from './file-name.ts'
import type { TurnsOptions } from './turns-options.ts'

export class ReplyWriter {
  readonly #options: TurnsOptions
  readonly #turn: ClaimedTurn
  readonly #splitter: BlockSplitter | undefined
  #text = ''
  /** Said after the text: what stands for files that are not sent as files. */
  readonly #notes: string[] = []
  readonly #files: { readonly file: OutboxFile }[] = []
  /** The message that the next text quotes. */
  #quoteMessageId: string | undefined

  constructor(options: TurnsOptions, turn: ClaimedTurn) {
    this.#options = options
    this.#turn = turn
    const { account, composer } = options
    this.#quoteMessageId = quotedBy(turn)
    if (account.blockReplies)
      this.#splitter = new BlockSplitter(clampBlockSize(account.draftChunk, composer.limit))
  }

  async take({ text, media = [] }: ReplyBlock): Promise<void> {
    if (this.#splitter === undefined) this.#text += text
    else for (const block of this.#splitter.push(text)) await this.#commit(textOf(block))
    for (const one of media) await this.#takeFile(one)
  }

  /** What is left when the reply is whole. Caption first, then media. */
  async end(): Promise<OutboxPart[]> {
    const rest = this.#splitter === undefined ? this.#text : this.#splitter.flush().map(textOf).join('\n\n')
    const text = [rest, ...this.#notes].join('\n')
    return [...(await this.#compose(text)), ...this.#files]
  }

  /** The turn has no answer: copies of its files go. */
  async discard(): Promise<void> {
    for (const { file } of this.#files) await rm(file.path, { force: true })
  }

  async #commit(block: string): Promise<void> {
    const { store, now, wakeOutbox } = this.#options
    const parts = await this.#compose(block)
    if (parts.length === 0) return
    await store.commitBlock(this.#turn, parts, now())
    wakeOutbox(this.#turn.conversation)
  }

  async #compose(markdown: string): Promise<OutboxPart[]> {
    const written = this.#turn.messages.map((message) => message.text).join('\n')
    const parts = await this.#options.composer.reply(markdown, this.#turn.conversation, written)
    return parts.map((part) => this.#quoting(part))
  }

  #quoting(part: OutboxPart): OutboxPart {
    if (this.#quoteMessageId === undefined || !('text' in part)) return part
    const quoting = { ...part, quoteMessageId: this.#quoteMessageId }
    this.#quoteMessageId = undefined
    return quoting
  }

  /** The outbox keeps a copy: the agent may change or remove its file before it is sent. */
  async #takeFile({ source, name }: ReplyMedia): Promise<void> {
    const { outgoingFolder, account, log } = this.#options
    if ('url' in source) {
      this.#notes.push(source.url)
      return
    }
    const shown = safeFileName(name ?? basename(source.path))
    try {
      const { size } = await stat(source.path)
      if (size > account.mediaMaxBytes) throw new MoltbotError('media-too-large', `${size} bytes`)
      await mkdir(outgoingFolder, { recursive: true, mode: 0o700 })
      const path = join(outgoingFolder, randomUUID())
      await copyFile(source.path, path)
      this.#files.push({ file: { path, name: shown } })
    } catch (error) {
      log.warn({ turnId: this.#turn.id, error: messageOf(error) }, 'a file of the reply was not sent')
      // The error names a path of this machine, which is nobody's business in the chat.
      const why = codeOf(error) === 'media-too-large' ? 'too large' : 'not available'
      this.#notes.push(`[${shown}: ${why}]`)
    }
  }
}

/** In a group the reply says to whom it answers: to the last of the messages. In a direct chat there is no question. */
function quotedBy({ conversation, messages }: ClaimedTurn): string | undefined {
  return conversation.kind === 'group' ? messages.at(-1)?.id : undefined
}
