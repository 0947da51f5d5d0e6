/**
 * The outbox of all accounts as an operator sees it, and the texts that an operator sends by hand.
 */

import { randomUUID } from 'node:crypto'
import {
  type ChannelOutbox,
  MoltbotError,
  messageOf,
  type OutboxItem,
  type SendReceipt,
  type SendRequest,
} from '@moltbot/channel-sdk'
import type { AccountRun } from './account-run.ts'
import { normalizeId } from './config/ids.ts'
import type { OutboxRow } from './model/outbox.ts'

const previewLength = 60

/** @param running the present run of an account; throws where there is none */
export function operatorOutbox(running: (accountId: string) => AccountRun): ChannelOutbox {
  return {
    list: async (accountId, listing) =>
      (await running(accountId).desk.list(listing)).map((row) => itemOf(accountId, row)),
    retry: async (accountId, ids) => idsOf(await running(accountId).desk.retry(rowIds(ids))),
    drop: async (accountId, ids) =>
      idsOf(await running(accountId).desk.drop(rowIds(ids), 'dropped by the operator')),
  }
}

/** @throws `not-sent` with the reason, `nothing-to-send` */
export async function sendByHand(
  run: AccountRun,
  { to, text, media, queue = false }: SendRequest,
): Promise<SendReceipt> {
  const id = normalizeId(to)
  const kind = (await run.kindOf(id)) ?? 'direct'
  const groupId = randomUUID()
  const content = { groupId, text, purpose: 'manual' as const, ...(media !== undefined && { media }) }
  const parts = await run.enqueue({ kind, id }, content)
  if (parts === 0) throw new MoltbotError('nothing-to-send', 'there is neither a text nor a file')
  try {
    return await run.confirm(groupId, queue)
  } catch (error) {
    throw new MoltbotError('not-sent', messageOf(error) + (await spellingHint(run, id)), { cause: error })
  }
}

/** Ids differ by upper and lower case, and people retype them. */
async function spellingHint(run: AccountRun, id: string): Promise<string> {
  const seen = await run.seenIds().catch((): readonly string[] => [])
  const meant = seen.find((one) => one !== id && one.toLowerCase() === id.toLowerCase())
  return meant === undefined || seen.includes(id) ? '' : `; did you mean ${meant}?`
}

function itemOf(
  accountId: string,
  { id, conversation, purpose, state, reason, createdMs, part }: OutboxRow,
): OutboxItem {
  const preview =
    'file' in part ? part.file.name : part.text.slice(0, previewLength).replaceAll(/\s+/g, ' ').toWellFormed()
  return { id: String(id), accountId, conversation, purpose, state, reason, createdMs, preview }
}

const idsOf = (rows: readonly OutboxRow[]) => rows.map(({ id }) => String(id))

/** What is no number of a row is the id of none. */
const rowIds = (ids: readonly string[]) => ids.filter((id) => /^\d{1,15}$/.test(id)).map(Number)
