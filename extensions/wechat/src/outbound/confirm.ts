/**
 * What became of a text that somebody sent by hand, as far as a few seconds tell.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { MoltbotError, type SendReceipt } from '@moltbot/channel-sdk'
import type { OutboxProgress } from '../store/store.ts'

export interface ConfirmOptions {
  readonly progress: () => Promise<OutboxProgress>
  /** Why nothing can be sent at present; undefined when it can. */
  readonly obstacle: () => string | undefined
  /** Ends the waiting, not the sending. */
  readonly signal: AbortSignal
}

const waitMs = 5_000
const lookEveryMs = 50

/** @throws `not-sent` with the reason, when a part was given up */
export async function confirmSent(options: ConfirmOptions): Promise<SendReceipt> {
  const endMs = performance.now() + waitMs
  for (;;) {
    const { total: chunks, sent, givenUp, trouble } = await options.progress()
    if (givenUp > 0) throw new MoltbotError('not-sent', trouble ?? 'given up')
    if (sent === chunks) return { status: 'sent', chunks }
    const reason = trouble ?? options.obstacle()
    if (reason !== undefined) return { status: 'queued', chunks, reason }
    await sleep(lookEveryMs, undefined, { signal: options.signal }).catch(() => undefined)
    if (options.signal.aborted || performance.now() > endMs) {
      return { status: 'queued', chunks, reason: 'the backend has not confirmed it yet' }
    }
  }
}
