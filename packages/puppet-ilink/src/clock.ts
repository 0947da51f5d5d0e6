/**
 * Time and randomness, injected so that tests can control them, and the waits that a stop can end.
 */

import { deadlineTimer } from './deadline-timer.ts'
import { refusedLocally } from './errors.ts'

export interface Clock {
  /** Milliseconds since the epoch, an integer. */
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

/**
 * Settles as `work` does, or rejects as soon as `signal` aborts. What `work` does after that is ignored, its errors too:
 * it may be foreign code that never settles.
 * @throws ILinkError aborted
 */
export const untilAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = () => reject(refusedLocally('aborted', 'The puppet was stopped', true))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })

/** A span of time that ends with its parent's, or earlier. */
export interface Lifetime {
  /** Aborts when the lifetime ends. */
  readonly signal: AbortSignal
  end(): void
  /** Stops watching the parent and the clock. Does not abort the signal. */
  dispose(): void
}

/** One reason for all: without it, each abort would make an error with a stack. */
const ended = new Error('ended')

/** Ends `ms` after `signal` aborts. */
export const lifetimeAfter = (signal: AbortSignal, ms: number): Lifetime => {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const end = () => controller.abort(ended)
  const onAbort = () => {
    timer = setTimeout(end, ms)
  }
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  const dispose = () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
  return { signal: controller.signal, end, dispose }
}

/** @param timeoutMs ends the lifetime after this time as well */
export const lifetimeWithin = (parent: AbortSignal | undefined, timeoutMs?: number): Lifetime => {
  const controller = new AbortController()
  const end = () => controller.abort(ended)
  const timer = timeoutMs === undefined ? undefined : deadlineTimer(timeoutMs, end)
  if (parent?.aborted) end()
  parent?.addEventListener('abort', end, { once: true })
  const dispose = () => {
    timer?.cancel()
    parent?.removeEventListener('abort', end)
  }
  return { signal: controller.signal, end, dispose }
}
