/**
 * Decides which of the agent's tools a turn may use. A tool must pass every scope that applies, so the order of the scopes
 * does not matter and no scope can allow a tool that another one denies. In each scope, `deny` takes precedence.
 */

import type { GroupEntry, ResolvedAccount, ToolScope } from '../config/resolve.ts'
import type { Person } from './facts.ts'
import { lookUp } from './people.ts'
import { dmRules, entriesOf } from './rules.ts'

export interface ToolTurn {
  readonly conversationKind: string
  readonly conversationId: string
  /** The sender of every message in the turn. The turn may use only the tools that each of them may use. */
  readonly senders: readonly Person[]
}

/**
 * The scopes of a turn. In a group they are `toolsBySender` and `tools` of its own entry and of `"*"`, in a direct chat
 * those of `dms`. A turn without a sender, without a conversation or of an unknown kind gets no tools.
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

/** Removes duplicates and missing scopes. */
function written(scopes: readonly (ToolScope | undefined)[]): ToolScope[] {
  return [...new Set(scopes)].filter((scope) => scope !== undefined)
}
