/**
 * Which runs a schedule has, now that its next time has come. Pure.
 */

import type { Plan, Schedule } from './schedule.ts'
import { dueAfter, dueBetween } from './when.ts'

/** Missed runs that are recorded one by one after a long stop; older ones are not listed. */
const mostMissed = 10

/**
 * After a stop the newest due time runs if it is young enough, once; all others are missed. The times of a paused schedule pass.
 * @param catchUpMs how late a run may begin
 */
export function planOf(
  { when, nextMs, isPaused }: Pick<Schedule, 'when' | 'nextMs' | 'isPaused'>,
  nowMs: number,
  catchUpMs: number,
): Plan {
  if (nextMs === undefined || nextMs > nowMs) return { runs: [], nextMs }
  const next = dueAfter(when, nowMs)
  if (isPaused) return { runs: [], nextMs: next }
  const runs = dueBetween(when, nextMs, nowMs, mostMissed).map((dueMs, index) =>
    index === 0 && nowMs - dueMs <= catchUpMs
      ? ({ dueMs, state: 'due', reason: '' } as const)
      : ({ dueMs, state: 'missed', reason: missedReason } as const),
  )
  return { runs, nextMs: next }
}

const missedReason = 'the gateway did not run at that time'
