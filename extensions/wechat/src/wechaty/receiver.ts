/**
 * From the id of a message to a message on the disk: read from the puppet side by side, stored in the order of arrival,
 * and acknowledged when it is stored. A puppet that does not deliver a message costs that message only, and leaves a
 * trace; a store that fails is tried as long as the account lives, and nothing is acknowledged meanwhile.
 */

import { codeOf, type Logger, messageOf, untilDone, withDeadline } from '@moltbot/channel-sdk'
import type { InboundMessage } from '../model/message.ts'
import { describeError } from '../puppets/errors.ts'
import type { Ignored } from './read-message.ts'

/** A message that a puppet handed over, and the session to read it from. */
export interface Arrival {
  readonly messageId: string
  readonly read: () => Promise<InboundMessage | Ignored>
  /** Tells the backend that it may forget the message; undefined where it keeps none for us. Nothing waits for it. */
  readonly ack: ((messageId: string) => unknown) | undefined
  /** Aborts when the session ends, and reading with it. */
  readonly signal: AbortSignal
}

export interface ReceiverOptions {
  /** Resolves when the message is on the disk. */
  readonly keep: (message: InboundMessage) => Promise<void>
  /** The same for a message that could not be read. */
  readonly keepUnreadable: (messageId: string, reason: string) => Promise<void>
  /** Called with each failure of the store, and with undefined when it works again. */
  readonly onStore: (failure: unknown) => void
  /** Called with each failed attempt to read a message that is followed by another. */
  readonly onUnread: (failure: unknown) => void
  readonly log: Logger
  /** Ends everything: the account lives no more. */
  readonly signal: AbortSignal
  /** Defaults to what suits real puppets. */
  readonly timing?: ReceiverTiming
}

export interface ReceiverTiming {
  /** For one attempt to read a message. */
  readonly attemptMs: number
  /** For all attempts to read it. */
  readonly readMs: number
  /** For one attempt to store it. */
  readonly storeMs: number
}

const receiverTiming: ReceiverTiming = { attemptMs: 5_000, readMs: 10_000, storeMs: 30_000 }

const maxReads = 16
/** Messages that are being read or wait to be stored; beyond it no other is read. */
const maxInMemory = 1_000
const maxTextBytes = 64 * 1024 * 1024
/** Messages that are stored together. */
const maxBatch = 64
const bytesPerUnit = 2

interface Entry {
  readonly arrival: Arrival
  readonly settle: () => void
  /** Undefined while it is being read; what has to be done before it is acknowledged. */
  outcome?: { readonly store: () => Promise<void>; readonly bytes: number } | 'abandoned'
}

export class Receiver {
  readonly #options: ReceiverOptions
  readonly #timing: ReceiverTiming
  /** In the order of arrival: those that wait to be read, and those whose reading has begun. */
  readonly #unread: Entry[] = []
  readonly #open: Entry[] = []
  #reads = 0
  #textBytes = 0
  readonly #unsettled = new Set<Promise<void>>()
  #isStoring = false
  #hasFailed = false

  constructor(options: ReceiverOptions) {
    this.#options = options
    this.#timing = options.timing ?? receiverTiming
  }

  /** Resolves when the message is stored and acknowledged, or given up. Never rejects. */
  receive(arrival: Arrival): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#unsettled.add(promise)
    const settle = () => {
      this.#unsettled.delete(promise)
      resolve()
    }
    this.#unread.push({ arrival, settle })
    this.#readMore()
    return promise
  }

  /** Messages that were received and are neither stored nor given up. */
  get waiting(): number {
    return this.#unsettled.size
  }

  /** Resolves when every message that was received so far is stored, or given up. */
  async idle(): Promise<void> {
    await Promise.all(this.#unsettled)
  }

  #readMore(): void {
    while (this.#reads < maxReads && this.#open.length < maxInMemory && this.#textBytes < maxTextBytes) {
      const entry = this.#unread.shift()
      if (entry === undefined) return
      this.#open.push(entry)
      void this.#read(entry)
    }
  }

  async #read(entry: Entry): Promise<void> {
    this.#reads += 1
    entry.outcome = await this.#outcome(entry.arrival)
    this.#reads -= 1
    if (entry.outcome !== 'abandoned') this.#textBytes += entry.outcome.bytes
    void this.#storeAll()
    this.#readMore()
  }

  async #outcome(arrival: Arrival): Promise<NonNullable<Entry['outcome']>> {
    const { keep, keepUnreadable, log } = this.#options
    const { messageId, ack, signal } = arrival
    const nothing = { store: async () => undefined, bytes: 0 }
    try {
      const message = await this.#tryToRead(arrival)
      if (typeof message === 'object') return { store: () => keep(message), bytes: sizeOf(message) }
      log.debug({ messageId, ignored: message }, 'message ignored')
      return nothing
    } catch (error) {
      // The backend hands it over again after the next start.
      if (signal.aborted && ack !== undefined) return 'abandoned'
      const reason = describeError(error)
      log.error({ messageId, code: codeOf(error), error: reason }, 'a message could not be read')
      return { store: () => keepUnreadable(messageId, reason), bytes: 0 }
    }
  }

  async #tryToRead({ read, signal }: Arrival): Promise<InboundMessage | Ignored> {
    const { attemptMs, readMs } = this.#timing
    let failure: unknown
    const onFailure = (error: unknown) => {
      failure = error
      this.#options.onUnread(error)
    }
    const attempt = (over: AbortSignal) =>
      withDeadline(read, { ms: attemptMs, signal: over, otherwise: 'the puppet did not deliver the message' })
    const attempts = (over: AbortSignal) => untilDone(() => attempt(over), { signal: over, onFailure })
    try {
      return await withDeadline(attempts, { ms: readMs, signal })
    } catch (error) {
      throw failure ?? error
    }
  }

  /** Stores what has been read, as far as everything that came earlier has been read too. */
  async #storeAll(): Promise<void> {
    if (this.#isStoring) return
    this.#isStoring = true
    for (let batch = this.#takeBatch(); batch.length > 0; batch = this.#takeBatch()) {
      await this.#storeBatch(batch)
      this.#readMore()
    }
    this.#isStoring = false
  }

  #takeBatch(): Entry[] {
    const unread = this.#open.findIndex(({ outcome }) => outcome === undefined)
    return this.#open.splice(0, Math.min(unread < 0 ? this.#open.length : unread, maxBatch))
  }

  /** All at once, so that they share a flush; those that fail one after the other, before anything that came later. */
  async #storeBatch(batch: readonly Entry[]): Promise<void> {
    const results = await Promise.allSettled(batch.map((entry) => this.#store(entry)))
    for (const [index, entry] of batch.entries()) {
      const result = results[index]
      if (result?.status === 'rejected') await this.#storeInTheEnd(entry, result.reason)
      if (entry.outcome !== 'abandoned') this.#textBytes -= entry.outcome?.bytes ?? 0
      entry.settle()
    }
  }

  async #storeInTheEnd(entry: Entry, failure: unknown): Promise<void> {
    const { signal, log } = this.#options
    const onFailure = (error: unknown) => {
      this.#hasFailed = true
      if (!signal.aborted) this.#options.onStore(error)
    }
    onFailure(failure)
    try {
      await untilDone(() => this.#store(entry), { signal, onFailure })
    } catch (error) {
      const { messageId } = entry.arrival
      log.error({ messageId, code: codeOf(error), error: messageOf(error) }, 'a message was not stored')
    }
  }

  async #store({ arrival, outcome }: Entry): Promise<void> {
    const { signal } = this.#options
    if (outcome === undefined || outcome === 'abandoned') return
    const otherwise = 'the message was not stored'
    await withDeadline(outcome.store, { ms: this.#timing.storeMs, signal, otherwise })
    if (this.#hasFailed) this.#options.onStore(undefined)
    this.#hasFailed = false
    void this.#acknowledge(arrival)
  }

  /** A puppet may throw, return a promise that fails, or one that never settles. */
  async #acknowledge({ messageId, ack }: Arrival): Promise<void> {
    try {
      await ack?.(messageId)
    } catch (error) {
      this.#options.log.warn({ messageId, error: messageOf(error) }, 'a message was not acknowledged')
    }
  }
}

function sizeOf({ text, quote }: InboundMessage): number {
  return (text.length + (quote?.text.length ?? 0)) * bytesPerUnit
}
