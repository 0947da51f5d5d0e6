// Held requests. A waiter leaves as soon as its client does, so nothing is ever handed to a closed connection.

import { maxWaiters } from '../limits.ts'

export class Waiters {
  readonly #wake: (() => void)[] = []

  get count(): number {
    return this.#wake.length
  }

  /** Resolves on a wake-up, after `ms`, or when `gone` aborts: the caller looks again at what there is. */
  wait(ms: number, gone: AbortSignal): Promise<void> {
    if (gone.aborted) return Promise.resolve()
    if (this.#wake.length >= maxWaiters) this.#wake[0]?.()
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        gone.removeEventListener('abort', wake)
        const index = this.#wake.indexOf(wake)
        if (index >= 0) this.#wake.splice(index, 1)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      gone.addEventListener('abort', wake)
      this.#wake.push(wake)
    })
  }

  /** Of two pollers the newer one is served: the older is the likelier to be a connection that died unseen. */
  wakeNewest(): void {
    this.#wake.at(-1)?.()
  }

  wakeAll(): void {
    for (const wake of [...this.#wake]) wake()
  }
}
