/**
 * Entries by id that cannot mean anybody: on a backend whose ids do not last, or for their spelling.
 */

import { aliasPrefix } from '../config/ids.ts'
import type { GroupEntry, ResolvedAccount } from '../config/resolve.ts'
import type { IdStability } from '../model/ids.ts'
import { everybody } from '../policy/people.ts'
import { named, type PolicyWarning } from './warning.ts'

/** The ids of one list or map, and where it stands. */
interface Ids {
  readonly path: readonly string[]
  readonly ids: readonly string[]
}

const advice: Readonly<Record<IdStability, string>> = {
  session: `cannot match, because ids change at every login here; mean people as "${aliasPrefix}<remark>" and groups as "*"`,
  stable: 'cannot match, because remarks count only where ids change at every login; write the id',
}

export function idWarnings(account: ResolvedAccount, idStability: IdStability): PolicyWarning[] {
  return everyId(account).flatMap(({ path, ids }) => {
    const idle = ids.filter((id) => id !== everybody && !canMatch(id, path, idStability))
    return idle.length === 0 ? [] : [{ path, message: `${named(idle)} ${advice[idStability]}` }]
  })
}

/** @param seen ids of the people and groups that have written. */
export function caseWarnings(account: ResolvedAccount, seen: Iterable<string>): PolicyWarning[] {
  const exact = new Set(seen)
  const folded = new Map(Array.from(exact, (id) => [id.toLowerCase(), id]))
  return everyId(account).flatMap(({ path, ids }) =>
    ids.flatMap((id) => {
      const twin = exact.has(id) ? undefined : folded.get(id.toLowerCase())
      if (twin === undefined) return []
      return [
        { path, message: `"${id}" differs by case only from "${twin}", which has written; ids are exact` },
      ]
    }),
  )
}

/** Every id that the account's rules name. */
export function configuredIds(account: ResolvedAccount): string[] {
  return everyId(account).flatMap(({ ids }) => ids)
}

/** Groups have no remark. */
function canMatch(id: string, [key, ...inner]: readonly string[], idStability: IdStability): boolean {
  const isGroup = key === 'groups' && inner.length === 0
  const isRemark = id.startsWith(aliasPrefix)
  return idStability === 'session' ? isRemark && !isGroup : !isRemark
}

function everyId({ allowFrom, groupAllowFrom = new Set(), groups, dms }: ResolvedAccount): Ids[] {
  return [
    { path: ['allowFrom'], ids: [...allowFrom] },
    { path: ['groupAllowFrom'], ids: [...groupAllowFrom] },
    { path: ['groups'], ids: [...groups.keys()] },
    ...[...groups].flatMap(([id, entry]) => idsInGroup(id, entry)),
    { path: ['dms'], ids: [...dms.keys()] },
  ]
}

function idsInGroup(id: string, { allowFrom = new Set(), toolsBySender = new Map() }: GroupEntry): Ids[] {
  return [
    { path: ['groups', id, 'allowFrom'], ids: [...allowFrom] },
    { path: ['groups', id, 'toolsBySender'], ids: [...toolsBySender.keys()] },
  ]
}
