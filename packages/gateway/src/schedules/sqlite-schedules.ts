/**
 * Schedules in `gateway.sqlite`.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import type { Database, Row, Writer } from '@moltbot/channel-sdk/sqlite'
import { z } from 'zod'
import { UnreadableRows } from '../gateway-database.ts'
import type { ClaimedRun, Run, RunKey, RunState, Schedule, ScheduleStore } from './schedule.ts'
import { sql } from './statements.ts'
import { whenSchema } from './when.ts'

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

/** @param db opened with `gatewayMigrations` */
export function createScheduleStore(db: Database, unreadable = new UnreadableRows()): ScheduleStore {
  const schedules = (rows: readonly Row[]) => unreadable.leaveOut('schedule', rows, scheduleOf)
  const runs = (rows: readonly Row[]) => unreadable.leaveOut('schedule_run', rows, runOf)
  const claimed = (rows: readonly Row[]) => unreadable.leaveOut('schedule_run', rows, claimedOf)
  return {
    add: (schedule, { perPerson, perAccount }) =>
      db.write('durable', (writer) => {
        const { accountId, personId } = schedule
        if (countOf(writer, sql.countOfPerson, accountId, personId) >= perPerson) return 'person-full'
        if (countOf(writer, sql.countOfAccount, accountId) >= perAccount) return 'account-full'
        put(writer, schedule)
        return 'added'
      }),
    putConfigured: (wanted) =>
      db.write('durable', (writer) => {
        const removed = writer.all(sql.removeConfigured, JSON.stringify(wanted.map(({ id }) => id)))
        for (const { id } of removed) writer.run(sql.removeDueRuns, String(id))
        for (const schedule of wanted) putConfigured(writer, schedule)
      }),
    list: async ({ accountId = '', conversation }) =>
      schedules(db.all(sql.list, accountId, conversation?.kind ?? '', conversation?.id ?? '')),
    find: async (id) => schedules(db.all(sql.find, id))[0],
    remove: (id) =>
      db.write('durable', (writer) => {
        const hadRuns = writer.all(sql.removeDueRuns, id).length > 0
        return writer.get(sql.remove, id) !== undefined || hadRuns
      }),
    setPaused: (id, isPaused, nextMs) =>
      db.write(
        'durable',
        (writer) => writer.get(sql.setPaused, isPaused ? 1 : 0, nextMs ?? null, id) !== undefined,
      ),
    due: async (nowMs) => schedules(db.all(sql.due, nowMs)),
    nextDueMs: async () => {
      const ms = db.get(sql.nextDue)?.ms
      return typeof ms === 'number' ? ms : undefined
    },
    plan: (id, fromMs, { runs: planned, nextMs }) =>
      db.write('durable', (writer) => {
        if (writer.get(sql.advance, nextMs ?? null, id, fromMs) === undefined) return false
        for (const { dueMs, state, reason } of planned)
          writer.run(sql.putRun, id, dueMs, state, reason, dueMs)
        return true
      }),
    runNow: (id, dueMs) =>
      db.write('durable', (writer) => {
        if (writer.get(sql.find, id) === undefined) return false
        return writer.get(sql.putRun, id, dueMs, 'due', '', dueMs) !== undefined
      }),
    claim: (owner, nowMs, untilMs) =>
      db.write('durable', (writer) => {
        const found = writer.get(sql.claimable, nowMs, nowMs)
        if (found === undefined) return undefined
        writer.run(sql.claim, owner, untilMs, nowMs, String(found.schedule_id), Number(found.due_ms))
        return claimed(writer.all(sql.claimed, String(found.schedule_id), Number(found.due_ms)))[0]
      }),
    takeOver: async (owner) => {
      await db.write('durable', (writer) => writer.run(sql.takeOver, owner))
    },
    settle: (run, owner, { state, reason, sinceMs }) =>
      db.write(
        'durable',
        (writer) => writer.get(sql.settle, state, reason, sinceMs, ...keyOf(run), owner) !== undefined,
      ),
    giveBack: (run, owner, notBeforeMs, reason) =>
      db.write(
        'durable',
        (writer) => writer.get(sql.giveBack, notBeforeMs, reason, ...keyOf(run), owner) !== undefined,
      ),
    queued: async () => claimed(db.all(sql.queued)),
    arrived: async (run, { state, reason, sinceMs }) => {
      await db.write('durable', (writer) => writer.run(sql.arrived, state, reason, sinceMs, ...keyOf(run)))
    },
    latestRuns: async (ids) => runs(db.all(sql.latestRuns, JSON.stringify(ids))),
    runsOf: async (id, most) => runs(db.all(sql.runsOf, id, most)),
    zoneOf: async (accountId, personId) => {
      const zone = db.get(sql.zone, accountId, personId)?.time_zone
      return typeof zone === 'string' ? zone : undefined
    },
    setZone: async (accountId, personId, timeZone) => {
      await db.write('durable', (writer) => writer.run(sql.setZone, accountId, personId, timeZone))
    },
    noteNudge: (accountId, personId, { openedMs, nowMs }) =>
      db.write(
        'durable',
        (writer) => writer.get(sql.noteNudge, accountId, personId, nowMs, Math.round(openedMs)) !== undefined,
      ),
    prune: async (beforeMs) => {
      await db.write('relaxed', (writer) => {
        writer.run(sql.pruneRuns, beforeMs)
        writer.run(sql.pruneSchedules, beforeMs)
      })
    },
  }
}

const keyOf = ({ scheduleId, dueMs }: RunKey) => [scheduleId, dueMs] as const

function countOf(writer: Writer, statement: string, ...values: string[]): number {
  return Number(writer.get(statement, ...values)?.n ?? 0)
}

function put(writer: Writer, schedule: Schedule): void {
  const { id, accountId, conversation, personId, origin, isPaused, nextMs, createdMs } = schedule
  const { when, content, tools, language, timeZone } = schedule
  const stored = JSON.stringify({ when, content, tools, language, timeZone })
  const place = [accountId, conversation.kind, conversation.id, personId]
  writer.run(sql.put, id, ...place, origin, isPaused ? 1 : 0, nextMs ?? null, createdMs, stored)
}

function putConfigured(writer: Writer, schedule: Schedule): void {
  const [row] = writer.all(sql.find, schedule.id)
  const known = row && scheduleOf(row)
  const isSame = known !== undefined && JSON.stringify(known.when) === JSON.stringify(schedule.when)
  put(writer, {
    ...schedule,
    isPaused: known?.isPaused ?? false,
    // One that was removed and is back, or was due once, is planned anew; a due time that has a run keeps it.
    nextMs: (isSame ? known.nextMs : undefined) ?? schedule.nextMs,
    createdMs: known?.createdMs ?? schedule.createdMs,
  })
}

function scheduleOf(row: Row): Schedule | undefined {
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

function runOf(row: Row): Run | undefined {
  const { success, data } = runRow.safeParse(row)
  if (!success) return undefined
  const { schedule_id, due_ms, state, reason, attempts, since_ms } = data
  return { scheduleId: schedule_id, dueMs: due_ms, state, reason, attempts, sinceMs: since_ms }
}

function claimedOf(row: Row): ClaimedRun | undefined {
  const [run, schedule] = [runOf(row), scheduleOf(row)]
  return run && schedule && { ...run, schedule }
}
