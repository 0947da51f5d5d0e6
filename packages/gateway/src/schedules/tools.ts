/**
 * `remind`, `schedule`, `list_schedules` and `cancel_schedule`: people set up in a chat what the bot sends there by itself.
 */

import { z } from 'zod'
import { type AgentTool, defineTool, type ToolContext } from '../tools/tool.ts'
import type { Chat, ChatSchedules } from './chat-schedules.ts'
import { scheduleToolNames } from './tool-names.ts'

const timeoutMs = 10_000
const maxText = 2_000
const maxMinutes = 366 * 24 * 60

const timeZone = z
  .string()
  .max(64)
  .optional()
  .describe(
    'IANA name such as "Asia/Shanghai", if the person has said where they are; it is remembered. Left out: theirs if it is known, else that of the gateway.',
  )

/** Else a misunderstanding shows only when the message comes. */
const sayBack = 'Afterwards say back what was stored: what, when, and in which time zone.'

const reminder = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(maxText)
    .describe('The message to send, in the language of the person, addressed to them.'),
  at: z
    .string()
    .max(40)
    .optional()
    .describe(
      'When: a local time such as "2026-12-24T18:00" in the time zone, or one with an offset. Call the tool time first.',
    ),
  inMinutes: z.number().positive().max(maxMinutes).optional().describe('Instead of `at`: minutes from now.'),
  timeZone,
})

const repeated = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(maxText)
    .optional()
    .describe('A fixed message to send each time. Either this or `prompt`.'),
  prompt: z
    .string()
    .min(1)
    .max(maxText)
    .optional()
    .describe(
      'What you are asked each time, if the message needs an answer of yours, such as "Tell the weather of today in Hangzhou in two sentences". Your answer is sent.',
    ),
  cron: z
    .string()
    .max(200)
    .optional()
    .describe(
      'When: a cron expression of five fields (minute, hour, day of the month, month, day of the week), such as "0 8 * * 1-5" for every weekday at 8.',
    ),
  everyMinutes: z
    .number()
    .min(5)
    .max(maxMinutes)
    .optional()
    .describe('Instead of `cron`: a plain interval in minutes.'),
  timeZone,
})

const [remind, schedule, listSchedules, cancelSchedule] = scheduleToolNames

export function scheduleTools(schedules: ChatSchedules): AgentTool[] {
  return [
    defineTool({
      name: remind,
      description: `Sends one message in this chat at a time, by itself. For "remind me…", "tell me at…". ${sayBack}`,
      input: reminder,
      timeoutMs,
      run: async (wish, context) => schedules.add(chatOf(context), { kind: 'text', ...wish }),
    }),
    defineTool({
      name: schedule,
      description: `Sends messages in this chat again and again, by itself. For "every weekday at 8…", "every two hours…". ${sayBack}`,
      input: repeated,
      timeoutMs,
      run: async ({ text, prompt, ...when }, context) => {
        if ((text === undefined) === (prompt === undefined)) throw new Error('give either text or prompt')
        const content =
          prompt === undefined
            ? { kind: 'text' as const, text: text ?? '' }
            : { kind: 'prompt' as const, text: prompt }
        return schedules.add(chatOf(context), { ...content, ...when })
      },
    }),
    defineTool({
      name: listSchedules,
      description: 'Reminders and schedules of this chat, with their ids and next times.',
      input: z.strictObject({}),
      timeoutMs,
      run: async (_input, context) => schedules.list(chatOf(context)),
    }),
    defineTool({
      name: cancelSchedule,
      description: 'Cancels a reminder or schedule of this chat by its id.',
      input: z.strictObject({ id: z.string().max(64) }),
      timeoutMs,
      run: async ({ id }, context) => schedules.cancel(chatOf(context), id),
    }),
  ]
}

function chatOf({ turn }: ToolContext): Chat {
  if (turn === undefined) throw new Error('there is no chat to schedule for')
  return turn
}
