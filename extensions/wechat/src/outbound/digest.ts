/**
 * Texts of schedules that waited for the same person are sent as one: a person who comes back after days reads one message, and
 * the sends that their message allows are left for answers.
 */

import { localTime, type Notice } from '@moltbot/channel-sdk'
import type { OutboxRow } from '../model/outbox.ts'
import type { AccountStore } from '../store/store.ts'
import { inLanguage, type ReplyLanguage } from './notices.ts'

export interface DigestOptions {
  readonly account: { readonly replyLanguage: ReplyLanguage }
  readonly store: Pick<AccountStore, 'scheduledTexts' | 'merge' | 'lastWords'>
  readonly now: () => number
  /** Longest message, in UTF-16 units. */
  readonly limit: () => number
}

/** @returns the part to send in place of `row`: itself, where nothing else of its kind can go with it */
export async function withOthers(
  row: OutboxRow,
  { account, store, now, limit }: DigestOptions,
): Promise<OutboxRow> {
  if (row.purpose !== 'scheduled' || row.state === 'attempted') return row
  const waiting = await store.scheduledTexts(row.conversation, now())
  if (waiting.length < 2 || waiting[0]?.id !== row.id) return row
  const sample = await store.lastWords(row.conversation)
  const heading = (count: number) => inLanguage(headingOf(count), account.replyLanguage, sample)
  const { text, rows } = digestOf(waiting, heading, limit())
  const [carrier, ...others] = rows
  if (carrier === undefined || others.length === 0) return row
  return (await store.merge(carrier, text, others)) ?? row
}

/**
 * As many of the texts as fit into one message, oldest first, each with its time. Pure.
 * @param limit in UTF-16 units
 */
export function digestOf(
  waiting: readonly OutboxRow[],
  heading: (count: number) => string,
  limit: number,
): { readonly text: string; readonly rows: readonly OutboxRow[] } {
  const lines: string[] = []
  // The heading of all is the longest that there can be.
  let length = heading(waiting.length).length
  for (const row of waiting) {
    const line = `\n\n${lineOf(row)}`
    length += line.length
    if (length > limit) break
    lines.push(line)
  }
  return { text: heading(lines.length) + lines.join(''), rows: waiting.slice(0, lines.length) }
}

function lineOf({ createdMs, part }: OutboxRow): string {
  const [date = '', time = ''] = localTime(createdMs).split(' ')
  return `${date.slice(5)} ${time.slice(0, 5)} ${'text' in part ? part.text : ''}`
}

const headingOf = (count: number): Notice => ({
  en: `${count} messages were waiting for you:`,
  'zh-CN': `有 ${count} 条消息在等你：`,
})
