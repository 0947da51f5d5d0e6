/**
 * A number of places or bytes that running work shares. Work that does not fit waits, in the order in which it came, so
 * that a large piece is not overtaken for ever by small ones.
 */

/** Gives a share back. Calls after the first do nothing. */
export type GiveBack = () => void

interface Waiting {
  readonly amount: number
  readonly resolve: (giveBack: GiveBack) => void
}

export class Capacity {
  /** What can be held at the same time. */
  readonly limit: number
  #held = 0
  readonly #waiting = new Set<Waiting>()

  constructor(limit: number) {
    this.limit = limit
  }

  get held(): number {
    return this.#held
  }

  /** Takes that wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /**
   * Resolves when there is room; at once for an amount of 0.
   * @param amount more than the limit counts as the limit: it runs alone
   * @throws the signal's reason, when that aborts first
   */
  take(amount: number, signal: AbortSignal): Promise<GiveBack> {
    if (signal.aborted) return Promise.reject(signal.reason)
    const immediate = this.tryTake(Math.min(amount, this.limit))
    if (immediate !== undefined || amount <= 0) return Promise.resolve(immediate ?? (() => undefined))
    const { promise, resolve, reject } = Promise.withResolvers<GiveBack>()
    const entry = { amount: Math.min(amount, this.limit), resolve }
    this.#waiting.add(entry)
    const onAbort = () => {
      this.#waiting.delete(entry)
      reject(signal.reason)
      this.#admit()
    }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#admit()
    return promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  /** As {@link take}, without waiting. Undefined: there is no room now. */
  tryTake(amount: number): GiveBack | undefined {
    const fits = this.#waiting.size === 0 && this.#held + amount <= this.limit
    return fits ? this.#hold(amount) : undefined
  }

  /** Runs work within a share of this capacity. @throws what `work` throws, and what {@link take} throws */
  async run<Result>(amount: number, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const giveBack = await this.take(amount, signal)
    try {
      return await work()
    } finally {
      giveBack()
    }
  }

  #admit(): void {
    for (const entry of this.#waiting) {
      if (this.#held + entry.amount > this.limit) return
      this.#waiting.delete(entry)
      entry.resolve(this.#hold(entry.amount))
    }
  }

  #hold(amount: number): GiveBack {
    this.#held += amount
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#held -= amount
      this.#admit()
    }
  }
}
