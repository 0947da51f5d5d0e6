/**
 * One timer for each conversation that waits for a time.
 */

/** Longest time to a look at what waits. */
const longestMs = 24 * 60 * 60_000

export class WakeTimers {
  readonly #timers = new Map<string, NodeJS.Timeout>()

  get size(): number {
    return this.#timers.size
  }

  has(key: string): boolean {
    return this.#timers.has(key)
  }

  /** Replaces the timer of `key`. */
  set(key: string, waitMs: number, wake: () => void): void {
    clearTimeout(this.#timers.get(key))
    const due = () => {
      this.#timers.delete(key)
      wake()
    }
    this.#timers.set(key, setTimeout(due, Math.max(0, Math.min(waitMs, longestMs))).unref())
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }
}
