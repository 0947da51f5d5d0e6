/**
 * Which of the agent's tools a turn may use. Every scope that holds narrows what the ones before it left, so their
 * order does not matter and none can give back what another took; `deny` wins in each.
 */

import type { GroupEntry, ResolvedAccount } from '../config/resolve.ts'
import type { ToolScope } from '../config/tools.ts'
import { dmRules } from './dm-entry.ts'
import type { Person } from './facts.ts'
import { entriesOf } from './group-entry.ts'
import { lookUp } from './people.ts'

/** A scope as a host takes it: names, `*`, or a prefix and `*`. No `allow`: everything; an empty one: nothing. */
export interface TurnScope {
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
}

export interface ToolTurn {
  readonly conversationKind: string
  readonly conversationId: string
  /** Everybody whose message is in the turn: it may do only what each of them may. */
  readonly senders: readonly Person[]
}

/**
 * The scopes of a turn: in a group those of `toolsBySender`, then `tools`, of its own entry and then of `"*"`; in a
 * direct chat `dms`. What has no sender, no conversation or no known kind gets no tool at all.
 */
export function toolScopes(account: ResolvedAccount, turn: ToolTurn): TurnScope[] {
  if (turn.senders.length === 0 || turn.conversationId === '') return [{ allow: [] }]
  switch (turn.conversationKind) {
    case 'direct':
      return written(turn.senders.map((person) => dmRules(account, person).tools))
    case 'group':
      return written(turn.senders.flatMap((person) => groupScopes(account, turn.conversationId, person)))
    default:
      return [{ allow: [] }]
  }
}

export function toolAllowed(scopes: readonly TurnScope[], name: string): boolean {
  return scopes.every(({ allow, deny = [] }) => {
    return !bears(deny, name) && (allow === undefined || bears(allow, name))
  })
}

/** What is left of the agent's tools. */
export function filterTools(scopes: readonly TurnScope[], names: readonly string[]): string[] {
  return names.filter((name) => toolAllowed(scopes, name))
}

/** Whether an entry of a scope means this tool. A `*` counts only at its end. */
export function meansTool(entry: string, name: string): boolean {
  return entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : entry === name
}

function bears(entries: readonly string[], name: string): boolean {
  return entries.some((entry) => meansTool(entry, name))
}

function groupScopes(account: ResolvedAccount, groupId: string, person: Person) {
  return entriesOf(account, groupId, person.idStability).flatMap(([, entry]) => entryScopes(entry, person))
}

function entryScopes({ toolsBySender = new Map(), tools }: GroupEntry, person: Person) {
  return [lookUp(toolsBySender, person), tools]
}

/** Each once, and only those that somebody wrote. */
function written(scopes: readonly (ToolScope | undefined)[]): TurnScope[] {
  return [...new Set(scopes)].flatMap((scope) => (scope === undefined ? [] : [turnScope(scope)]))
}

/** `alsoAllow` adds to `allow`; alone it allows nothing that was not allowed. */
export function turnScope({ allow, alsoAllow = [], deny }: ToolScope): TurnScope {
  return { ...(allow && { allow: [...allow, ...alsoAllow] }), ...(deny && { deny }) }
}
