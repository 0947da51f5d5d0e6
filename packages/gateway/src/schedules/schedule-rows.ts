/**
 * Rows of schedules and runs as plain types, whatever database they come from; undefined for a row that cannot be read.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import { z } from 'zod'
import type { ClaimedRun, Run, RunState, Schedule } from './schedule.ts'
import { whenSchema } from './when.ts'

type Row = Readonly<Record<string, unknown>>

const body = z.object({
  when: whenSchema,
  content: z.object({ kind: z.enum(['text', 'prompt']), text: z.string() }),
  tools: z.array(z.string()).optional(),
  language: z.enum(['en', 'zh-CN']),
  timeZone: z.string(),
})
const scheduleRow = z.object({
  id: z.string(),
  account_id: z.string(),
  conversation_kind: z.enum(['direct', 'group']),
  conversation_id: z.string(),
  person_id: z.string(),
  origin: z.enum(['chat', 'config']),
  is_paused: z.number(),
  next_ms: z.number().nullable(),
  created_ms: z.number(),
})
const states = [
  'due',
  'running',
  'queued',
  'sent',
  'partly-sent',
  'not-sent',
  'missed',
  'refused',
  'failed',
] as const
const runRow = z.object({
  schedule_id: z.string(),
  due_ms: z.number(),
  state: z.enum(states satisfies readonly RunState[]),
  reason: z.string(),
  attempts: z.number(),
  since_ms: z.number(),
})

/** The values of a schedule in the order of the table's columns. */
export function valuesOf(schedule: Schedule): (string | number | null)[] {
  const { id, accountId, conversation, personId, origin, isPaused, nextMs, createdMs } = schedule
  const { when, content, tools, language, timeZone } = schedule
  const stored = JSON.stringify({ when, content, tools, language, timeZone })
  const place = [accountId, conversation.kind, conversation.id, personId]
  return [id, ...place, origin, isPaused ? 1 : 0, nextMs ?? null, createdMs, stored]
}

/** A schedule of the configuration as it is stored, after what is known of it. */
export function configuredAfter(known: Schedule | undefined, schedule: Schedule): Schedule {
  const isSame = known !== undefined && JSON.stringify(known.when) === JSON.stringify(schedule.when)
  return {
    ...schedule,
    isPaused: known?.isPaused ?? false,
    // One that was removed and is back, or was due once, is planned anew; a due time that has a run keeps it.
    nextMs: (isSame ? known.nextMs : undefined) ?? schedule.nextMs,
    createdMs: known?.createdMs ?? schedule.createdMs,
  }
}

export function scheduleOf(row: Row): Schedule | undefined {
  const read = scheduleRow.safeParse(row)
  const rest = bodyOf(row.body)
  if (!read.success || rest === undefined) return undefined
  const { id, account_id, conversation_kind, conversation_id, person_id, origin, is_paused, next_ms } =
    read.data
  const conversation: Conversation = { kind: conversation_kind, id: conversation_id }
  return {
    id,
    accountId: account_id,
    conversation,
    personId: person_id,
    origin,
    ...rest,
    createdMs: read.data.created_ms,
    isPaused: is_paused === 1,
    nextMs: next_ms ?? undefined,
  }
}

function bodyOf(text: unknown): z.output<typeof body> | undefined {
  try {
    return body.safeParse(JSON.parse(String(text))).data
  } catch {
    return undefined
  }
}

export function runOf(row: Row): Run | undefined {
  const { success, data } = runRow.safeParse(row)
  if (!success) return undefined
  const { schedule_id, due_ms, state, reason, attempts, since_ms } = data
  return { scheduleId: schedule_id, dueMs: due_ms, state, reason, attempts, sinceMs: since_ms }
}

export function claimedOf(row: Row): ClaimedRun | undefined {
  const [run, schedule] = [runOf(row), scheduleOf(row)]
  return run && schedule && { ...run, schedule }
}
