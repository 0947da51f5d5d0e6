/**
 * The waits of this project: for foreign code, which may never come back; for something that has to succeed in the end;
 * and for one's turn in a row.
 */

import { deadlineTimer, longestTimerMs } from './deadline-timer.ts'
import { MoltbotError } from './errors.ts'

export interface Deadline {
  /** Milliseconds until the wait is given up. Absent: only the signal ends it. */
  readonly ms?: number | undefined
  /** Ends the wait early, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** What is missing when the deadline passes, e.g. `the puppet did not confirm the message`. */
  readonly otherwise?: string
}

/**
 * Waits for code that may hang. `work` gets a signal that aborts when the wait has failed, whatever ended it; what
 * `work` does after that is ignored, its errors too.
 * @throws what `work` throws; `deadline` (retryable, not certain) after `ms`; the reason of `signal` when that aborts
 */
export async function withDeadline<Result>(
  work: (signal: AbortSignal) => Result | PromiseLike<Result>,
  { ms, signal, otherwise = 'no answer' }: Deadline,
): Promise<Result> {
  signal?.throwIfAborted()
  const over = new AbortController()
  const { promise: expired, reject } = Promise.withResolvers<never>()
  const expire = (afterMs: number) => deadlineTimer(afterMs, () => reject(deadlineError(otherwise, afterMs)))
  const timer = ms === undefined ? undefined : expire(ms)
  const onAbort = () => reject(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const working = (async () => work(over.signal))()
    working.catch(() => undefined)
    return await Promise.race([working, expired])
  } catch (error) {
    over.abort(error)
    throw error
  } finally {
    timer?.cancel()
    signal?.removeEventListener('abort', onAbort)
  }
}

function deadlineError(otherwise: string, ms: number): MoltbotError {
  return new MoltbotError('deadline', `${otherwise} within ${ms / 1_000} s`, {
    retryable: true,
    certain: false,
  })
}

/** Resolves with true after `ms`, or with false as soon as `signal` aborts. Never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const end = (elapsed: boolean) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      resolve(elapsed)
    }
    const onAbort = () => end(false)
    const timer = setTimeout(end, Math.min(ms, longestTimerMs), true)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

export interface Retries {
  /** Ends the attempts: the last failure is thrown. */
  readonly signal: AbortSignal
  /** Called with each failure that is followed by another attempt. */
  readonly onFailure?: (error: unknown, attempt: number) => void
  /** Failures that another attempt does not cure are thrown at once. Defaults to none. */
  readonly isFinal?: (error: unknown) => boolean
  /** Pause before the second attempt; it doubles each time. Defaults to 200 ms. */
  readonly firstPauseMs?: number
  /** Defaults to 5 s. */
  readonly longestPauseMs?: number
}

/** Runs `work` until it succeeds. @throws the failure of the last attempt, when it is final or `signal` has aborted */
export async function untilDone<Result>(work: () => Promise<Result>, retries: Retries): Promise<Result> {
  const { signal, onFailure, isFinal, firstPauseMs = 200, longestPauseMs = 5_000 } = retries
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (signal.aborted || isFinal?.(error)) throw error
      onFailure?.(error, attempt)
      const waited = await pause(
        Math.min(firstPauseMs * 2 ** Math.min(attempt - 1, 30), longestPauseMs),
        signal,
      )
      if (!waited) throw error
    }
  }
}

/** Runs one piece of work after another, in the order in which they were given. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve()

  /** Resolves as `work` does, which begins when everything given earlier has ended, well or not. */
  run<Result>(work: () => Result | PromiseLike<Result>): Promise<Result> {
    const result = this.#last.then(work)
    this.#last = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }

  /** Resolves when everything given so far has ended. */
  async idle(): Promise<void> {
    await this.#last
  }
}
