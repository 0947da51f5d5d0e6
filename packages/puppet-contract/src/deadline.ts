/** A puppet that hangs must fail its case by name, not run into the test runner's own timeout. */
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Settles as `work` does, or rejects after `timeoutMs` with an error that says `what` was waited for. The work
 * itself goes on: nothing in the puppet contract can be cancelled.
 */
export async function within<T>(
  work: Promise<T>,
  timeoutMs: number,
  what: string | (() => string),
): Promise<T> {
  const timer = new AbortController()
  const expiry = delay(timeoutMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${typeof what === 'string' ? what : what()}: not done within ${timeoutMs} ms`)
  })
  try {
    return await Promise.race([work, expiry])
  } finally {
    timer.abort()
  }
}
