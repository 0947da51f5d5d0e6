/**
 * `time`: what day and time it is, which no model knows by itself.
 */

import { z } from 'zod'
import { machineTimeZone } from '../time-zone.ts'
import { type AgentTool, defineTool } from './tool.ts'

const input = z.strictObject({
  timeZone: z
    .string()
    .max(64)
    .optional()
    .describe('IANA name such as "Asia/Shanghai". Left out: the time zone of the machine.'),
})

/** @param now milliseconds since the epoch. */
export function timeTool(now: () => number): AgentTool {
  return defineTool({
    name: 'time',
    description: 'The current date, weekday and time, in any time zone.',
    input,
    timeoutMs: 1_000,
    run: async ({ timeZone }) => timeIn(timeZone ?? machineTimeZone(new Date(now())), now()),
  })
}

/** Such as `Monday, 2026-01-05 14:03:11 GMT+08:00 (Asia/Shanghai)`. */
function timeIn(timeZone: string, atMs: number): string {
  const parts = formatFor(timeZone).formatToParts(atMs)
  const part = (wanted: Intl.DateTimeFormatPartTypes) => parts.find(({ type }) => type === wanted)?.value
  const date = `${part('year')}-${part('month')}-${part('day')}`
  const time = `${part('hour')}:${part('minute')}:${part('second')} ${part('timeZoneName')}`
  return `${part('weekday')}, ${date} ${time} (${timeZone})`
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'long',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'longOffset',
    })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Error(`there is no time zone "${timeZone}"; give an IANA name such as "Europe/Berlin"`)
  }
}
