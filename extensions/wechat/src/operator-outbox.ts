/**
 * The outbox of all accounts as an operator sees it.
 */

import type { ChannelOutbox, OutboxItem } from '@moltbot/channel-sdk'
import type { OutboxRow } from './model/outbox.ts'
import type { OutboxDesk } from './outbound/outbox-desk.ts'

const previewLength = 60

/** @param deskOf the outbox of a running account; throws where it does not run */
export function operatorOutbox(deskOf: (accountId: string) => OutboxDesk): ChannelOutbox {
  return {
    list: async (accountId, listing) =>
      (await deskOf(accountId).list(listing)).map((row) => itemOf(accountId, row)),
    retry: async (accountId, ids) => idsOf(await deskOf(accountId).retry(rowIds(ids))),
    drop: async (accountId, ids) =>
      idsOf(await deskOf(accountId).drop(rowIds(ids), 'dropped by the operator')),
  }
}

/** A part as the operator sees it. */
export function itemOf(
  accountId: string,
  { id, conversation, purpose, state, reason, createdMs, part }: OutboxRow,
): OutboxItem {
  const preview =
    'file' in part ? part.file.name : part.text.slice(0, previewLength).replaceAll(/\s+/g, ' ').toWellFormed()
  return { id: String(id), accountId, conversation, purpose, state, reason, createdMs, preview }
}

const idsOf = (rows: readonly OutboxRow[]) => rows.map(({ id }) => String(id))

/** What is no number of a row is the id of none. */
export const rowIds = (ids: readonly string[]) => ids.filter((id) => /^\d{1,15}$/.test(id)).map(Number)
