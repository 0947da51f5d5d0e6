/**
 * The decision of the policy on a message, and the named steps that lead to it. `reason` is a stable code that the log,
 * the status, `channels explain` and tests share.
 */

import type { Command } from './commands.ts'
import type { Mention } from './mention.ts'

export type Action =
  /** The message is neither answered nor stored for the agent. */
  | 'drop'
  /** The sender gets a pairing code, once. */
  | 'pair'
  /** The message is stored as context and not answered. */
  | 'record'
  /** The agent gets the message, or the channel runs the command in it. */
  | 'dispatch'

export interface Decision {
  readonly action: Action
  readonly reason: Reason
  /** The configured entry of a list or map that decided. */
  readonly matched?: string
  /** How the bot was mentioned, in a group that requires a mention. */
  readonly mention?: Mention
  /** The command in the message, if its sender may give it. */
  readonly command?: Command
}

export type Reason =
  // Messages that cannot be answered.
  | 'no-conversation'
  | 'no-sender'
  /** The message came when its sender was not admitted, so its text is not known any more. */
  | 'withheld'
  // Direct chats.
  | 'dm-own-bot'
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
  | 'group-own-bot'
  | 'group-command'
  | 'group-command-refused'
  | 'group-mentioned'
  | 'group-mention-not-needed'
  | 'group-not-mentioned'

/** Not a decision on a single message: its conversation had as many turns within an hour as it may have. */
export const turnsPerHourReason = 'turns-per-hour'

export interface Step {
  readonly step: string
  /** `continue`: the next step decides. Otherwise the action on the message. */
  readonly outcome: 'continue' | Action
  /** What the step found, for the operator. */
  readonly detail: string
}

export interface Explanation {
  readonly decision: Decision
  /** In order. The last step decided. */
  readonly steps: readonly Step[]
}

export interface Finding {
  readonly detail: string
  /** Undefined: the step does not decide. */
  readonly decision?: Decision
}

export type Decided = Required<Finding>

/** The name of a step, and the function that checks a case. */
export type Check<Case, Found extends Finding = Finding> = readonly [
  step: string,
  check: (given: Case) => Found,
]

/** Runs the checks in order until one decides. The last check decides every case that is still open. */
export function walk<Case>(
  given: Case,
  checks: readonly Check<Case>[],
  [lastStep, lastCheck]: Check<Case, Decided>,
): Explanation {
  const steps: Step[] = []
  for (const [step, check] of checks) {
    const { detail, decision } = check(given)
    steps.push({ step, outcome: decision?.action ?? 'continue', detail })
    if (decision !== undefined) return { decision, steps }
  }
  const { detail, decision } = lastCheck(given)
  return { decision, steps: [...steps, { step: lastStep, outcome: decision.action, detail }] }
}

export function decided(decision: Decision, detail: string): Decided {
  return { decision, detail }
}
