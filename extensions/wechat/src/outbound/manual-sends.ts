/**
 * Texts and files that an operator sends by hand, and the channel's own words to one person.
 */

import { randomUUID } from 'node:crypto'
import {
  type Conversation,
  MoltbotError,
  messageOf,
  type SendReceipt,
  type SendRequest,
} from '@moltbot/channel-sdk'
import { normalizeId } from '../config/ids.ts'
import type { OutboxEntry } from '../model/outbox.ts'
import type { AccountStore } from '../store/store.ts'
import type { Composer } from './compose.ts'
import { confirmSent } from './confirm.ts'
import type { OutboxDesk } from './outbox-desk.ts'
import type { OutgoingFiles } from './outgoing-files.ts'

export interface ManualSendsOptions {
  readonly store: Pick<AccountStore, 'enqueue' | 'progress' | 'kindOf' | 'seenIds'>
  readonly composer: Pick<Composer, 'plain'>
  readonly outgoing: Pick<OutgoingFiles, 'keepOperators'>
  readonly desk: Pick<OutboxDesk, 'takeBackGroup'>
  /** There is something to send in this conversation. */
  readonly wake: (conversation: Conversation) => void
  /** Why nothing of the account can be sent at present; undefined: it can. */
  readonly obstacle: () => string | undefined
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
  async send({ to, text, media, queue = false }: Omit<SendRequest, 'accountId'>): Promise<SendReceipt> {
    const { store, outgoing, composer, stopping } = this.#options
    const id = normalizeId(to)
    const kind = (await store.kindOf(id)) ?? 'direct'
    const groupId = randomUUID()
    const texts = composer.plain(text)
    const parts =
      media === undefined ? texts : [...texts, { file: await outgoing.keepOperators(media, stopping) }]
    if (parts.length === 0) throw new MoltbotError('nothing-to-send', 'there is neither a text nor a file')
    await this.#enqueue({ kind, id }, { groupId, parts, purpose: 'manual' })
    try {
      return await this.#confirm(groupId, queue)
    } catch (error) {
      throw new MoltbotError('not-sent', messageOf(error) + (await this.#spellingHint(id)), { cause: error })
    }
  }

  /** A notice of the channel. Resolves when it is on the disk. */
  async tell(userId: string, text: string): Promise<void> {
    const entry = { groupId: randomUUID(), parts: this.#options.composer.plain(text) }
    await this.#enqueue({ kind: 'direct', id: userId }, entry)
  }

  async #enqueue(conversation: Conversation, entry: OutboxEntry): Promise<void> {
    const { store, wake, now } = this.#options
    await store.enqueue(conversation, entry, now())
    wake(conversation)
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
