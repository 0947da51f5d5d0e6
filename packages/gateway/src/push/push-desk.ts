/**
 * Messages that other programs push to targets: each is stored once under an id, goes through the outbox of its account with
 * its windows and budgets, and tells what became of it. Callers are the push API, `moltbot push` and the MCP server.
 */

import { createHash, randomUUID } from 'node:crypto'
import {
  type Conversation,
  hasVisibleText,
  type Logger,
  MoltbotError,
  type SendOutcome,
} from '@moltbot/channel-sdk'
import type { Targets } from '../config/targets-schema.ts'
import type { EventHub } from '../events/event-hub.ts'
import { type Caller, conversationOf, targetFor } from './callers.ts'
import type { PushProgress, PushRecord, PushStore } from './push-store.ts'
import { RateLimit } from './rate-limit.ts'
import type { SendingChannels } from './sending-channels.ts'

export interface PushOrder {
  readonly target: string
  /** One of the two, or neither where there is a file. */
  readonly text?: string | undefined
  readonly markdown?: string | undefined
  /** A line above the text. */
  readonly title?: string | undefined
  readonly file?: PushedFile | undefined
  /** A second push of the same caller with it is the first one. */
  readonly idempotencyKey?: string | undefined
}

/** An upload, which its owner deletes after the push. */
export interface PushedFile {
  readonly path: string
  /** As the sender calls it; the channel makes it safe. */
  readonly name: string
  readonly sha256: string
}

export interface PushAnswer extends PushProgress {
  readonly id: string
  readonly target: string
  readonly accountId: string
  readonly createdMs: number
}

interface Content extends PushOrder {
  readonly text: string
  readonly isMarkdown: boolean
  readonly to: Conversation
}

export interface PushDeskOptions {
  readonly store: PushStore
  readonly channels: () => SendingChannels
  readonly targets: () => Targets
  readonly events: Pick<EventHub, 'publish'>
  readonly log: Logger
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Of one caller. */
export const pushesPerMinute = 60
/** Of one caller within a day, so that every key of a day can be stored. */
export const pushesPerDay = 2_000
const dayMs = 24 * 60 * 60_000
/** A message may wait for a week. */
const recordsMs = 8 * dayMs
/** Pushes that are looked at after the operator has changed the outbox. */
const maxLookedAt = 200

export class PushDesk {
  readonly #options: PushDeskOptions
  readonly #rate: RateLimit
  /** Pushes that are being handed over, by id. */
  readonly #running = new Map<string, Promise<PushAnswer>>()
  /** Looks at what became of pushes. */
  readonly #looks = new Set<Promise<void>>()
  #isStopped = false

  constructor(options: PushDeskOptions) {
    this.#options = options
    this.#rate = new RateLimit(pushesPerMinute, options.now)
  }

  /**
   * Resolves when the message is stored in the outbox, with how far it has come within a few seconds.
   * @throws `target-refused`, `target-unknown`, `too-many-requests`, `too-many-pushes`, `nothing-to-send`,
   * `idempotency-key-reused`, and why the account or the file cannot be used
   */
  async push(caller: Caller, order: PushOrder): Promise<PushAnswer> {
    const target = targetFor(caller, order.target, this.#options.targets())
    this.#rate.use(caller.tokenId)
    const content = contentOf(order)
    if (!hasVisibleText(content.text) && order.file === undefined)
      throw new MoltbotError('nothing-to-send', 'give a text, a file, or both')
    const accountId = await this.#accountFor(target)
    const { record, isNew } = await this.#begin(caller, order, accountId)
    const running = this.#running.get(record.id)
    if (running !== undefined) return running
    const work = this.#handOver(record, isNew, { ...order, ...content, to: conversationOf(target) })
    this.#running.set(record.id, work)
    return work.finally(() => this.#running.delete(record.id))
  }

  /** Before a body is read, which may be a file. @throws `too-many-requests` */
  checkRate({ tokenId }: Caller): void {
    this.#rate.check(tokenId)
  }

  /** @throws `push-unknown`, also for a push of another token */
  async status(caller: Caller, id: string): Promise<PushAnswer> {
    const record = await this.#options.store.find(id)
    if (record === undefined || (caller.tokenId !== '' && caller.tokenId !== record.tokenId))
      throw new MoltbotError('push-unknown', `there is no push with the id ${JSON.stringify(id)}`)
    return answerOf(await this.#look(record))
  }

  /** Something became of a message with this id. Never throws. */
  heard(sendId: string): void {
    this.#inBackground(async () => {
      const { store } = this.#options
      const record = await store.find(sendId)
      if (record === undefined || (await this.#look(record)).state === record.state) return
      // Messages that waited are sent as one, and only one of them is named.
      for (const other of await store.open(maxLookedAt, record.target)) await this.#look(other)
    })
  }

  /** The operator has changed the outbox: messages may be dropped, or wait again. Never throws. */
  outboxChanged(): void {
    this.#inBackground(async () => {
      for (const record of await this.#options.store.open(maxLookedAt)) await this.#look(record)
    })
  }

  /** Resolves when nothing of it runs any more. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.allSettled([...this.#running.values(), ...this.#looks])
  }

  async #accountFor({ account }: Targets[string]): Promise<string> {
    const accountId = account ?? this.#options.channels().defaultAccountId
    if (accountId !== undefined) return accountId
    throw new MoltbotError('account-needed', 'the target names no account, and there is no default account')
  }

  async #begin(caller: Caller, order: PushOrder, accountId: string) {
    const { store, now } = this.#options
    const record: PushRecord = {
      id: `push-${randomUUID()}`,
      tokenId: caller.tokenId,
      target: order.target,
      accountId,
      createdMs: now(),
      digest: digestOf(order),
      ...untried,
    }
    const limits = { nowMs: now(), keysMs: dayMs, recordsMs, most: pushesPerDay }
    const begun = await store.begin(record, order.idempotencyKey, limits)
    if (begun === undefined) throw new MoltbotError('too-many-pushes', `at most ${pushesPerDay} pushes a day`)
    if (begun.record.digest === record.digest) return begun
    const message = 'this idempotency key was used for another message'
    throw new MoltbotError('idempotency-key-reused', message)
  }

  /** A repeated push is handed over where a crash came before the first one was stored: the channel knows the id otherwise. */
  async #handOver(record: PushRecord, isNew: boolean, order: Content): Promise<PushAnswer> {
    if (!isNew) {
      const known = await this.#look(record)
      if (known.chunks > 0 || known.state === 'failed') return answerOf(known)
    }
    try {
      await this.#send(record, order)
    } catch (error) {
      // `not-sent`: it was stored, and given up. All else was refused before.
      if (!(error instanceof MoltbotError && error.code === 'not-sent')) {
        await this.#options.store.remove(record.id)
        throw error
      }
      const known = await this.#look(record)
      return answerOf(
        known.chunks > 0
          ? known
          : await this.#note(record, { ...untried, state: 'failed', reason: error.message }),
      )
    }
    return answerOf(await this.#look(record))
  }

  async #send({ id, accountId }: PushRecord, { to, text, isMarkdown, file }: Content): Promise<void> {
    const channels = this.#options.channels()
    const forecast = await channels.forecast({ accountId, to: to.id })
    if (forecast.outcome === 'refused') throw new MoltbotError(forecast.code, forecast.reason)
    const media = file && { source: { path: file.path }, name: file.name }
    await channels.send({
      accountId,
      to: to.id,
      toKind: to.kind,
      text,
      ...(media && { media }),
      id,
      markdown: isMarkdown,
      kind: 'scheduled',
      queue: true,
    })
  }

  /** The record as it is now; a change is stored and published. */
  async #look(record: PushRecord): Promise<PushRecord> {
    if (isOver(record)) return record
    const { channels } = this.#options
    const outcome = await channels()
      .outcome(record.accountId, record.id)
      .catch(() => undefined)
    if (outcome === undefined) return record
    const progress = progressOf(outcome)
    return this.#note(record, progress.state === 'queued' ? await this.#waitOf(record, progress) : progress)
  }

  /** What was not tried yet has no reason of its own. */
  async #waitOf({ target: name, accountId }: PushRecord, progress: PushProgress): Promise<PushProgress> {
    const { channels, targets } = this.#options
    const target = targets()[name]
    if (target === undefined) return progress
    const to = conversationOf(target).id
    const forecast = await channels()
      .forecast({ accountId, to })
      .catch(() => undefined)
    if (forecast?.outcome !== 'queued') return progress
    return { ...progress, state: 'parked', reason: forecast.wait.reason }
  }

  async #note(record: PushRecord, progress: PushProgress): Promise<PushRecord> {
    const { store, events, channels } = this.#options
    const next = { ...record, ...progress }
    if (next.state === record.state && next.reason === record.reason && next.sent === record.sent) return next
    await store.note(record.id, progress)
    const { id, target, accountId, state, reason } = next
    events.publish(channels().channelOf(accountId), { type: 'push', accountId, id, target, state, reason })
    return next
  }

  #inBackground(work: () => Promise<void>): void {
    if (this.#isStopped) return
    const look = work()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'What became of a push is not known'))
      .finally(() => this.#looks.delete(look))
    this.#looks.add(look)
  }
}

const untried: PushProgress = { state: 'queued', reason: '', chunks: 0, sent: 0 }

const isOver = ({ state }: PushProgress) => state !== 'queued' && state !== 'parked'

function progressOf({ status, reason = '', chunks, sent }: SendOutcome): PushProgress {
  if (status === 'queued') return { state: reason === '' ? 'queued' : 'parked', reason, chunks, sent }
  return { state: status === 'not-sent' ? 'failed' : status, reason, chunks, sent }
}

function answerOf({ id, target, accountId, createdMs, state, reason, chunks, sent }: PushRecord): PushAnswer {
  return { id, target, accountId, createdMs, state, reason, chunks, sent }
}

function contentOf({ text, markdown, title }: PushOrder): { text: string; isMarkdown: boolean } {
  const isMarkdown = markdown !== undefined
  const body = markdown ?? text ?? ''
  if (title === undefined || title.trim() === '') return { text: body, isMarkdown }
  const head = isMarkdown ? `**${title.trim()}**\n\n` : `${title.trim()}\n`
  return { text: head + body, isMarkdown }
}

function digestOf({ target, text, markdown, title, file }: PushOrder): string {
  const content = [
    target,
    text ?? null,
    markdown ?? null,
    title ?? null,
    file?.name ?? null,
    file?.sha256 ?? null,
  ]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}
