/**
 * Which of the agent's tools a turn may use. Every scope that holds narrows what the ones before it left, so their
 * order does not matter and none can give back what another took; `deny` wins in each.
 */

import type { ToolScope } from '@moltbot/channel-sdk'
import type { GroupEntry, ResolvedAccount } from '../config/resolve.ts'
import type { ToolScope as WrittenScope } from '../config/tools.ts'
import type { Person } from './facts.ts'
import { lookUp } from './people.ts'
import { dmRules, entriesOf } from './rules.ts'

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
export function toolScopes(account: ResolvedAccount, turn: ToolTurn): ToolScope[] {
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

function groupScopes(account: ResolvedAccount, groupId: string, person: Person) {
  return entriesOf(account, groupId, person.idStability).flatMap(([, entry]) => entryScopes(entry, person))
}

function entryScopes({ toolsBySender = new Map(), tools }: GroupEntry, person: Person) {
  return [lookUp(toolsBySender, person), tools]
}

/** Each once, and only those that somebody wrote. */
function written(scopes: readonly (WrittenScope | undefined)[]): ToolScope[] {
  return [...new Set(scopes)].flatMap((scope) => (scope === undefined ? [] : [turnScope(scope)]))
}

/** `alsoAllow` adds to `allow`; alone it allows nothing that was not allowed. */
export function turnScope({ allow, alsoAllow = [], deny }: WrittenScope): ToolScope {
  return { ...(allow && { allow: [...allow, ...alsoAllow] }), ...(deny && { deny }) }
}
