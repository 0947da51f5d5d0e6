/**
 * A limit for promises of other hands that take no AbortSignal.
 */

import { MoltbotError } from '@moltbot/channel-sdk'

/** @throws `deadline` after `ms`; what `work` does later is ignored, its errors too. */
export async function withDeadline<Result>(
  work: Promise<Result>,
  ms: number,
  message: string,
): Promise<Result> {
  const { promise: expired, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () =>
      reject(
        new MoltbotError('deadline', `${message} within ${ms / 1_000} s`, {
          retryable: true,
          certain: false,
        }),
      ),
    ms,
  )
  work.catch(() => undefined)
  try {
    return await Promise.race([work, expired])
  } finally {
    clearTimeout(timer)
  }
}
