/**
 * Compares what a month of schedules has stored with what people have seen. Pure.
 */

import { z } from 'zod'
import { isQuiet } from '../../packages/gateway/src/schedules/quiet-hours.ts'
import { dueAfter, type When, whenSchema } from '../../packages/gateway/src/schedules/when.ts'
import type { Person } from './people.ts'
import type { RunFound, ScheduleFound, ShownMessage } from './stage.ts'

export interface MonthFacts {
  readonly people: readonly Person[]
  readonly shown: readonly ShownMessage[]
  readonly heard: ReadonlyMap<string, readonly number[]>
  readonly runs: readonly RunFound[]
  readonly schedules: readonly ScheduleFound[]
  readonly nowMs: number
}

export interface Verdict {
  readonly schedules: number
  readonly due: number
  /** How many runs have each state. */
  readonly states: Readonly<Record<string, number>>
  readonly digests: number
  readonly nudges: number
  /** Due times without a run, and runs that are stuck. */
  readonly lost: readonly string[]
  /** Texts that were shown more often than runs say, and due times with two runs. */
  readonly doubled: readonly string[]
  /** Runs that are said to be sent, and whose text was not shown. */
  readonly notArrived: readonly string[]
  /** Nudges against the rules. */
  readonly wrongNudges: readonly string[]
}

const body = z.object({
  when: whenSchema,
  content: z.object({ kind: z.enum(['text', 'prompt']), text: z.string() }),
})
const minuteMs = 60_000
/** The clock moves in steps of ten minutes. */
const stepMs = 10 * minuteMs
const nudgeBeforeMs = 30 * minuteMs
const digest = /messages were waiting for you|条消息在等你/
const nudge = /Soon WeChat will not let me write|微信很快就不允许/

export function verdictOf(facts: MonthFacts): Verdict {
  const { schedules, runs, shown } = facts
  const each = schedules.map((schedule) => scheduleVerdict(schedule, facts))
  const states: Record<string, number> = {}
  for (const { state } of runs) states[state] = (states[state] ?? 0) + 1
  return {
    schedules: schedules.length,
    due: each.reduce((sum, { due }) => sum + due, 0),
    states,
    digests: shown.filter(({ text }) => digest.test(text)).length,
    nudges: shown.filter(({ text }) => nudge.test(text)).length,
    lost: each.flatMap(({ lost }) => lost),
    doubled: each.flatMap(({ doubled }) => doubled),
    notArrived: each.flatMap(({ notArrived }) => notArrived),
    wrongNudges: nudgeFaults(facts),
  }
}

function scheduleVerdict(schedule: ScheduleFound, { runs, shown, nowMs, people }: MonthFacts) {
  const { id, personId, createdMs, nextMs } = schedule
  const { when, content } = body.parse(JSON.parse(schedule.body))
  const mine = runs.filter(({ scheduleId }) => scheduleId === id)
  const planned = new Set(mine.map(({ dueMs }) => dueMs))
  const due = dueUntil(when, createdMs, (nextMs ?? nowMs + 1) - 1)
  const open = mine.filter(({ state }) => ['due', 'running', 'queued'].includes(state))
  const count = (...wanted: string[]) => mine.filter(({ state }) => wanted.includes(state)).length
  const mark = people.find((person) => person.id === personId)?.mark ?? ''
  const key = content.kind === 'text' ? content.text : `answer ${mark}`
  const seen = shown
    .filter(({ to }) => to === personId)
    .reduce((sum, { text }) => sum + text.split(key).length - 1, 0)
  // An attempt without a confirmation may have arrived; its run is not said to be sent.
  const uncertain = mine.filter(
    ({ state, reason }) => state === 'not-sent' && /never confirmed/.test(reason),
  ).length
  const sent = count('sent')
  const about = `${id} of ${personId} (${key})`
  return {
    due: due.length,
    lost: [
      ...due
        .filter((ms) => !planned.has(ms) && wasListed(ms, mine))
        .map((ms) => `${about}: no run of ${new Date(ms).toISOString()}`),
      ...open.map(
        ({ state, dueMs, reason }) => `${about}: ${state} since ${new Date(dueMs).toISOString()} ${reason}`,
      ),
      ...mine
        .filter(({ state, reason }) => state === 'not-sent' && !explained.test(reason))
        .map(({ reason }) => `${about}: not sent: ${reason}`),
      ...mine
        .filter(({ state }) => state === 'failed' || state === 'refused')
        .map(({ state, reason }) => `${about}: ${state}: ${reason}`),
    ],
    doubled: [
      ...(seen > sent + uncertain ? [`${about}: ${sent} sent, ${seen} shown`] : []),
      ...(planned.size < mine.length ? [`${about}: two runs for one time`] : []),
    ],
    notArrived: seen < sent ? [`${about}: ${sent} sent, ${seen} shown`] : [],
  }
}

/** Oldest first. */
function dueUntil(when: When, afterMs: number, toMs: number): number[] {
  const found: number[] = []
  for (let ms = dueAfter(when, afterMs); ms !== undefined && ms <= toMs; ms = dueAfter(when, ms))
    found.push(ms)
  return found
}

/** Why a scheduled message may be given up: too old, too many that wait, or an attempt of which nobody knows what became of it. */
const explained = /too old to be sent|too many scheduled messages|never confirmed/

/** After a stop only the ten newest due times are recorded as missed. */
function wasListed(ms: number, mine: readonly RunFound[]): boolean {
  const later = mine.filter(({ dueMs }) => dueMs > ms)
  return later.length < 10 || later.slice(0, 10).some(({ state }) => state !== 'missed')
}

function nudgeFaults({ shown, heard, people }: MonthFacts): string[] {
  const windows = new Set<string>()
  return shown
    .filter(({ text }) => nudge.test(text))
    .flatMap(({ to, atMs }) => {
      const openedMs = (heard.get(to) ?? []).findLast((ms) => ms <= atMs - crossingMs) ?? 0
      const window = `${to} ${openedMs}`
      const isSecond = windows.has(window)
      windows.add(window)
      const person = people.find(({ id }) => id === to)
      const isNight = isQuiet('22:00-08:00', atMs, person?.timeZone ?? 'UTC')
      const leftMs = openedMs + documentedWindowMs - atMs
      const isEarly = leftMs > documentedWindowMs - shortestWindowMs + nudgeBeforeMs + stepMs
      return [
        ...(isSecond ? [`${to}: two in the window of ${new Date(openedMs).toISOString()}`] : []),
        ...(isNight ? [`${to}: in the night, ${new Date(atMs).toISOString()}`] : []),
        ...(isEarly || leftMs < 0 ? [`${to}: ${Math.round(leftMs / minuteMs)} minutes before the end`] : []),
      ]
    })
}

/** A nudge and a word may cross. */
const crossingMs = minuteMs
const documentedWindowMs = 24 * 60 * minuteMs
/** The shortest one of the simulation, which the gateway may have learnt. */
const shortestWindowMs = 20 * 60 * minuteMs
