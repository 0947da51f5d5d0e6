/**
 * A schedule as the control plane shows it.
 */

import type { ScheduleAnswer } from '../api/answers.ts'
import type { Frozen } from '../api/route.ts'
import { whenInWords } from './describe.ts'
import type { ScheduleReport } from './schedule-desk.ts'

export function reportAsAnswer({ schedule, runs }: ScheduleReport): Frozen<ScheduleAnswer> {
  const { when, content, tools: _, language: __, ...facts } = schedule
  return {
    ...facts,
    ...content,
    when: whenInWords(when, schedule.nextMs, schedule.timeZone),
    runs: runs.map(({ scheduleId: ___, ...run }) => run),
  }
}
