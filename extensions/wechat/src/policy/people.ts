/**
 * Whether a list or map of the configuration means a person. Ids are compared exactly, and no name is ever looked at:
 * anyone can change theirs. What is empty or unknown matches nothing.
 */

import { aliasPrefix } from '../config/ids.ts'
import type { IdList } from '../config/resolve.ts'
import type { Person } from './facts.ts'

export const everybody = '*'

/** The entry that means this very person: their id, or `alias:` and their remark where ids do not last. */
export function matchPerson(list: { has(entry: string): boolean }, person: Person): string | undefined {
  const entry = entryOf(person)
  return entry !== undefined && list.has(entry) ? entry : undefined
}

/** The same, or `"*"` where the list has it. */
export function matchAnyone(list: IdList, person: Person): string | undefined {
  return matchPerson(list, person) ?? (list.has(everybody) ? everybody : undefined)
}

/** What a map says of this person; without a word on them, what it says of everybody. */
export function lookUp<Value>(map: ReadonlyMap<string, Value>, person: Person): Value | undefined {
  const entry = matchPerson(map, person)
  return map.get(entry ?? everybody)
}

/** How a list would have to spell this person; nothing where no spelling can mean them. */
function entryOf({ senderId, alias, idStability }: Person): string | undefined {
  if (idStability === 'session') {
    const remark = alias?.trim()
    return remark ? aliasPrefix + remark : undefined
  }
  return senderId === '' || senderId === everybody || senderId.startsWith(aliasPrefix) ? undefined : senderId
}
