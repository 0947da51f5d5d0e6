/**
 * What people do with the outbox: a user takes back an answer with /stop, an operator lists parts, retries them or drops them.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import type { OutboxRow } from '../model/outbox.ts'
import type { AccountStore } from '../store/store.ts'
import { type CopyOptions, dropCopy } from './copies.ts'

export interface DeskOptions extends CopyOptions {
  readonly store: Pick<AccountStore, 'listOutbox' | 'withdraw' | 'retry'>
  readonly now: () => number
  /** Called for each conversation in which something has changed. */
  readonly wake: (conversation: Conversation) => void
}

export class OutboxDesk {
  readonly #options: DeskOptions

  constructor(options: DeskOptions) {
    this.#options = options
  }

  /** The parts that wait (oldest first) or were given up (newest first), a few hundred at most. */
  list(which: 'waiting' | 'failed'): Promise<readonly OutboxRow[]> {
    return this.#options.store.listOutbox({ which })
  }

  /** Takes back what waits of the last answer in a conversation. False: nothing of an answer waits. */
  async takeBackAnswer(conversation: Conversation): Promise<boolean> {
    const rows = await this.#options.store.listOutbox({ which: 'waiting', answersIn: conversation })
    return (await this.drop(idsOf(rows), 'taken back by the user')).length > 0
  }

  /** Takes back what waits of the parts that were stored together. */
  async takeBackGroup(groupId: string, reason: string): Promise<void> {
    const rows = await this.#options.store.listOutbox({ which: 'waiting', groupId })
    await this.drop(idsOf(rows), reason)
  }

  /** @returns the parts that were dropped: not those that are sent or being sent */
  async drop(ids: readonly number[], reason: string): Promise<readonly OutboxRow[]> {
    if (ids.length === 0) return []
    const dropped = await this.#options.store.withdraw(ids, reason)
    for (const row of dropped) await dropCopy(row, this.#options)
    this.#wake(dropped)
    return dropped
  }

  /** @returns the parts that were queued again: not those that were sent, and not files that were given up */
  async retry(ids: readonly number[]): Promise<readonly OutboxRow[]> {
    const { store, now } = this.#options
    const queued = await store.retry(ids, now())
    this.#wake(queued)
    return queued
  }

  #wake(rows: readonly OutboxRow[]): void {
    const conversations = new Map(
      rows.map(({ conversation }) => [JSON.stringify(conversation), conversation]),
    )
    for (const conversation of conversations.values()) this.#options.wake(conversation)
  }
}

function idsOf(rows: readonly OutboxRow[]): number[] {
  return rows.map(({ id }) => id)
}
