/**
 * Statements that go with the next one on its connection, ahead of it and in one round trip: reads that are made at the same
 * time, and writes for which no answer waits.
 */

import type { SqlRow, SqlValue } from '@moltbot/channel-sdk/sql'

export interface Rider {
  readonly text: string
  readonly values: readonly SqlValue[]
  resolve(rows: readonly SqlRow[]): void
  reject(error: unknown): void
}

export class Riders {
  readonly #flush: () => Promise<void>
  #waiting: Rider[] = []
  #timer: NodeJS.Timeout | undefined
  #dueMs = Number.POSITIVE_INFINITY

  /** @param flush runs what waits by itself; never rejects */
  constructor(flush: () => Promise<void>) {
    this.#flush = flush
  }

  /** @param withinMs how long it may wait for another statement */
  add(text: string, values: readonly SqlValue[], withinMs: number): Promise<readonly SqlRow[]> {
    const dueMs = performance.now() + withinMs
    if (dueMs < this.#dueMs) {
      clearTimeout(this.#timer)
      this.#dueMs = dueMs
      this.#timer = setTimeout(() => void this.#flush(), withinMs)
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, values, resolve, reject })
    })
  }

  /** All that wait; the caller runs them, in their order. */
  take(): readonly Rider[] {
    clearTimeout(this.#timer)
    this.#dueMs = Number.POSITIVE_INFINITY
    return this.#waiting.splice(0)
  }
}
