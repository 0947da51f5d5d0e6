/**
 * The gate: one decision for one message, whatever the conversation. A kind that nobody knows is never direct.
 */

import type { ResolvedAccount } from '../config/resolve.ts'
import type { Decision } from './decision.ts'
import { type DirectFacts, decideDirect } from './direct.ts'

export interface MessageFacts extends DirectFacts {
  readonly conversationKind: string
}

export function decide(account: ResolvedAccount, facts: MessageFacts): Decision {
  switch (facts.conversationKind) {
    case 'direct':
      return decideDirect(account, facts)
    case 'group':
      return { action: 'drop', reason: 'group-not-served' }
    default:
      return { action: 'drop', reason: 'no-conversation' }
  }
}
