/**
 * Waiting for foreign code that may throw, or never come back.
 */

import { MoltbotError } from '@moltbot/channel-sdk'

export type Outcome<Value> =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: unknown }

/** What became of `work`, with a `timeout` error when nothing has become of it after `timeoutMs`. Never throws. */
export async function settleWithin<Value>(
  timeoutMs: number,
  work: () => Promise<Value>,
): Promise<Outcome<Value>> {
  const { promise: late, resolve } = Promise.withResolvers<Outcome<Value>>()
  const timer = setTimeout(
    () =>
      resolve({
        error: new MoltbotError('timeout', `no answer within ${timeoutMs} ms`, { retryable: true }),
      }),
    timeoutMs,
  )
  const settled = work().then(
    (value) => ({ value }),
    (error: unknown) => ({ error: error ?? new Error('rejected without a reason') }),
  )
  return Promise.race([settled, late]).finally(() => clearTimeout(timer))
}
