/**
 * The report to a person about a part of an answer that did not go out, in the language of what they wrote last.
 */

import type { OutboxRow, Unsent } from '../model/outbox.ts'
import type { AccountStore, LossReport } from '../store/store.ts'
import { lossNotice, reportEveryMs } from './loss.ts'
import { inLanguage, type ReplyLanguage } from './notices.ts'

export interface LossReportOptions {
  readonly account: { readonly replyLanguage: ReplyLanguage }
  readonly store: Pick<AccountStore, 'lastWords'>
  readonly now: () => number
}

/**
 * @param thrown why the last attempt failed, if there was one
 * @returns undefined: there is nothing to report
 */
export async function lossReport(
  row: OutboxRow,
  unsent: Unsent,
  thrown: unknown,
  { account, store, now }: LossReportOptions,
): Promise<LossReport | undefined> {
  const notice = lossNotice(row, unsent, thrown)
  if (notice === undefined) return undefined
  const text = inLanguage(notice, account.replyLanguage, await store.lastWords(row.conversation))
  return { parts: [{ text }], nowMs: now(), sinceMs: now() - reportEveryMs }
}
