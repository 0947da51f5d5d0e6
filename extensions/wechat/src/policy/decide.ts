/**
 * The gate: makes the decision on one message of any conversation. An unknown kind of conversation is dropped.
 */

import type { ResolvedAccount } from '../config/resolve.ts'
import type { Decision } from './decision.ts'
import { decided, type Explanation, walk } from './decision.ts'
import { explainDirect } from './direct.ts'
import type { MessageFacts } from './facts.ts'
import { explainGroup } from './group.ts'

export function decide(account: ResolvedAccount, facts: MessageFacts): Decision {
  return explain(account, facts).decision
}

/** The decision with the steps that led to it, for the operator. */
export function explain(account: ResolvedAccount, facts: MessageFacts): Explanation {
  switch (facts.conversationKind) {
    case 'direct':
      return explainDirect(account, facts)
    case 'group':
      return explainGroup(account, facts)
    default:
      return walk(facts, [], ['conversation', neitherKind])
  }
}

function neitherKind({ conversationKind }: MessageFacts) {
  const detail = `"${conversationKind}" is neither direct nor group`
  return decided({ action: 'drop', reason: 'no-conversation' }, detail)
}
