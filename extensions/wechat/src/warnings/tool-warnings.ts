/**
 * Tool scopes that do not do what they seem to: names that no tool bears, and tools that a wider scope takes anyway.
 */

import { admitted, meansTool } from '@moltbot/channel-sdk'
import type { GroupEntry, ResolvedAccount } from '../config/resolve.ts'
import type { ToolScope } from '../config/tools.ts'
import { everybody } from '../policy/people.ts'
import { turnScope } from '../policy/tools.ts'
import { named, type PolicyWarning } from './warning.ts'

/** Names of the agent's tools, and how the names begin of those that are missing for now. */
export interface AgentTools {
  readonly known: readonly string[]
  readonly away: readonly string[]
}

/** A scope, where it stands, and the scopes that hold wherever it does. */
interface Placed {
  readonly path: readonly string[]
  readonly scope: ToolScope
  readonly wider: readonly (ToolScope | undefined)[]
}

/** @param tools of the agent; names that may be those of tools that are away are not reported */
export function toolWarnings(account: ResolvedAccount, tools: AgentTools): PolicyWarning[] {
  return everyScope(account).flatMap((placed) => [
    ...unknownNames(placed, tools),
    ...lostTools(placed, tools.known),
  ])
}

function unknownNames({ path, scope }: Placed, { known, away }: AgentTools): PolicyWarning[] {
  const { allow = [], alsoAllow = [], deny = [] } = scope
  const unknown = [...new Set([...allow, ...alsoAllow, ...deny])].filter(
    (name) => !known.some((tool) => meansTool(name, tool)) && !away.some((prefix) => name.startsWith(prefix)),
  )
  return unknown.length === 0 ? [] : [{ path, message: `no tool is called ${named(unknown)}` }]
}

/** Only tools that the scope names itself: who writes `*` means what is there. */
function lostTools({ path, scope, wider }: Placed, tools: readonly string[]): PolicyWarning[] {
  const limits = wider.flatMap((limit) => (limit === undefined ? [] : [turnScope(limit)]))
  const asked = new Set([...(scope.allow ?? []), ...(scope.alsoAllow ?? [])])
  const lost = tools.filter((tool) => asked.has(tool) && !admitted(limits, tool))
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

function placed(path: readonly string[], scope: ToolScope | undefined, wider: Placed['wider']): Placed[] {
  return scope === undefined ? [] : [{ path, scope, wider }]
}
