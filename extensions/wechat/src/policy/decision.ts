/**
 * What policy says of a message, and the named steps that lead there. `reason` is a stable code that log, status,
 * `channels explain` and tests share.
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

export interface Step {
  readonly step: string
  /** `continue`: the next step decides. Else what is done with the message. */
  readonly outcome: 'continue' | Action
  /** What the step saw, for people. */
  readonly detail: string
}

export interface Explanation {
  readonly decision: Decision
  /** In order; the last one decided. */
  readonly steps: readonly Step[]
}

export interface Finding {
  readonly detail: string
  /** Absent: the step does not decide. */
  readonly decision?: Decision
}

export type Verdict = Required<Finding>

/** What a step is about, and what it finds in a case. */
export type Check<Case, Found extends Finding = Finding> = readonly [
  step: string,
  check: (given: Case) => Found,
]

/** @param last decides whatever the steps before it left open. */
export function walk<Case>(
  given: Case,
  checks: readonly Check<Case>[],
  [lastStep, lastCheck]: Check<Case, Verdict>,
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

export function decided(decision: Decision, detail: string): Verdict {
  return { decision, detail }
}
