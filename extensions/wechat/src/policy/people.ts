/**
 * Matches a person against a list or map of the configuration. Ids are compared exactly. Names are never used, because
 * users can change them. An empty or unknown id matches nothing.
 */

import { aliasPrefix } from '../config/ids.ts'
import type { IdList } from '../config/resolve.ts'
import type { Person } from './facts.ts'

export const everybody = '*'

/** The entry for this person: their id, or `alias:` and their remark if ids change at every login. */
export function matchPerson(list: { has(entry: string): boolean }, person: Person): string | undefined {
  const entry = entryOf(person)
  return entry !== undefined && list.has(entry) ? entry : undefined
}

/** The entry for this person, or `"*"` if the list has it. */
export function matchAnyone(list: IdList, person: Person): string | undefined {
  return matchPerson(list, person) ?? (list.has(everybody) ? everybody : undefined)
}

/** The value for this person, or the value for `"*"` if the person has no entry. */
export function lookUp<Value>(map: ReadonlyMap<string, Value>, person: Person): Value | undefined {
  const entry = matchPerson(map, person)
  return map.get(entry ?? everybody)
}

/** The entry that matches this person. Undefined if no entry can. */
function entryOf({ senderId, alias, idStability }: Person): string | undefined {
  if (idStability === 'session') {
    const remark = alias?.trim()
    return remark ? aliasPrefix + remark : undefined
  }
  return senderId === '' || senderId === everybody || senderId.startsWith(aliasPrefix) ? undefined : senderId
}
