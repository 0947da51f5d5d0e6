/**
 * The rules for one person in a direct chat: what `dms` says of them, else of `"*"`, over what the account says.
 */

import type { ResolvedAccount } from '../config/resolve.ts'
import type { ToolScope } from '../config/tools.ts'
import type { Person } from './facts.ts'
import { lookUp } from './people.ts'

export interface DmRules {
  /** Earlier user turns that the agent sees. 0: all. */
  readonly historyLimit: number
  readonly tools: ToolScope | undefined
}

export function dmRules({ dms, dmHistoryLimit }: ResolvedAccount, person: Person): DmRules {
  const entry = lookUp(dms, person)
  return { historyLimit: entry?.historyLimit ?? dmHistoryLimit, tools: entry?.tools }
}
