/**
 * Sends what the store holds: one chunk at a time in each conversation, in order, marked `attempted` before and `sent`
 * after, so that a crash between the two is known and handled (see outcome.ts).
 */

import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChannelHost, Conversation, Logger } from '@moltbot/channel-sdk'
import { messageOf } from '@moltbot/channel-sdk'
import type { AccountLink } from '../model/link.ts'
import { type OutboxRow, type Store, storeRetryMs } from '../store/store.ts'
import { afterFailure, mayResend } from './outcome.ts'

export interface OutboxOptions {
  readonly accountId: string
  readonly store: Store
  readonly report: ChannelHost['report']
  readonly log: Logger
  readonly now: () => number
}

/** Before an unconfirmed chunk goes out a second time: time for a stalled backend to recover. */
const resendDelayMs = 1_000
/** While chunks wait for a time or a connection, how often to look whether they are gone. */
const drainCheckMs = 250

export class Outbox {
  readonly #options: OutboxOptions
  readonly #stopping = new AbortController()
  /** Cuts off sends that outlast the deadline of `stop`. */
  readonly #abandon = new AbortController()
  /** Conversations being drained, by key; `again` is set when one was woken meanwhile. */
  readonly #workers = new Map<string, { again: boolean; done: Promise<void> }>()
  /** Conversations that wait for a time, by key. */
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #link: AccountLink | undefined

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Conversations that are sent to, or wait for a time. */
  get busy(): number {
    return this.#workers.size + this.#timers.size
  }

  /** The account is online: everything that waits may go, also what was parked. */
  async attach(link: AccountLink): Promise<void> {
    this.#link = link
    const { store, accountId } = this.#options
    for (const conversation of await store.conversationsToSend(accountId)) {
      await store.unpark(accountId, conversation)
      this.wake(conversation)
    }
  }

  /** The account is not online: sending pauses after the chunk in flight. */
  detach(): void {
    this.#link = undefined
  }

  /** There may be something to send in this conversation. */
  wake(conversation: Conversation): void {
    if (this.#stopping.signal.aborted) return
    const key = keyOf(conversation)
    const running = this.#workers.get(key)
    if (running !== undefined) {
      running.again = true
      return
    }
    const worker = { again: false, done: Promise.resolve() }
    this.#workers.set(key, worker)
    worker.done = this.#work(key, worker, conversation)
  }

  /**
   * Resolves when the account is online and nothing of this conversation waits to be sent, or when `signal` aborts. A
   * turn before that could not be heard any sooner, and would spend a send of its own where one may do for all that
   * came meanwhile.
   */
  async drained(conversation: Conversation, signal: AbortSignal): Promise<void> {
    const { store, accountId } = this.#options
    while (
      !signal.aborted &&
      (this.#link === undefined || (await store.nextToSend(accountId, conversation)))
    ) {
      const sending = this.#workers.get(keyOf(conversation))?.done
      await (sending ?? sleep(drainCheckMs, undefined, { signal }).catch(() => undefined))
    }
  }

  /** Ends after the chunks in flight; those that do not settle in `deadlineMs` are cut off and left `attempted`. */
  async stop(deadlineMs: number): Promise<void> {
    this.#link = undefined
    this.#stopping.abort()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    const settled = Promise.allSettled([...this.#workers.values()].map((worker) => worker.done))
    await Promise.race([settled, sleep(deadlineMs, undefined, { ref: false })])
    this.#abandon.abort()
    await settled
  }

  async #work(key: string, worker: { again: boolean }, conversation: Conversation): Promise<void> {
    try {
      do {
        worker.again = false
        await this.#drain(conversation)
      } while (worker.again)
    } catch (error) {
      this.#options.log.error(
        { conversation: key, error: messageOf(error) },
        'sending is interrupted: the store failed',
      )
      this.#wakeLater(conversation, storeRetryMs)
    } finally {
      this.#workers.delete(key)
    }
  }

  async #drain(conversation: Conversation): Promise<void> {
    const { store, accountId, now } = this.#options
    let lastGroupId: string | undefined
    while (this.#link !== undefined) {
      const link = this.#link
      const row = await store.nextToSend(accountId, conversation)
      if (row === undefined) return
      const dueMs = dueAt(row)
      if (dueMs > now()) return this.#wakeLater(conversation, dueMs - now())
      if (row.state === 'attempted' && !mayResend(row, now(), link.resendUncertain)) {
        await this.#giveUpUncertain(row)
        continue
      }
      // It has one more attempt: not to be spent on a backend that does not answer.
      if (row.state === 'attempted' && !link.reachable()) return this.#wakeLater(conversation, resendDelayMs)
      if (row.groupId === lastGroupId && !(await this.#pause(link.minSendGapMs))) return
      if (this.#link !== link) continue // Lost, or replaced, during the pause.
      await this.#send(link, row)
      lastGroupId = row.groupId
    }
  }

  async #send(link: AccountLink, row: OutboxRow): Promise<void> {
    const { store, log, now } = this.#options
    await store.markAttempted(row, now())
    try {
      await this.#hand(link, row)
    } catch (error) {
      const outcome = afterFailure(row, error, now())
      const became = outcome === 'unconfirmed' ? outcome : outcome.state
      this.#report(became)
      log.warn(
        { conversation: row.conversation.id, outcome: became, error: messageOf(error) },
        'a chunk was not sent',
      )
      if (outcome !== 'unconfirmed') await store.markUnsent(row, outcome)
      if (outcome !== 'unconfirmed' && outcome.state !== 'parked') await dropFile(row)
      return
    }
    await store.markSent(row, now())
    this.#report('sent')
    await dropFile(row)
  }

  #report(outcome: string): void {
    const { accountId, report } = this.#options
    report({ type: 'send', accountId, outcome })
  }

  #hand(link: AccountLink, { conversation, part, clientId }: OutboxRow): Promise<void> {
    const { signal } = this.#abandon
    return 'file' in part
      ? link.sendFile(conversation, part.file, clientId, signal)
      : link.sendText(conversation, part, clientId, signal)
  }

  async #giveUpUncertain(row: OutboxRow): Promise<void> {
    const { store, log } = this.#options
    await store.markUnsent(row, {
      state: 'uncertain',
      reason: 'attempted and never confirmed; not sent again',
    })
    this.#report('uncertain')
    await dropFile(row)
    log.error({ conversation: row.conversation.id, chunk: row.id }, 'a chunk may or may not have arrived')
  }

  #wakeLater(conversation: Conversation, waitMs: number): void {
    if (this.#stopping.signal.aborted) return
    const key = keyOf(conversation)
    clearTimeout(this.#timers.get(key))
    const due = () => {
      this.#timers.delete(key)
      this.wake(conversation)
    }
    this.#timers.set(key, setTimeout(due, Math.min(waitMs, longestTimerMs)).unref())
  }

  /** False when the outbox is stopping. */
  #pause(gapMs: number): Promise<boolean> {
    return sleep(gapMs, true, { signal: this.#stopping.signal }).catch(() => false)
  }
}

/** The outbox's copy of a file goes with the end of its row. */
async function dropFile({ part }: OutboxRow): Promise<void> {
  if ('file' in part) await rm(part.file.path, { force: true })
}

function keyOf(conversation: Conversation): string {
  return `${conversation.kind}:${conversation.id}`
}

/** Node's timers overflow beyond 2^31 ms. */
const longestTimerMs = 2 ** 31 - 1

function dueAt(row: OutboxRow): number {
  // Only an attempt of this run is still warm: after a crash the wait has long passed.
  if (row.state === 'attempted') return (row.attemptedMs ?? 0) + resendDelayMs
  return row.notBeforeMs
}
