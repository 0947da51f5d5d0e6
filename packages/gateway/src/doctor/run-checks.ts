/**
 * Runs the checks of `doctor`. A check that hangs or throws is one line of the report and stops no other one.
 */

import { type Finding, type HealthCheck, messageOf, withDeadline } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'

export interface CheckResult extends Finding {
  /** What it is about, in one word. */
  readonly about: string
}

export interface RunOptions {
  readonly signal: AbortSignal
  /** Removes secrets from a text. */
  readonly redact: (text: string) => string
}

const defaultTimeoutMs = 10_000
/** Findings of one check; the rest is counted. */
const maxFindings = 20
/** Characters of one text. A configuration may quote whole files. */
const maxTextLength = 600

/** All at once. @returns what they found, in the order of the checks */
export async function runChecks(checks: readonly HealthCheck[], options: RunOptions): Promise<CheckResult[]> {
  const results = await Promise.all(checks.map((check) => runCheck(check, options)))
  return results.flat()
}

async function runCheck(check: HealthCheck, { signal, redact }: RunOptions): Promise<CheckResult[]> {
  const { about, timeoutMs: ms = defaultTimeoutMs } = check
  const otherwise = 'it has no result'
  const findings = await withDeadline((over) => check.run(over), { ms, signal, otherwise }).catch(
    (error: unknown): Finding[] => [
      { status: 'problem', message: english('this check failed: {reason}', { reason: messageOf(error) }) },
    ],
  )
  const text = (value: string) => shortened(redact(value))
  return withinLimit(findings).map(({ status, message, advice }) => ({
    about,
    status,
    message: text(message),
    ...(advice !== undefined && { advice: text(advice) }),
  }))
}

/** What is wrong comes first, so that none of it is counted only. */
function withinLimit(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= maxFindings) return findings
  const rank = { problem: 0, warning: 1, ok: 2 }
  const sorted = findings.toSorted((a, b) => rank[a.status] - rank[b.status])
  const rest = sorted.slice(maxFindings)
  const status = rest[0]?.status ?? 'ok'
  return [
    ...sorted.slice(0, maxFindings),
    { status, message: english('and {count} more', { count: rest.length }) },
  ]
}

function shortened(text: string): string {
  return text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength).toWellFormed()}…`
}
