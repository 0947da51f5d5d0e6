/**
 * Wakes who waits for a change in a conversation of the outbox.
 */

export class Changes {
  readonly #waiting = new Map<string, Set<() => void>>()

  /** Resolves when something has changed that may let a conversation go on, or when `signal` aborts. */
  next(key: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const waiting = this.#waiting.get(key) ?? new Set()
      this.#waiting.set(key, waiting)
      const done = () => {
        signal.removeEventListener('abort', done)
        waiting.delete(done)
        if (waiting.size === 0) this.#waiting.delete(key)
        resolve()
      }
      waiting.add(done)
      signal.addEventListener('abort', done)
    })
  }

  announce(key: string): void {
    for (const done of [...(this.#waiting.get(key) ?? [])]) done()
  }

  announceAll(): void {
    for (const key of [...this.#waiting.keys()]) this.announce(key)
  }
}
