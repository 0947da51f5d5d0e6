/**
 * What policy says of a message. `reason` is a stable code that log, status, `channels explain` and tests share.
 */

import type { Command } from './commands.ts'
import type { Mention } from './mention.ts'

export type Action =
  /** Not answered and not kept for the agent. */
  | 'drop'
  /** The sender is told a pairing code, once. */
  | 'pair'
  /** Kept as context, not answered. */
  | 'record'
  /** The agent gets it, or the channel carries out the command that it is. */
  | 'dispatch'

export interface Decision {
  readonly action: Action
  readonly reason: Reason
  /** The entry of a list or map that decided, as configured. */
  readonly matched?: string
  /** How the bot was mentioned, where a group asked for it. */
  readonly mention?: Mention
  /** The message is this command, and its sender may give it. */
  readonly command?: Command
}

export type Reason =
  // What nobody can be answered for.
  | 'no-conversation'
  | 'no-sender'
  // Direct chats.
  | 'dm-disabled'
  | 'dm-open'
  | 'dm-allowed'
  | 'dm-approved'
  | 'dm-owner'
  | 'dm-unknown-sender'
  // Groups, in the order of the gate.
  | 'group-policy-disabled'
  | 'group-not-listed'
  | 'group-disabled'
  | 'group-sender-not-allowed'
  | 'group-command'
  | 'group-command-refused'
  | 'group-mentioned'
  | 'group-mention-not-needed'
  | 'group-not-mentioned'
