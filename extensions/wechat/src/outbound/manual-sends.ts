/**
 * Texts and files that an operator sends by hand, and the channel's own words to one person.
 */

import { randomUUID } from 'node:crypto'
import {
  type Conversation,
  type ConversationKind,
  MoltbotError,
  messageOf,
  type SendForecast,
  type SendReceipt,
  type SendRequest,
} from '@moltbot/channel-sdk'
import { normalizeId } from '../config/ids.ts'
import type { OutboxEntry, OutboxPart } from '../model/outbox.ts'
import type { AccountStore } from '../store/store.ts'
import type { Composer } from './compose.ts'
import { confirmSent } from './confirm.ts'
import { groupOf } from './message-groups.ts'
import type { OutboxDesk } from './outbox-desk.ts'
import type { OutgoingFiles } from './outgoing-files.ts'

export interface ManualSendsOptions {
  readonly store: Pick<AccountStore, 'enqueue' | 'progress' | 'kindOf' | 'seenIds' | 'lastWords'>
  readonly composer: Pick<Composer, 'plain' | 'fitted' | 'reply' | 'budget'>
  readonly outgoing: Pick<OutgoingFiles, 'keepOperators' | 'discard'>
  readonly desk: Pick<OutboxDesk, 'takeBackGroup'>
  /** There is something to send in this conversation. */
  readonly wake: (conversation: Conversation) => void
  /** Why nothing of the account can be sent at present; undefined: it can. */
  readonly obstacle: () => string | undefined
  /** What a message there would become now. */
  readonly forecast: (conversation: Conversation) => Promise<SendForecast>
  readonly now: () => number
  readonly stopping: AbortSignal
}

/** The newest messages whose ids are compared with an id that cannot be written to. */
const maxSeenMessages = 10_000

export class ManualSends {
  readonly #options: ManualSendsOptions

  constructor(options: ManualSendsOptions) {
    this.#options = options
  }

  /**
   * Waits for the result, a few seconds at most. What has to wait longer is taken back, unless it may be queued.
   * @throws `not-sent` with the reason, `nothing-to-send`, `media-unreadable`, `media-too-large`, and what the URL guard
   * throws
   */
  async send(request: Omit<SendRequest, 'accountId'>): Promise<SendReceipt> {
    const { store } = this.#options
    const { to, queue = false, id: messageId, kind = 'manual' } = request
    const purpose = kind === 'manual' && !queue ? 'immediate' : kind
    const conversation = await this.conversationOf(to, request.toKind)
    const groupId = messageId === undefined ? randomUUID() : groupOf(messageId)
    const isRepeated = messageId !== undefined && (await store.progress(groupId)).total > 0
    if (!isRepeated) {
      const parts = await this.#partsOf(conversation, request)
      const once = messageId === undefined ? {} : ({ once: true } as const)
      const isNew = await this.#enqueue(conversation, { groupId, parts, purpose, ...once })
      if (!isNew) await this.#discard(parts)
    }
    try {
      return await this.#receipt(conversation, groupId, queue)
    } catch (error) {
      const hint = await this.#spellingHint(conversation.id)
      throw new MoltbotError('not-sent', messageOf(error) + hint, { cause: error })
    }
  }

  /** The direct chat or group with this id. */
  async conversationOf(to: string, kind?: ConversationKind): Promise<Conversation> {
    const id = normalizeId(to)
    return { kind: kind ?? (await this.#options.store.kindOf(id)) ?? 'direct', id }
  }

  async #partsOf(
    conversation: Conversation,
    { text, media, markdown = false, kind }: Pick<SendRequest, 'text' | 'media' | 'markdown' | 'kind'>,
  ): Promise<readonly OutboxPart[]> {
    const { composer, outgoing, stopping } = this.#options
    const isFitted = markdown || kind === 'scheduled'
    const files = media === undefined ? 0 : 1
    const texts = isFitted
      ? await this.#fitted(conversation, { text, markdown, files })
      : composer.plain(text)
    if (media !== undefined) return [...texts, { file: await outgoing.keepOperators(media, stopping) }]
    if (texts.length === 0) throw new MoltbotError('nothing-to-send', 'there is neither a text nor a file')
    return texts
  }

  /** Nobody reads along, so a text that is too long for the sends of a window must not use them up. */
  async #fitted(
    conversation: Conversation,
    { text, markdown, files }: { readonly text: string; readonly markdown: boolean; readonly files: number },
  ): Promise<readonly OutboxPart[]> {
    const { composer, store } = this.#options
    const budget = await composer.budget(conversation)
    const words = await store.lastWords(conversation)
    if (markdown) return composer.reply(text, budget, words, { files })
    return composer.fitted(text, budget, words, files)
  }

  async #discard(parts: readonly OutboxPart[]): Promise<void> {
    for (const part of parts) if ('file' in part) await this.#options.outgoing.discard(part.file)
  }

  async #receipt(conversation: Conversation, groupId: string, queue: boolean): Promise<SendReceipt> {
    const receipt = await this.#confirm(groupId, queue)
    if (receipt.status !== 'queued') return receipt
    const forecast = await this.#options.forecast(conversation)
    return forecast.outcome === 'queued' ? { ...receipt, wait: forecast.wait } : receipt
  }

  /** A notice of the channel. Resolves when it is on the disk. */
  async tell(userId: string, text: string): Promise<void> {
    const entry = { groupId: randomUUID(), parts: this.#options.composer.plain(text) }
    await this.#enqueue({ kind: 'direct', id: userId }, entry)
  }

  async #enqueue(conversation: Conversation, entry: OutboxEntry): Promise<boolean> {
    const { store, wake, now } = this.#options
    const isNew = await store.enqueue(conversation, entry, now())
    wake(conversation)
    return isNew
  }

  #confirm(groupId: string, queue: boolean): Promise<SendReceipt> {
    const { store, desk, obstacle, stopping } = this.#options
    return confirmSent({
      progress: () => store.progress(groupId),
      obstacle,
      takeBack: queue ? undefined : (reason) => desk.takeBackGroup(groupId, reason),
      signal: stopping,
    })
  }

  /** Ids differ by upper and lower case, and people retype them. */
  async #spellingHint(id: string): Promise<string> {
    const seen = await this.#options.store.seenIds(maxSeenMessages).catch((): readonly string[] => [])
    const meant = seen.find((one) => one !== id && one.toLowerCase() === id.toLowerCase())
    return meant === undefined || seen.includes(id) ? '' : `; did you mean ${meant}?`
  }
}
