/**
 * Gathers the blocks of one reply. Without block replies everything waits for the end; with them, each block that is
 * long enough is committed and sent while the agent still writes.
 */

import { basename } from 'node:path'
import {
  codeOf,
  type Logger,
  MoltbotError,
  messageOf,
  type Notice,
  type ReplyMedia,
  type ReplyPiece,
} from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import { safeFileName } from '../files/file-name.ts'
import type { OutboxFile, OutboxPart } from '../model/outbox.ts'
import { BlockSplitter, clampBlockSize } from '../outbound/blocks.ts'
import type { ReplyBudget } from '../outbound/budget.ts'
import { type Chunk, textOf } from '../outbound/chunk.ts'
import type { Composer, Surroundings } from '../outbound/compose.ts'
import { inLanguage, type MediaTrouble, notSentNotice } from '../outbound/notices.ts'
import { nameInUrl, type OutgoingFiles } from '../outbound/outgoing-files.ts'
import type { ClaimedTurn } from '../store/store.ts'
import { isDatabaseAway } from './database-away.ts'

/** Of one reply; each is copied, and each takes a send. */
const maxFiles = 20
/** What a reply in blocks keeps for the rest of its text: a message that says so, and the file. */
const messagesForRest = 2

const troubleByCode: Readonly<Record<string, MediaTrouble>> = {
  'media-too-large': 'too-large',
  'url-too-large': 'too-large',
  'media-too-many': 'too-many',
  'media-no-room': 'no-room',
}
/** After these a person may try the address of a file themselves. An address that the guard refused is never shown. */
const worthTrying: ReadonlySet<string> = new Set(['url-failed', 'url-timeout', 'url-too-large'])

export interface ReplyOptions {
  readonly account: ResolvedAccount
  readonly composer: Composer
  readonly outgoing: OutgoingFiles
  readonly log: Logger
}

export class ReplyWriter {
  readonly #options: ReplyOptions
  readonly #turn: ClaimedTurn
  readonly #commitBlock: (parts: readonly OutboxPart[]) => Promise<void>
  readonly #signal: AbortSignal
  /** Undefined: the reply is sent when it is whole, or its rest follows at the end. */
  #splitter: BlockSplitter | undefined
  /** Text that is not in a block. */
  #text = ''
  #budget: Promise<ReplyBudget> | undefined
  #unsaid: readonly Notice[] = []
  /** Lines after the text for files that are not sent. */
  readonly #notes: string[] = []
  readonly #files: { readonly file: OutboxFile }[] = []
  /** The message that the next text quotes. */
  #quoteMessageId: string | undefined

  /** @param commitBlock stores a block of a reply that is not whole yet, and sends it */
  constructor(
    options: ReplyOptions,
    turn: ClaimedTurn,
    commitBlock: (parts: readonly OutboxPart[]) => Promise<void>,
    signal: AbortSignal,
  ) {
    this.#options = options
    this.#turn = turn
    this.#commitBlock = commitBlock
    this.#signal = signal
    const { account, composer } = options
    this.#quoteMessageId = quotedBy(turn)
    if (account.blockReplies)
      this.#splitter = new BlockSplitter(clampBlockSize(account.draftChunk, composer.limit))
  }

  /** Notices that stand above the reply's next text. */
  say(notices: readonly Notice[]): void {
    this.#unsaid = notices
  }

  /** The notices that are in no committed block yet. */
  get unsaid(): readonly Notice[] {
    return this.#unsaid
  }

  async take({ text, media = [], note }: ReplyPiece): Promise<void> {
    if (this.#splitter === undefined) this.#text += text
    else await this.#takeBlocks(this.#splitter, text)
    for (const one of media) await this.#takeFile(one)
    if (note !== undefined) this.#notes.push(this.#inLanguage(note))
  }

  /** Blocks are committed while enough messages are left for everything after them, which is then sent at the end. */
  async #takeBlocks(splitter: BlockSplitter, text: string): Promise<void> {
    splitter.push(text, 0)
    while ((await this.#messagesLeft()) > messagesForRest) {
      const [block] = splitter.push('', 1)
      if (block === undefined) return
      await this.#commit(textOf(block))
    }
    this.#text = splitter.release()
    this.#splitter = undefined
  }

  async #messagesLeft(): Promise<number> {
    return (await this.#replyBudget()).messagesLeft(this.#files.length)
  }

  /** Read once: what is committed may not be sent yet, and would be counted twice. */
  #replyBudget(): Promise<ReplyBudget> {
    this.#budget ??= this.#options.composer.budget(this.#turn.conversation)
    return this.#budget
  }

  /** What is left when the reply is whole. Caption first, then media. */
  async end(): Promise<OutboxPart[]> {
    const rest = this.#splitter === undefined ? this.#text : textOfAll(this.#splitter.flush())
    const parts = await this.#compose(rest, { below: this.#notes, files: this.#files.length })
    return [...parts, ...this.#files]
  }

  /** The turn has no answer: copies of its files go. */
  async discard(): Promise<void> {
    for (const { file } of this.#files) await this.#options.outgoing.discard(file)
  }

  async #commit(block: string): Promise<void> {
    const parts = await this.#compose(block)
    if (parts.length === 0) return
    await this.#commitBlock(parts)
    this.#unsaid = []
  }

  async #compose(markdown: string, around: Surroundings = {}): Promise<OutboxPart[]> {
    const { composer } = this.#options
    const above = this.#unsaid.map((notice) => this.#inLanguage(notice))
    const surroundings = { ...around, above }
    const budget = await this.#replyBudget()
    const parts = await composer.reply(markdown, budget, writtenIn(this.#turn), surroundings)
    return parts.map((part) => this.#quoting(part))
  }

  #quoting(part: OutboxPart): OutboxPart {
    if (this.#quoteMessageId === undefined || !('text' in part)) return part
    const quoting = { ...part, quoteMessageId: this.#quoteMessageId }
    this.#quoteMessageId = undefined
    return quoting
  }

  async #takeFile(media: ReplyMedia): Promise<void> {
    const { outgoing, log } = this.#options
    try {
      if (this.#files.length === maxFiles)
        throw new MoltbotError('media-too-many', `at most ${maxFiles} files`)
      this.#files.push({ file: await outgoing.keep(media, this.#signal) })
    } catch (error) {
      this.#signal.throwIfAborted()
      if (isDatabaseAway(error)) throw error // The turn runs again.
      log.warn({ turnId: this.#turn.id, error: messageOf(error) }, 'a file of the reply was not sent')
      this.#notes.push(...(await this.#notesOn(media, codeOf(error))))
    }
  }

  /** Shows no path of this machine and no private address. */
  async #notesOn({ source, name }: ReplyMedia, code: string): Promise<string[]> {
    const href =
      'url' in source && worthTrying.has(code)
        ? await this.#options.outgoing.publicHref(source.url, this.#signal)
        : undefined
    const ownName = 'path' in source ? basename(source.path) : nameInUrl(href ?? '')
    const notice = notSentNotice(safeFileName(name ?? ownName), troubleByCode[code] ?? 'not-available')
    return href === undefined ? [this.#inLanguage(notice)] : [this.#inLanguage(notice), href]
  }

  #inLanguage(notice: Notice): string {
    return inLanguage(notice, this.#options.account.replyLanguage, writtenIn(this.#turn))
  }
}

/** The blocks as one text again: a fence that was split between them is one fence. */
function textOfAll(blocks: readonly Chunk[]): string {
  const [first] = blocks
  const last = blocks.at(-1)
  return (first?.opening ?? '') + blocks.map(({ body }) => body).join('') + (last?.closing ?? '')
}

/** What the people wrote, for the language of the channel's own words. */
export function writtenIn({ messages }: ClaimedTurn): string {
  return messages.map(({ text }) => text).join('\n')
}

/** In a group the reply says to whom it answers: to the last of the messages. In a direct chat there is no question. */
function quotedBy({ conversation, messages }: ClaimedTurn): string | undefined {
  return conversation.kind === 'group' ? messages.at(-1)?.id : undefined
}
