/**
 * Who may talk to the bot in a direct chat. Pure: ids are compared exactly and names never looked at, because anyone
 * can change a name. What is empty, missing or unknown is refused.
 */

import type { ResolvedAccount } from '../config/resolve.ts'
import type { Decision } from './decision.ts'

export interface DirectFacts {
  readonly senderId: string
  /** The host's record says that the operator approved this sender for this account. */
  readonly approved: boolean
  /** The person the bot belongs to, where the backend knows one (iLink: who scanned the QR code). */
  readonly ownerId: string | undefined
}

export function decideDirect(
  account: Pick<ResolvedAccount, 'dmPolicy' | 'allowFrom'>,
  facts: DirectFacts,
): Decision {
  const { dmPolicy, allowFrom } = account
  if (facts.senderId === '') return { action: 'drop', reason: 'no-sender' }
  if (dmPolicy === 'disabled') return { action: 'drop', reason: 'dm-disabled' }
  if (dmPolicy === 'open') return { action: 'dispatch', reason: 'dm-open' }

  const matched = allowFrom.find((entry) => entry === '*' || entry === facts.senderId)
  if (matched !== undefined) return { action: 'dispatch', reason: 'dm-allowed', matched }
  if (facts.approved) return { action: 'dispatch', reason: 'dm-approved' }

  if (dmPolicy === 'allowlist') return { action: 'drop', reason: 'dm-unknown-sender' }
  if (facts.senderId === facts.ownerId) return { action: 'dispatch', reason: 'dm-owner' }
  return { action: 'pair', reason: 'dm-unknown-sender' }
}
