/**
 * One cap for the files that all running turns hold in memory for models, across accounts: without it a few people who send
 * pictures at the same time end the process.
 */

import { getHeapStatistics } from 'node:v8'
import { Capacity, type GiveBack } from '@moltbot/channel-sdk'

/** A file is held as bytes, as base64 and within the request's JSON, and the heap is not for files alone. */
const heapShare = 1 / 8

/** Bytes of files as they are read, for all turns of this process. */
export const turnsMemory = new Capacity(Math.floor(getHeapStatistics().heap_size_limit * heapShare))

/** What one turn holds of that. */
export class TurnMemory {
  readonly #all: Capacity
  readonly #over: AbortSignal
  readonly #held: GiveBack[] = []

  /** @param over aborts when the turn is over */
  constructor(all: Capacity, over: AbortSignal) {
    this.#all = all
    this.#over = over
  }

  /** Bytes that a turn can hold at most. */
  get limit(): number {
    return this.#all.limit
  }

  /**
   * Resolves when the turn may hold so many more bytes, until it is over. Only for a turn that holds nothing: two that hold
   * something and wait for each other would wait without end.
   * @throws when the turn is over first
   */
  async hold(bytes: number): Promise<void> {
    const giveBack = await this.#all.take(bytes, this.#over)
    if (this.#over.aborted) giveBack()
    this.#over.throwIfAborted()
    this.#held.push(giveBack)
  }

  /** As {@link hold}, without waiting. @returns whether there was room */
  tryHold(bytes: number): boolean {
    const giveBack = this.#over.aborted ? undefined : this.#all.tryTake(bytes)
    if (giveBack !== undefined) this.#held.push(giveBack)
    return giveBack !== undefined
  }

  /** As {@link hold}, for as long as `work` takes. */
  during<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
    return this.#all.run(bytes, this.#over, work)
  }

  /** Gives everything back. */
  giveBack(): void {
    for (const giveBack of this.#held.splice(0)) giveBack()
  }
}
