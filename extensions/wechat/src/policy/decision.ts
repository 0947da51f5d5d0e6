/**
 * What policy says of a message. `reason` is a stable code that log, status and tests share.
 */

export type Action =
  /** Not answered and not kept for the agent. */
  | 'drop'
  /** The sender is told a pairing code, once. */
  | 'pair'
  /** Kept as context, not answered. */
  | 'record'
  /** The agent gets it. */
  | 'dispatch'

export interface Decision {
  readonly action: Action
  readonly reason: Reason
  /** The entry of a list that decided, as configured. */
  readonly matched?: string
}

export type Reason =
  | 'dm-disabled'
  | 'dm-open'
  | 'dm-allowed'
  | 'dm-approved'
  | 'dm-owner'
  | 'dm-unknown-sender'
  | 'group-not-served'
  | 'no-conversation'
  | 'no-sender'
