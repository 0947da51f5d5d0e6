/**
 * Rules of an account that have no effect with the ids of its backend or with the tools of its agent: entries that match
 * no id, names of tools that do not exist, and tools that another scope already denies.
 */

import { admitted, meansTool, type ToolScope } from '@moltbot/channel-sdk'
import { aliasPrefix } from '../config/ids.ts'
import type { GroupEntry, ResolvedAccount } from '../config/resolve.ts'
import type { IdStability } from '../model/ids.ts'
import { everybody } from '../policy/people.ts'

export interface PolicyWarning {
  /** Path of the key, from the account, with normalised ids. */
  readonly path: readonly string[]
  readonly message: string
}

const maxNamed = 5

/** The first few entries, quoted, and the number of the others. */
export function named(entries: readonly string[]): string {
  const first = entries.slice(0, maxNamed).map((entry) => `"${entry}"`)
  const more = entries.length - first.length
  return first.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

/** The ids of one list or map, and its path. */
interface Ids {
  readonly path: readonly string[]
  readonly ids: readonly string[]
}

const advice: Readonly<Record<IdStability, string>> = {
  session: `cannot match, because ids of this backend change at every login; write people as "${aliasPrefix}<remark>" and groups as "*"`,
  stable:
    'cannot match, because remarks are used only with a backend whose ids change at every login; write the id',
}

export function idWarnings(account: ResolvedAccount, idStability: IdStability): PolicyWarning[] {
  return everyId(account).flatMap(({ path, ids }) => {
    const idle = ids.filter((id) => id !== everybody && !canMatch(id, idStability))
    return idle.length === 0 ? [] : [{ path, message: `${named(idle)} ${advice[idStability]}` }]
  })
}

/** @param seen ids of people and groups that have sent a message */
export function caseWarnings(account: ResolvedAccount, seen: Iterable<string>): PolicyWarning[] {
  const exact = new Set(seen)
  const folded = new Map(Array.from(exact, (id) => [id.toLowerCase(), id]))
  return everyId(account).flatMap(({ path, ids }) =>
    ids.flatMap((id) => {
      const similar = exact.has(id) ? undefined : folded.get(id.toLowerCase())
      if (similar === undefined) return []
      return [
        {
          path,
          message: `"${id}" differs only in case from "${similar}", which has sent messages; ids are case-sensitive`,
        },
      ]
    }),
  )
}

/** Every id in the account's rules. */
export function configuredIds(account: ResolvedAccount): string[] {
  return everyId(account).flatMap(({ ids }) => ids)
}

function canMatch(id: string, idStability: IdStability): boolean {
  return id.startsWith(aliasPrefix) === (idStability === 'session')
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

/** Names of the agent's tools, and name prefixes of tools that are unavailable at present. */
export interface AgentTools {
  readonly known: readonly string[]
  readonly away: readonly string[]
}

/** A scope, its path, and the enclosing scopes that also apply. */
interface Placed {
  readonly path: readonly string[]
  readonly scope: ToolScope
  readonly enclosing: readonly (ToolScope | undefined)[]
}

/** @param tools names that may belong to an unavailable tool are not reported */
export function toolWarnings(account: ResolvedAccount, tools: AgentTools): PolicyWarning[] {
  return everyScope(account).flatMap((placed) => [
    ...unknownNames(placed, tools),
    ...lostTools(placed, tools.known),
  ])
}

function unknownNames({ path, scope }: Placed, { known, away }: AgentTools): PolicyWarning[] {
  const { allow = [], deny = [] } = scope
  const unknown = [...new Set([...allow, ...deny])].filter(
    (name) => !known.some((tool) => meansTool(name, tool)) && !away.some((prefix) => name.startsWith(prefix)),
  )
  return unknown.length === 0 ? [] : [{ path, message: `the agent has no tool named ${named(unknown)}` }]
}

/** Reports only tools that the scope names itself: `*` means the tools that are available. */
function lostTools({ path, scope, enclosing }: Placed, tools: readonly string[]): PolicyWarning[] {
  const limits = enclosing.filter((limit) => limit !== undefined)
  const lost = tools.filter((tool) => scope.allow?.includes(tool) && !admitted(limits, tool))
  return lost.length === 0
    ? []
    : [
        {
          path,
          message: `${named(lost)} has no effect: the enclosing scope does not allow it, and a scope can only narrow`,
        },
      ]
}

function everyScope({ groups, dms }: ResolvedAccount): Placed[] {
  const all = groups.get(everybody)?.tools
  return [
    ...[...groups].flatMap(([id, entry]) => scopesOfGroup(id, entry, all)),
    ...[...dms].flatMap(([id, { tools }]) => placed(['dms', id, 'tools'], tools, [])),
  ]
}

function scopesOfGroup(
  id: string,
  { tools, toolsBySender = new Map() }: GroupEntry,
  all: ToolScope | undefined,
) {
  return [
    ...placed(['groups', id, 'tools'], tools, id === everybody ? [] : [all]),
    ...[...toolsBySender].flatMap(([sender, scope]) =>
      placed(['groups', id, 'toolsBySender', sender], scope, [tools, all]),
    ),
  ]
}

function placed(
  path: readonly string[],
  scope: ToolScope | undefined,
  enclosing: Placed['enclosing'],
): Placed[] {
  return scope === undefined ? [] : [{ path, scope, enclosing }]
}
