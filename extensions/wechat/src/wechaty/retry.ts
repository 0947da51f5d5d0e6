/**
 * Tries again what a passing trouble interrupted.
 */

import { setTimeout as sleep } from 'node:timers/promises'

const attempts = 5
const firstPauseMs = 200

/**
 * Runs `work` until it succeeds, at most five times over three seconds.
 * @param onFailure told of every failure but the last
 * @throws the last failure, and at once when `signal` aborts
 */
export async function withRetries<Result>(
  work: () => Promise<Result>,
  onFailure: (error: unknown) => void,
  signal: AbortSignal,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === attempts || signal.aborted) throw error
      onFailure(error)
      await sleep(firstPauseMs * 2 ** (attempt - 1), undefined, { signal })
    }
  }
}
