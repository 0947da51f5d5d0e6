/**
 * What is not sent, by account and cause: what merely waits for a person, what should have been sent long ago, and what
 * was given up.
 */

import type { Finding, OutboxItem, OutboxListing } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'

type Item = Pick<OutboxItem, 'accountId' | 'state' | 'reason' | 'createdMs'>

/** Longer than any pause but the longest. */
const stuckAfterMs = 60 * 60_000
const givenUpWithinMs = 24 * 60 * 60_000
/** What waits for the person to write. */
const forPerson: ReadonlySet<string> = new Set(['window-closed', 'quota'])

export function outboxFindings(
  items: Readonly<Record<OutboxListing, readonly Item[]>>,
  nowMs: number,
): Finding[] {
  const waiting = grouped(items.waiting).map((group) => waitingFinding(group, nowMs))
  const lately = items.failed.filter(({ createdMs }) => nowMs - createdMs < givenUpWithinMs)
  const failed = grouped(lately).map(failedFinding)
  if (waiting.length + failed.length > 0) return [...waiting, ...failed]
  return [{ status: 'ok', message: english('no message waits, and none was given up in the last 24 hours') }]
}

interface Group {
  readonly account: string
  /** The code that begins its reason; empty where it was not attempted. */
  readonly code: string
  readonly count: number
  readonly oldest: Item
}

function grouped(items: readonly Item[]): Group[] {
  const groups = new Map<string, Group>()
  for (const item of items) {
    const code = codeIn(item.reason)
    const key = JSON.stringify([item.accountId, code])
    const { count = 0, oldest = item } = groups.get(key) ?? {}
    const older = item.createdMs < oldest.createdMs ? item : oldest
    groups.set(key, { account: item.accountId, code, count: count + 1, oldest: older })
  }
  return [...groups.values()]
}

/** A reason is `code: words`. */
const codeIn = (reason: string) => /^([a-z-]+): /.exec(reason)?.[1] ?? ''

function waitingFinding({ account, code, count, oldest }: Group, nowMs: number): Finding {
  const hours = Math.floor((nowMs - oldest.createdMs) / 3_600_000)
  const isStuck = nowMs - oldest.createdMs > stuckAfterMs && !forPerson.has(code)
  const reason = oldest.reason || english('it was not attempted')
  const message = isStuck
    ? english('{account}: {count} waiting, the oldest for {hours} h; {reason}', {
        account,
        count,
        hours,
        reason,
      })
    : english('{account}: {count} waiting; {reason}', { account, count, reason })
  return { status: isStuck ? 'problem' : 'ok', message, advice: adviceOn(code, account) }
}

function failedFinding({ account, code, count, oldest }: Group): Finding {
  const reason = oldest.reason || english('it was not attempted')
  const message = english('{account}: {count} given up in the last 24 hours; {reason}', {
    account,
    count,
    reason,
  })
  return { status: 'warning', message, advice: adviceOn(code, account) }
}

function adviceOn(code: string, account: string): string {
  switch (code) {
    case 'window-closed':
    case 'quota':
      return english('they are sent when the person writes again')
    case 'rate-limited':
      return english('wait: the account pauses and goes on by itself; let it write less')
    case 'not-logged-in':
    case 'session-expired':
      return english('log in: moltbot channels login --account {account}', { account })
    case 'network':
    case 'timeout':
    case 'puppet-unreachable':
      return english('check the network, the firewall and the proxy (network.proxy, HTTPS_PROXY)')
    default:
      return english('see each with: moltbot outbox list --account {account}', { account })
  }
}
