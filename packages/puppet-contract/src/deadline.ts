/** A puppet that hangs must fail its case by name, not run into the test runner's own timeout. */
import { setTimeout as delay } from 'node:timers/promises'

/** The puppet, or the harness, did not do in time what it was asked for. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

/**
 * Settles as `work` does, or rejects after `timeoutMs` with a DeadlineError that says `what` was waited for.
 * The work itself goes on: nothing in the puppet contract can be cancelled.
 */
export async function within<T>(
  work: Promise<T>,
  timeoutMs: number,
  what: string | (() => string),
): Promise<T> {
  const timer = new AbortController()
  const expiry = delay(timeoutMs, undefined, { signal: timer.signal }).then(() => {
    throw new DeadlineError(`${typeof what === 'string' ? what : what()}: not done within ${timeoutMs} ms`)
  })
  try {
    return await Promise.race([work, expiry])
  } finally {
    timer.abort()
  }
}
