/**
 * A channel's answer to "what would you do with this message?", step by step, for the operator.
 */

import type { Conversation, ToolScope } from './turn.ts'

export interface ExplainRequest {
  readonly accountId: string
  readonly conversation: Conversation
  readonly senderId: string
  /** Whether the message addresses the bot, besides what its text says. */
  readonly mentioned: boolean
  readonly text: string
}

export interface ExplainedStep {
  /** What the step looks at, such as a key of the configuration. */
  readonly step: string
  /** `continue`: the next step decides. Else what is done with the message. */
  readonly outcome: string
  /** What the step saw, in words. */
  readonly detail: string
}

export interface ExplainedDecision {
  /** What is done with the message, in the channel's terms. */
  readonly action: string
  /** Stable code, as in the log. */
  readonly reason: string
  /** In order. */
  readonly steps: readonly ExplainedStep[]
  /** What restricts the tools of a turn that answers it, as in `Turn.tools`. Left out where no turn does. */
  readonly tools?: readonly ToolScope[]
}
