/**
 * Waits a few seconds for the result of a text that an operator sent. What has to wait longer is taken back, unless the
 * operator wants it to be queued: a text that says "the shop opens at nine" must not arrive in the evening.
 */

import { MoltbotError, pause, type SendOutcome, type SendReceipt } from '@moltbot/channel-sdk'
import type { OutboxProgress } from '../store/store.ts'

export interface ConfirmOptions {
  readonly progress: () => Promise<OutboxProgress>
  /** Why sending is not possible at present. Undefined if it is possible. */
  readonly obstacle: () => string | undefined
  /** Takes back what is not being sent. Undefined: it stays in the queue. */
  readonly takeBack: ((reason: string) => Promise<void>) | undefined
  /** Ends the wait. The text is still sent. */
  readonly signal: AbortSignal
}

const waitMs = 5_000
const lookEveryMs = 50

/** @throws `not-sent` with the reason, if no part could be sent and none will be */
export async function confirmSent({
  progress,
  obstacle,
  takeBack,
  signal,
}: ConfirmOptions): Promise<SendReceipt> {
  const endMs = performance.now() + waitMs
  for (;;) {
    const state = await progress()
    const receipt = receiptOf(state)
    if (receipt !== undefined) return receipt
    const reason = state.trouble ?? obstacle()
    const { total: chunks, sent } = state
    if (reason !== undefined && takeBack === undefined) return { status: 'queued', chunks, sent, reason }
    if (reason !== undefined) await takeBack?.(reason)
    if (reason !== undefined && receiptOf(await progress()) !== undefined) continue
    if (!(await pause(lookEveryMs, signal)) || performance.now() > endMs) {
      return { status: 'queued', chunks, sent, reason: 'the backend has not confirmed it yet' }
    }
  }
}

/** What became of a message so far; undefined where there is none. */
export function outcomeOf({
  total: chunks,
  sent,
  givenUp,
  trouble,
}: OutboxProgress): SendOutcome | undefined {
  if (chunks === 0) return undefined
  const reason = trouble === undefined || sent === chunks ? {} : { reason: trouble }
  if (sent + givenUp < chunks) return { status: 'queued', chunks, sent, ...reason }
  if (sent === chunks) return { status: 'sent', chunks, sent }
  return { status: sent === 0 ? 'not-sent' : 'partly-sent', chunks, sent, ...reason }
}

/** Undefined: some parts are neither sent nor given up. */
function receiptOf({ total: chunks, sent, givenUp, trouble }: OutboxProgress): SendReceipt | undefined {
  if (sent === chunks) return { status: 'sent', chunks, sent }
  if (sent + givenUp < chunks) return undefined
  if (sent === 0) throw new MoltbotError('not-sent', trouble ?? 'sending failed')
  return { status: 'partly-sent', chunks, sent, ...(trouble !== undefined && { reason: trouble }) }
}
