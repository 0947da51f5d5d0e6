/**
 * What other programs may see of the conversations of the targets that they reach: that there was a message, and, only where
 * the configuration allows it, what was written.
 */

import { MoltbotError, type ReceivedMessage, type ReceivedQuery } from '@moltbot/channel-sdk'
import type { Targets } from '../config/targets-schema.ts'
import type { Settings } from '../settings.ts'
import { type Caller, conversationOf, reachable, targetFor } from './callers.ts'
import type { ReadingChannels } from './sending-channels.ts'

export interface TargetView {
  readonly name: string
  readonly kind: 'person' | 'group'
  /** Left out where no account is named and there is no default. */
  readonly accountId?: string
}

export interface ConversationView extends TargetView {
  /** When the newest message came, milliseconds since the epoch; left out where none is stored. */
  readonly lastMessageMs?: number
  /** Why this is not known. */
  readonly problem?: string
}

export interface ConversationsOptions {
  readonly channels: () => ReadingChannels
  readonly settings: () => Pick<Settings, 'targets' | 'readsConversations'>
}

/** Targets whose conversations are looked at in one question. */
const maxListed = 50
/** Messages among which the newest of each is looked for. */
const lookedAtToList = 20_000

export class Conversations {
  readonly #options: ConversationsOptions

  constructor(options: ConversationsOptions) {
    this.#options = options
  }

  get mayBeRead(): boolean {
    return this.#options.settings().readsConversations
  }

  targets(caller: Caller): TargetView[] {
    return reachable(caller, this.#options.settings().targets).map(([name, target]) =>
      this.#view(name, target),
    )
  }

  /** Of the first targets that the caller reaches. */
  async list(caller: Caller): Promise<ConversationView[]> {
    const targets = reachable(caller, this.#options.settings().targets).slice(0, maxListed)
    return Promise.all(
      targets.map(async ([name, target]) => {
        const view = this.#view(name, target)
        const newest = this.#received(target, { limit: 1, look: lookedAtToList }).then(
          ([message]) => (message === undefined ? {} : { lastMessageMs: message.receivedMs }),
          (error: unknown) => ({
            problem: error instanceof MoltbotError ? error.message : 'it cannot be read',
          }),
        )
        return { ...view, ...(await newest) }
      }),
    )
  }

  /**
   * The newest messages, newest first, each with what was said in return.
   * @throws `target-refused`, `target-unknown`, `reading-refused`
   */
  async read(caller: Caller, name: string, limit: number): Promise<readonly ReceivedMessage[]> {
    const target = targetFor(caller, name, this.#options.settings().targets)
    if (!this.mayBeRead)
      throw new MoltbotError(
        'reading-refused',
        'conversations may not be read; see mcp.serve.readConversations',
      )
    return this.#received(target, { limit })
  }

  async #received(
    target: Targets[string],
    limits: Pick<ReceivedQuery, 'limit' | 'look'>,
  ): Promise<readonly ReceivedMessage[]> {
    const order = { accountId: target.account, conversation: conversationOf(target), ...limits }
    return (await this.#options.channels().received(order)).messages
  }

  #view(name: string, { account, group }: Targets[string]): TargetView {
    const accountId = account ?? this.#options.channels().defaultAccountId
    const kind = group === undefined ? 'person' : 'group'
    return { name, kind, ...(accountId !== undefined && { accountId }) }
  }
}
