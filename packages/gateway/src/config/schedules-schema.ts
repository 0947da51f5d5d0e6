/**
 * `schedules`: what the gateway sends by itself, and the bounds of what people may schedule in their chats.
 */

import { z } from 'zod'
import { timeZoneSchema, whenSchema } from '../schedules/when.ts'

const minuteMs = 60_000
const maxCatchUpMs = 7 * 24 * 60 * minuteMs
const maxSchedules = 100_000
const maxTextLength = 20_000
const maxTools = 1_000

const clock = String.raw`([01]\d|2[0-3]):[0-5]\d`

const job = z
  .strictObject({
    enabled: z.boolean().default(true).describe('false: it is not due.'),
    accountId: z
      .string()
      .min(1)
      .exactOptional()
      .describe('The account that sends. Default: the default account.'),
    to: z.string().min(1).describe('Id of the person or group.'),
    group: z.boolean().default(false).describe('`to` is a group.'),
    cron: z
      .string()
      .exactOptional()
      .describe(
        'When, as a cron expression of five fields: minute, hour, day of the month, month, day of the week. "0 8 * * 1-5": at 8:00 from Monday to Friday.',
      ),
    every: z
      .string()
      .regex(/^[1-9]\d{0,5}(?:m|h|d)$/, 'expected a number and m, h or d, such as "90m"')
      .exactOptional()
      .describe('When, as an interval, counted from midnight UTC: "90m", "6h", "1d".'),
    at: z.iso
      .datetime({
        offset: true,
        error: 'expected a time with its offset, such as "2026-12-24T18:00:00+08:00"',
      })
      .exactOptional()
      .describe('When, once: a time with its offset, such as "2026-12-24T18:00:00+08:00".'),
    timeZone: timeZoneSchema.exactOptional().describe('Time zone of `cron`. Default: `schedules.timeZone`.'),
    text: z
      .string()
      .min(1)
      .max(maxTextLength)
      .exactOptional()
      .describe('The text to send. Either this or `prompt`.'),
    prompt: z
      .string()
      .min(1)
      .max(maxTextLength)
      .exactOptional()
      .describe('What the agent is asked; its answer is sent. Either this or `text`.'),
    tools: z
      .array(z.string().min(1))
      .max(maxTools)
      .exactOptional()
      .describe(
        'Tools that the agent may use for `prompt`. They only narrow what a message of that chat may use. Default: all of that.',
      ),
  })
  .superRefine((value, context) => {
    oneOf(['cron', 'every', 'at'], value, context)
    oneOf(['text', 'prompt'], value, context)
    if (value.cron === undefined) return
    const problem = whenSchema.safeParse({ cron: value.cron, timeZone: 'UTC' }).error?.issues
    if (problem !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['cron'],
        message: 'this cron expression is never due or has not five fields',
      })
  })

function oneOf(names: readonly string[], value: object, context: z.RefinementCtx): void {
  const given = names.filter((name) => Object.hasOwn(value, name))
  if (given.length === 1) return
  const all = names.join(', ')
  const message = given.length === 0 ? `one of ${all} is needed` : `only one of ${all} is possible`
  context.addIssue({ code: 'custom', path: given.slice(1, 2), message })
}

export const schedulesSchema = z
  .strictObject({
    jobs: z
      .record(
        z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'expected lower-case letters, digits, "-" and "_"'),
        job,
      )
      .default({})
      .describe('Your own schedules, each under a name that you choose.'),
    catchUpMs: z
      .int()
      .min(0)
      .max(maxCatchUpMs)
      .default(60 * minuteMs)
      .describe(
        'What was due while the gateway did not run is sent after its start, once, if it is at most so many milliseconds late. Else it is recorded as missed.',
      ),
    nudge: z
      .boolean()
      .default(true)
      .describe(
        'Half an hour before WeChat lets the bot write no more to a person for whom something is scheduled later, ask them for a word. Once until they write again.',
      ),
    quietHours: z
      .union([
        z.literal(false),
        z.string().regex(new RegExp(`^${clock}-${clock}$`), 'expected a time span such as "22:00-08:00"'),
      ])
      .default('22:00-08:00')
      .describe('Hours of the person in which nobody is asked for a word. false: none.'),
    timeZone: timeZoneSchema
      .exactOptional()
      .describe(
        'Time zone of people who have not told theirs, and of `cron`. Default: that of this machine.',
      ),
    perPerson: z
      .int()
      .min(0)
      .max(maxSchedules)
      .default(20)
      .describe('Schedules and reminders that one person may have with an account. 0: none.'),
    perAccount: z
      .int()
      .min(0)
      .max(maxSchedules)
      .default(1_000)
      .describe('Schedules and reminders that all people of an account may have together.'),
  })
  .prefault({})
  .describe('What is sent by itself at a time, and what people may schedule in their chats.')

export type SchedulesConfig = z.output<typeof schedulesSchema>
