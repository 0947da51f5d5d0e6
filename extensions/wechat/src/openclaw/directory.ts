/**
 * People and groups for `openclaw directory`. The channel keeps no list of contacts, so these are the ids that the
 * configuration names and those that were approved by pairing.
 */

import type { ResolvedAccount } from '../config/resolve.ts'
import type { DirectoryEntry, DirectoryQuery } from './host-plugin.ts'
import { senderOf } from './ids.ts'

const everyone = '*'

/** People who may write to the account in a direct chat. @param approved pairing ids */
export function listPeople(
  account: ResolvedAccount | undefined,
  approved: readonly string[],
  query: DirectoryQuery,
): DirectoryEntry[] {
  const named = account === undefined ? [] : [...account.allowFrom, ...account.dms.keys()]
  return entries('user', [...named, ...approved.map(senderOf)], query)
}

/** Groups that have an entry in `groups`. */
export function listGroups(account: ResolvedAccount | undefined, query: DirectoryQuery): DirectoryEntry[] {
  return entries('group', [...(account?.groups.keys() ?? [])], query)
}

function entries(
  kind: DirectoryEntry['kind'],
  ids: readonly string[],
  { query, limit }: DirectoryQuery,
): DirectoryEntry[] {
  const wanted = (query ?? '').trim().toLowerCase()
  const found = [...new Set(ids)].filter((id) => id !== everyone && id.toLowerCase().includes(wanted))
  return found.slice(0, limit ?? found.length).map((id) => ({ kind, id }))
}
