/**
 * Sends what the store holds: one part at a time in each conversation, marked `attempted` before and `sent` after, so
 * that a crash between the two is known and handled (see outcome.ts). Order is kept within an answer; a part that has to
 * wait holds up no other answer.
 */

import { type Conversation, MoltbotError, messageOf, pause, withDeadline } from '@moltbot/channel-sdk'
import { conversationKey } from '../model/conversation.ts'
import type { AccountLink } from '../model/link.ts'
import type { OutboxRow, Unsent } from '../model/outbox.ts'
import { storeRetryMs } from '../store/store.ts'
import { Changes } from './changes.ts'
import { showCopy } from './copies.ts'
import { type DigestOptions, withOthers } from './digest.ts'
import { handTo } from './hand.ts'
import { lossReport } from './loss-report.ts'
import { messageIdOf } from './message-groups.ts'
import type { OutboxOptions } from './outbox-options.ts'
import { afterFailure, expired, expiryOf, mayResend, uncertain } from './outcome.ts'
import { RecentKeys } from './recent-keys.ts'
import { Rest } from './rest.ts'
import { WakeTimers } from './wake-timers.ts'

/** While the backend is known not to answer, how often to look whether it does again. */
const unreachableCheckMs = 1_000
/** What a stop leaves of its deadline for sends that were cut off to end. */
const cutOffMs = 100

/** Of an account. For others the store is asked. */
const maxEmpty = 10_000

interface Worker {
  /** The conversation was woken meanwhile. */
  again: boolean
  done: Promise<void>
}

export class Outbox {
  readonly #options: OutboxOptions
  readonly #stopping = new AbortController()
  /** Cuts off sends that outlast the deadline of `stop`. */
  readonly #abandon = new AbortController()
  /** Conversations that are sent to, by key. */
  readonly #workers = new Map<string, Worker>()
  /** Conversations that wait for a time, by key. */
  readonly #timers = new WakeTimers()
  readonly #changes = new Changes()
  /** Conversations of which the store said that nothing waits, and that nothing was queued in since. */
  readonly #empty = new RecentKeys(maxEmpty)
  #link: AccountLink | undefined
  readonly #rest = new Rest()
  readonly #endClock: (() => void) | undefined

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#endClock = options.onClockSet?.((byMs) => this.#rest.moveTimes(byMs))
  }

  /** Takes up a pause of the last run, and its sends without a confirmation. */
  async restore(): Promise<void> {
    const { store, silence } = this.#options
    this.#rest.resume(await store.rest())
    silence.resume(await store.silence())
  }

  /** Why the account sends nothing for a while. Undefined: it does. */
  get pauseReason(): string | undefined {
    return this.#rest.reason(this.#options.now())
  }

  /** That pause, milliseconds since the epoch. */
  get pause(): { readonly sinceMs: number; readonly untilMs: number } | undefined {
    return this.#rest.pause(this.#options.now())
  }

  /** Conversations that are sent to, or wait for a time. */
  get busy(): number {
    return this.#workers.size + this.#timers.size
  }

  /**
   * The account is online: what waits for that may go.
   * @param isNewBackend nothing that another backend refused is refused by this one
   */
  async attach(link: AccountLink, isNewBackend = false): Promise<void> {
    this.#link = link
    const { store } = this.#options
    if (isNewBackend && this.#rest.ended()) await store.noteRest(undefined)
    await store.unpark(isNewBackend ? ['offline', 'window', 'quota', 'rate'] : ['offline'])
    await this.#wakeAll()
    this.#changes.announceAll()
  }

  /** The account is not online: sending pauses after the part in flight. */
  detach(): void {
    this.#link = undefined
  }

  /** A person has written: something that waits may go. @param partsWait as the store says */
  heard(conversation: Conversation, partsWait: boolean): void {
    this.#rest.heard(this.#options.now())
    if (partsWait) this.wake(conversation)
    else if (!this.#workers.has(conversationKey(conversation))) this.#empty.add(conversationKey(conversation))
  }

  /** Parts of the conversation that are not sent yet. */
  async waitingIn(conversation: Conversation): Promise<number> {
    return this.#empty.has(conversationKey(conversation)) ? 0 : this.#options.store.waitingIn(conversation)
  }

  /** There may be something to send in this conversation. */
  wake(conversation: Conversation): void {
    const key = conversationKey(conversation)
    this.#empty.delete(key)
    const running = this.#workers.get(key)
    if (running !== undefined) running.again = true
    else if (!this.#stopping.signal.aborted) void this.#begin(conversation, async () => undefined)
  }

  /**
   * Commits parts and sends them. Where the conversation is idle and can be sent to, the commit is asked to mark the first
   * part as attempted, so that no commit of its own stands between the two.
   * @param commit resolves with the part that it marked
   * @throws what `commit` throws
   */
  async commit(
    conversation: Conversation,
    commit: (attempt: boolean) => Promise<OutboxRow | undefined>,
  ): Promise<void> {
    const isIdle = !this.#workers.has(conversationKey(conversation)) && !this.#stopping.signal.aborted
    const canSend = this.#link?.reachable() === true && !this.#rest.isPenalised
    if (isIdle && canSend) return this.#begin(conversation, () => commit(true))
    await commit(false)
    this.wake(conversation)
  }

  /**
   * Resolves when the account is online and nothing of this conversation can be sent at present, or when `signal`
   * aborts. A turn before that could not be heard any sooner, and would spend a send of its own where one may do for all
   * that came meanwhile.
   */
  async drained(conversation: Conversation, signal: AbortSignal): Promise<void> {
    const key = conversationKey(conversation)
    while (!signal.aborted) {
      if (this.#link !== undefined && !this.#workers.has(key)) {
        if (this.#empty.has(key)) return
        const next = await this.#options.store.nextToSend(conversation, this.#options.now())
        if (next === undefined && !this.#workers.has(key)) this.#empty.add(key)
        if (next === undefined || !('row' in next)) return
        // A timer is set where the backend asked for a rest, or the store failed.
        if (!this.#timers.has(key)) this.wake(conversation)
      }
      await this.#changes.next(key, signal)
    }
  }

  /** Resolves when nothing more can be sent at present. */
  async settled(): Promise<void> {
    while (this.#workers.size > 0) await Promise.all([...this.#workers.values()].map(({ done }) => done))
  }

  /** Ends after the parts in flight; those that are not sent in time are cut off and left `attempted`. */
  async stop(deadlineMs: number): Promise<void> {
    this.#link = undefined
    this.#stopping.abort()
    this.#timers.clear()
    this.#endClock?.()
    const settled = () => this.settled()
    const inTime = Math.max(0, deadlineMs - cutOffMs)
    await withDeadline(settled, { ms: inTime }).catch(() => undefined)
    this.#abandon.abort()
    await withDeadline(settled, { ms: Math.min(cutOffMs, deadlineMs) }).catch(() => undefined)
  }

  /**
   * Makes the conversation's worker, which is the only one that sends in it, from before its first part is committed.
   * @param first commits, and resolves with the part that is to be sent now
   * @throws what `first` throws; what comes after it is not waited for
   */
  async #begin(conversation: Conversation, first: () => Promise<OutboxRow | undefined>): Promise<void> {
    const key = conversationKey(conversation)
    this.#empty.delete(key)
    const committed = first()
    const worker: Worker = { again: false, done: Promise.resolve() }
    this.#workers.set(key, worker)
    worker.done = committed.catch(() => undefined).then((row) => this.#work(worker, conversation, row))
    await committed
  }

  async #work(worker: Worker, conversation: Conversation, first: OutboxRow | undefined): Promise<void> {
    try {
      let next = first
      do {
        worker.again = false
        await this.#drain(conversation, next)
        next = undefined
      } while (worker.again && !this.#stopping.signal.aborted)
    } catch (error) {
      const { log } = this.#options
      log.error(
        { conversation: conversation.id, error: messageOf(error) },
        'Sending paused: the store failed',
      )
      this.#wakeLater(conversation, storeRetryMs)
    } finally {
      // In the same step as the last look at `again`: who wakes it later finds no worker, and makes one.
      const key = conversationKey(conversation)
      this.#workers.delete(key)
      this.#changes.announce(key)
    }
  }

  /** @param first a part that is marked as attempted */
  async #drain(conversation: Conversation, first: OutboxRow | undefined): Promise<void> {
    let lastGroupId: string | undefined
    let isEmpty = false
    for (
      let row = first ?? (await this.#next(conversation));
      row !== undefined;
      row = isEmpty ? undefined : await this.#next(conversation)
    ) {
      const link = this.#link
      if (link === undefined) return this.#putBack(row)
      if (row.groupId === lastGroupId) {
        if (!(await pause(link.minSendGapMs, this.#stopping.signal))) return
        lastGroupId = undefined
        continue // The part may have been taken back during the pause, or the connection lost.
      }
      if (row !== first && this.#restMs(conversation) > 0) continue // Another conversation's send began.
      const ended = this.#rest.begin(this.#options.now())
      isEmpty = await this.#send(link, row).finally(ended)
      lastGroupId = row.groupId
    }
    const worker = this.#workers.get(conversationKey(conversation))
    if (isEmpty && worker?.again === false) this.#empty.add(conversationKey(conversation))
  }

  /** Undefined: nothing can be sent now. */
  async #next(conversation: Conversation): Promise<OutboxRow | undefined> {
    const { store, now } = this.#options
    while (this.#link !== undefined) {
      const restMs = this.#restMs(conversation)
      if (restMs > 0) return this.#wakeLater(conversation, restMs)
      const next = await store.nextToSend(conversation, now())
      if (next === undefined) return undefined
      if ('dueMs' in next) return this.#wakeLater(conversation, next.dueMs - now())
      const { row } = next
      if (now() > this.#expiryOf(row)) await this.#end(row, expired(row))
      else if (row.state !== 'attempted') return withOthers(row, this.#digest)
      else if (!mayResend(row, now(), this.#link?.resendUncertain === true))
        await this.#end(row, uncertain(row))
      else if (this.#link?.reachable() === true) return row
      else return this.#wakeLater(conversation, unreachableCheckMs)
    }
    return undefined
  }

  /** @returns whether it is known that nothing more of the conversation waits */
  async #send(link: AccountLink, row: OutboxRow): Promise<boolean> {
    const { store, log, now } = this.#options
    const isMarked = row.state === 'attempted' && !row.isCutOff && row.notBeforeMs === 0
    const durability = link.resendUncertain ? 'relaxed' : 'durable'
    const attempted = isMarked ? row : await store.markAttempted(row, now(), durability)
    if (attempted.state !== 'attempted') return false // It was taken back.
    try {
      this.#requireHold()
      await handTo(link, attempted, this.#options.blobs, this.#abandon.signal)
    } catch (error) {
      const unsent = afterFailure(attempted, error, now(), this.#expiryOf(row))
      if (this.#rest.failed(error, now(), conversationKey(row.conversation))) await this.#noteRest()
      const outcome = unsent.state === 'attempted' ? 'unconfirmed' : unsent.state
      log.warn({ conversation: row.conversation.id, outcome, error: messageOf(error) }, 'A part was not sent')
      await this.#end(attempted, unsent, error)
      await this.#options.silence.failed(error)
      return false
    }
    const restEnds = this.#rest.ended()
    const partsWait = await store.markSent(attempted, this.#options.webhooks?.sent(attempted))
    this.#options.webhooks?.wake()
    if (restEnds) await this.#noteRest()
    await this.#options.silence.ended()
    this.#report('sent', attempted)
    await showCopy(attempted, this.#options.account.id, this.#options)
    return !partsWait
  }

  /** The process may have stood still since the attempt was stored. @throws `lease-lost` */
  #requireHold(): void {
    if (this.#options.mayAct?.() === false)
      throw new MoltbotError('lease-lost', 'another gateway may serve the account', {
        retryable: true,
        certain: true,
      })
  }

  async #noteRest(): Promise<void> {
    await this.#options.store.noteRest(this.#rest.state)
    // The others need not wait for the end of a pause that is over.
    if (!this.#rest.isPenalised) await this.#wakeAll()
  }

  async #wakeAll(): Promise<void> {
    for (const conversation of await this.#options.store.conversationsToSend()) this.wake(conversation)
  }

  #restMs(conversation: Conversation): number {
    return this.#rest.leftMs(this.#options.now(), conversationKey(conversation))
  }

  /** @param thrown why the attempt failed, if there was one */
  async #end(row: OutboxRow, unsent: Unsent, thrown?: unknown): Promise<void> {
    const { store, log, webhooks } = this.#options
    const report = await lossReport(row, unsent, thrown, this.#options)
    await store.markUnsent(row, unsent, report, webhooks?.unsent(row, unsent))
    webhooks?.wake()
    this.#report(unsent.state === 'attempted' ? 'unconfirmed' : unsent.state, row)
    if (unsent.state === 'uncertain') {
      log.error({ conversation: row.conversation.id, part: row.id }, 'A part may or may not have arrived')
    }
    if (unsent.state !== 'parked' && unsent.state !== 'attempted')
      await showCopy(row, this.#options.account.id, this.#options)
  }

  /** A part that was marked as attempted with its commit, and is not going to be attempted now. */
  async #putBack(row: OutboxRow): Promise<void> {
    if (row.state !== 'attempted' || row.isCutOff) return
    const notBeforeMs = this.#expiryOf(row) + 1
    const reason = 'the account went offline before it was sent'
    await this.#options.store.markUnsent(row, { state: 'parked', cause: 'offline', notBeforeMs, reason })
  }

  get #digest(): DigestOptions {
    const { account, store, now, textLimit } = this.#options
    return { account, store, now, limit: textLimit }
  }

  #expiryOf(row: OutboxRow): number {
    return expiryOf(row, this.#options.account.maxReplyAgeMs)
  }

  #report(outcome: string, { purpose, groupId }: OutboxRow): void {
    const { account, report } = this.#options
    const sendId = purpose === 'answer' ? undefined : messageIdOf(groupId) // An answer has the id of its turn.
    report({ type: 'send', accountId: account.id, outcome, ...(sendId !== undefined && { sendId }) })
  }

  #wakeLater(conversation: Conversation, waitMs: number): undefined {
    if (!this.#stopping.signal.aborted)
      this.#timers.set(conversationKey(conversation), waitMs, () => this.wake(conversation))
    return undefined
  }
}
