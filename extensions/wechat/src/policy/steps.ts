/**
 * A gate as a list of named steps. The first that decides ends it; each says what it saw, so that a decision can be
 * printed step by step from the code that made it.
 */

import type { Action, Decision } from './decision.ts'

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
