/**
 * The rules of one conversation: what the configuration writes for it, laid over what it writes for all, key by key, over
 * what the account says.
 */

import type { MentionPatterns } from '../config/patterns.ts'
import type { GroupEntry, IdList, ResolvedAccount } from '../config/resolve.ts'
import type { ToolScope } from '../config/tools.ts'
import type { IdStability } from '../model/ids.ts'
import type { Person } from './facts.ts'
import { everybody, lookUp } from './people.ts'

export interface DmRules {
  /** Earlier user turns that the agent sees. 0: all. */
  readonly historyLimit: number
  readonly tools: ToolScope | undefined
}

export function dmRules({ dms, dmHistoryLimit }: ResolvedAccount, person: Person): DmRules {
  const entry = lookUp(dms, person)
  return { historyLimit: entry?.historyLimit ?? dmHistoryLimit, tools: entry?.tools }
}

/** A group as a message meets it. `tools` and `toolsBySender` are not laid over each other; see `tools.ts`. */
export interface GroupRules {
  /** The key of `groups` that has the group: its id, or `"*"`; nothing where neither stands there. */
  readonly listedAs: string | undefined
  readonly enabled: boolean
  readonly requireMention: boolean
  /** Who is heard: the group's `allowFrom`, else the account's `groupAllowFrom`; nothing: anyone. */
  readonly allowFrom: IdList | undefined
  /** Messages kept as context. 0: none. */
  readonly historyLimit: number
  readonly systemPrompt: string | undefined
  readonly mentionPatterns: MentionPatterns
}

type GroupKeys = Pick<ResolvedAccount, 'groups'>

/** The entries that hold for a group, its own first. Ids that do not last find nothing but `"*"`. */
export function entriesOf(
  { groups }: GroupKeys,
  groupId: string,
  idStability: IdStability,
): readonly [key: string, entry: GroupEntry][] {
  const keys = idStability === 'session' || groupId === everybody ? [everybody] : [groupId, everybody]
  return keys.flatMap((key) => {
    const entry = groups.get(key)
    return entry === undefined ? [] : [[key, entry] as [string, GroupEntry]]
  })
}

export function groupRules(account: ResolvedAccount, groupId: string, idStability: IdStability): GroupRules {
  const entries = entriesOf(account, groupId, idStability)
  const rules: GroupEntry = Object.assign({}, ...entries.map(([, entry]) => entry).reverse())
  return {
    listedAs: entries[0]?.[0],
    enabled: rules.enabled ?? true,
    requireMention: rules.requireMention ?? true,
    allowFrom: rules.allowFrom ?? account.groupAllowFrom,
    historyLimit: rules.historyLimit ?? account.historyLimit,
    systemPrompt: rules.systemPrompt,
    mentionPatterns: rules.mentionPatterns ?? account.mentionPatterns,
  }
}
