/**
 * Waits a few seconds for the result of a text that an operator sent.
 */

import { MoltbotError, pause, type SendReceipt } from '@moltbot/channel-sdk'
import type { OutboxProgress } from '../store/store.ts'

export interface ConfirmOptions {
  readonly progress: () => Promise<OutboxProgress>
  /** Why sending is not possible at present. Undefined if it is possible. */
  readonly obstacle: () => string | undefined
  /** Ends the wait. The text is still sent. */
  readonly signal: AbortSignal
}

const waitMs = 5_000
const lookEveryMs = 50

/** @throws `not-sent` with the reason, if no part could be sent */
export async function confirmSent({ progress, obstacle, signal }: ConfirmOptions): Promise<SendReceipt> {
  const endMs = performance.now() + waitMs
  for (;;) {
    const { total: chunks, sent, givenUp, trouble } = await progress()
    if (sent === chunks) return { status: 'sent', chunks, sent }
    if (givenUp > 0 && sent === 0 && givenUp === chunks)
      throw new MoltbotError('not-sent', trouble ?? 'sending failed')
    if (givenUp > 0 && sent + givenUp === chunks)
      return { status: 'partly-sent', chunks, sent, ...because(trouble) }
    const reason = trouble ?? obstacle()
    if (reason !== undefined && givenUp === 0) return { status: 'queued', chunks, sent, reason }
    if (!(await pause(lookEveryMs, signal)) || performance.now() > endMs) {
      return { status: 'queued', chunks, sent, reason: 'the backend has not confirmed it yet' }
    }
  }
}

function because(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason }
}
