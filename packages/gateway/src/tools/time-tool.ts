/**
 * `time`: what day and time it is, which no model knows by itself.
 */

import { z } from 'zod'
import { isTimeZone, machineTimeZone, noSuchZone, timeInWords } from '../time-zone.ts'
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
    run: async ({ timeZone = machineTimeZone(new Date(now())) }) => {
      if (!isTimeZone(timeZone)) throw new Error(noSuchZone(timeZone))
      return timeInWords(now(), timeZone, true)
    },
  })
}
