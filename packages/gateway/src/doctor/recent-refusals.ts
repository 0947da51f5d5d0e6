/**
 * What was refused or failed lately, from the log: each kind once, with how often, when last, and what to do.
 */

import { existsSync } from 'node:fs'
import { type Finding, type HealthCheck, localTime } from '@moltbot/channel-sdk'
import { adviceFor } from '../agent/model-health.ts'
import { english } from '../language/speech.ts'
import type { LogLine } from '../log/guidance.ts'
import { tailOfLog } from '../log/tail.ts'

const lookBackMs = 24 * 60 * 60_000
const maxReadBytes = 4 * 1024 * 1024
const maxKinds = 8
/** Reported by another check from the configuration itself. */
const elsewhere: ReadonlySet<unknown> = new Set(['config.warning', 'network.proxy', 'mcp.away'])

/** @param path the log file; undefined: the log is written to none */
export function recentRefusals(path: string | undefined, now: () => number): HealthCheck {
  return {
    about: 'log',
    run: async () => {
      if (path === undefined || !existsSync(path))
        return [{ status: 'ok', message: english('there is no log file to look into') }]
      return findingsIn(tailOfLog(path, maxReadBytes), now())
    },
  }
}

interface Kind {
  readonly last: LogLine
  readonly count: number
}

export function findingsIn(lines: readonly LogLine[], nowMs: number): Finding[] {
  const kinds = new Map<string, Kind>()
  for (const line of lines) {
    if (!isTrouble(line) || nowMs - timeOf(line) > lookBackMs) continue
    const key = JSON.stringify([line.event, line.msg, line.code, line.accountId])
    const count = (kinds.get(key)?.count ?? 0) + 1
    kinds.set(key, { last: line, count })
  }
  if (kinds.size === 0)
    return [{ status: 'ok', message: english('nothing was refused and nothing failed in the last 24 hours') }]
  const newest = [...kinds.values()].toSorted((a, b) => timeOf(b.last) - timeOf(a.last))
  return newest.slice(0, maxKinds).map(findingOf)
}

function isTrouble({ level, event }: LogLine): boolean {
  return (level === 'warn' || level === 'error' || level === 'fatal') && !elsewhere.has(event)
}

function timeOf({ time }: LogLine): number {
  const ms = Date.parse(String(time))
  return Number.isFinite(ms) ? ms : 0
}

function findingOf({ last, count }: Kind): Finding {
  const reason = detailOf(last)
  const what = reason === '' ? String(last.msg) : `${String(last.msg)}: ${reason}`
  const problem = last.accountId === undefined ? what : `${String(last.accountId)}: ${what}`
  const message = english('{problem} ({count} in 24 hours, last at {time})', {
    problem,
    count,
    time: localTime(timeOf(last)),
  })
  const advice = adviceOn(last, reason)
  return { status: 'warning', message, ...(advice !== undefined && { advice }) }
}

function detailOf({ error, reason, err }: LogLine): string {
  const thrown = typeof err === 'object' && err !== null && 'message' in err ? err.message : undefined
  return String(error ?? reason ?? thrown ?? '')
}

function adviceOn({ code, msg, event }: LogLine, reason: string): string | undefined {
  const text = String(code ?? '')
  if (text.startsWith('model-')) return adviceFor(reason)
  if (event === 'turn.failed') return adviceFor(reason)
  if (msg === 'A part was not sent') return english('see what waits and why: moltbot outbox list')
  if (/session-expired|not-logged-in/.test(text)) return english('log in again: moltbot channels login')
  if (event === 'process.crashed') return english('it has a report: crash.last.json in the state directory')
  return undefined
}
