/**
 * The rules of one conversation. Each key comes from the conversation's own entry, then from the entry `"*"`, then from
 * the account.
 */

import type { MentionPatterns } from '../config/patterns.ts'
import type { GroupEntry, IdList, ResolvedAccount, ToolScope } from '../config/resolve.ts'
import type { IdStability } from '../model/ids.ts'
import type { Person } from './facts.ts'
import { everybody, lookUp } from './people.ts'

export interface DmRules {
  /** Earlier turns of the user that the agent sees. 0: all of them. */
  readonly historyLimit: number
  readonly tools: ToolScope | undefined
}

export function dmRules({ dms, dmHistoryLimit }: ResolvedAccount, person: Person): DmRules {
  const entry = lookUp(dms, person)
  return { historyLimit: entry?.historyLimit ?? dmHistoryLimit, tools: entry?.tools }
}

/** The merged rules of a group. `tools` and `toolsBySender` are not merged; see `tools.ts`. */
export interface GroupRules {
  /** The key of `groups` that lists the group: its id or `"*"`. Undefined if `groups` has neither. */
  readonly listedAs: string | undefined
  readonly enabled: boolean
  readonly requireMention: boolean
  /** The group's `allowFrom`, or the account's `groupAllowFrom`. Undefined: every sender is admitted. */
  readonly allowFrom: IdList | undefined
  /** Messages stored as context. 0: none. */
  readonly historyLimit: number
  readonly systemPrompt: string | undefined
  /** Whether messages of other accounts of this gateway are answered as those of people are. */
  readonly answerOwnBots: boolean
  readonly mentionPatterns: MentionPatterns
}

type GroupKeys = Pick<ResolvedAccount, 'groups'>

/** The entries that apply to a group, its own first. Ids that change at every login match only `"*"`. */
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
    answerOwnBots: rules.answerOwnBots ?? false,
    mentionPatterns: rules.mentionPatterns ?? account.mentionPatterns,
  }
}
