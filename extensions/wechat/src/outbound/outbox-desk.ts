/**
 * What people do with the outbox: a user takes back an answer with /stop, an operator lists parts, retries them or drops them.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import { conversationKey } from '../model/conversation.ts'
import type { OutboxRow } from '../model/outbox.ts'
import type { AccountStore } from '../store/store.ts'
import { type CopyOptions, dropCopy } from './copies.ts'

export interface DeskOptions extends CopyOptions {
  readonly store: Pick<AccountStore, 'listOutbox' | 'waitingIn' | 'withdraw' | 'retry'>
  readonly now: () => number
  /** Why nothing of the account can be sent at present; undefined: it can. */
  readonly obstacle: () => string | undefined
  /** Called for each conversation in which something has changed. */
  readonly wake: (conversation: Conversation) => void
}

export class OutboxDesk {
  readonly #options: DeskOptions

  constructor(options: DeskOptions) {
    this.#options = options
  }

  /** The parts that wait (oldest first) or were given up (newest first), a few hundred at most, each with its reason. */
  async list(which: 'waiting' | 'failed'): Promise<readonly OutboxRow[]> {
    const { store, obstacle } = this.#options
    const rows = await store.listOutbox({ which })
    return which === 'waiting' ? withReasons(rows, obstacle()) : rows
  }

  /** What waits in a conversation, and why its first part does. */
  async waitingIn(conversation: Conversation): Promise<{ readonly parts: number; readonly reason: string }> {
    const { store } = this.#options
    const key = conversationKey(conversation)
    const first = (await this.list('waiting')).find((row) => conversationKey(row.conversation) === key)
    return { parts: await store.waitingIn(conversation), reason: first?.reason ?? '' }
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

/** A part that was not attempted has no reason of its own. */
function withReasons(rows: readonly OutboxRow[], obstacle: string | undefined): OutboxRow[] {
  const firsts = new Map<string, number>()
  return rows.map((row) => {
    const first = firsts.get(row.groupId)
    if (first === undefined) firsts.set(row.groupId, row.id)
    if (row.state !== 'queued') return row
    const after = first === undefined ? undefined : `message ${first} of the same answer goes first`
    return { ...row, reason: after ?? obstacle ?? row.reason }
  })
}

function idsOf(rows: readonly OutboxRow[]): number[] {
  return rows.map(({ id }) => id)
}
