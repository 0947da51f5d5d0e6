/**
 * Time and chance, handed in so that tests can own them.
 */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` aborts: callers look at the signal, they never catch. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** A number in [0, 1). */
export type Random = () => number

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const finish = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const timer = setTimeout(finish, ms)
      signal?.addEventListener('abort', finish, { once: true })
    }),
}

export interface BackoffOptions {
  firstMs: number
  maxMs: number
}

/** Doubling delay for the n-th failure in a row (from 1), between half and the whole of its value. */
export const backoffMs = (failures: number, { firstMs, maxMs }: BackoffOptions, random: Random): number => {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30))
  return Math.round(ceiling * (0.5 + random() / 2))
}
