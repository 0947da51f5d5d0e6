/**
 * What the parts of the store's contract share: an empty store for each test, and short words for what they do with it.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import type { OutboxRow } from '../../src/model/outbox.ts'
import type { AccountStore, ClaimedTurn, OldestMs, Retention, Store, TurnEnd } from '../../src/store/store.ts'
import { alice, messageFrom, withAlice } from '../samples.ts'

export interface StoreHarness {
  readonly store: Store
  /** Opens the same data like another process after this one was killed. */
  reopen(): Promise<Store>
  /** Makes the row of a message, or the outbox rows with this text, unreadable. */
  spoil(what: { readonly messageId: string } | { readonly text: string }): Promise<void>
  dispose(): Promise<void>
}

export const limits = { messages: 50, history: 20 }
export const texts = (...all: string[]) => all.map((text) => ({ text }))
export const group = { kind: 'group', id: 'room1' } as const
const week = 7 * 24 * 60 * 60_000

export class StoreStage {
  #opened: { readonly harness: StoreHarness; readonly account: AccountStore } | undefined

  async open(make: () => Promise<StoreHarness>): Promise<void> {
    const harness = await make()
    this.#opened = { harness, account: await harness.store.openAccount('default', 'test') }
  }

  get harness(): StoreHarness {
    return this.#current.harness
  }

  get account(): AccountStore {
    return this.#current.account
  }

  get #current() {
    if (this.#opened === undefined) throw new Error('no store is open')
    return this.#opened
  }

  readonly other = () => this.harness.store.openAccount('other', 'test')
  readonly reopened = async () => (await this.harness.reopen()).openAccount('default', 'next')
  /** From now on `account` is that of the next process. */
  readonly restart = async (): Promise<void> => {
    this.#opened = { harness: this.harness, account: await this.reopened() }
  }

  readonly ids = (messages: readonly { id: string }[]) => messages.map(({ id }) => id)

  readonly retention = (changes: Partial<Retention> = {}): Retention => ({
    nowMs: week + 10,
    rowsMs: week,
    textsMs: new Map(),
    otherTextsMs: week,
    history: 20,
    signal: new AbortController().signal,
    ...changes,
  })

  readonly dispatched = async (...ids: string[]): Promise<void> => {
    for (const id of ids) await this.take(this.account, messageFrom(alice, id), 'dispatched')
  }

  readonly take = async (
    of: AccountStore,
    message: ReturnType<typeof messageFrom>,
    state: 'recorded' | 'dropped' | 'dispatched',
  ): Promise<void> => {
    await of.accept(message, 1)
    await of.decide(message, { state, reason: 'because' }, 1)
  }

  readonly claim = async (
    conversation: Conversation = withAlice,
    of = this.account,
  ): Promise<ClaimedTurn> => {
    const turn = await of.claimTurn(conversation, 'all', limits)
    if (turn === undefined) throw new Error('no turn')
    return turn
  }

  /** @returns how many messages were too old */
  readonly stale = async (oldest: OldestMs): Promise<number> => {
    let stale = 0
    const onStale = (messages: number) => {
      stale = messages
    }
    await this.account.claimTurn(withAlice, 'all', { messages: 0, history: 0, oldest, onStale })
    return stale
  }

  readonly commit = (turn: ClaimedTurn, end: TurnEnd, attempt = false) =>
    this.account.commitReply(turn, end, { nowMs: 5, attempt })

  readonly next = async (
    conversation: Conversation = withAlice,
    of = this.account,
    nowMs = 100,
  ): Promise<OutboxRow> => {
    const found = await of.nextToSend(conversation, nowMs)
    if (found === undefined || !('row' in found)) throw new Error(`nothing to send: ${JSON.stringify(found)}`)
    return found.row
  }
}
