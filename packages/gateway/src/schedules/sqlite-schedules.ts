/**
 * Schedules in `gateway.sqlite`.
 */

import type { Database, Row, Writer } from '@moltbot/channel-sdk/sqlite'
import { UnreadableRows } from '../gateway-database.ts'
import type { RunKey, Schedule, ScheduleStore } from './schedule.ts'
import { claimedOf, configuredAfter, runOf, scheduleOf, valuesOf } from './schedule-rows.ts'
import { sql } from './statements.ts'

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
    nextDueMs: async (elsewhere = []) => {
      const ms = db.get(sql.nextDue, JSON.stringify(elsewhere))?.ms
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
    claim: (owner, nowMs, untilMs, elsewhere = []) =>
      db.write('durable', (writer) => {
        const found = writer.get(sql.claimable, nowMs, nowMs, JSON.stringify(elsewhere))
        if (found === undefined) return undefined
        writer.run(sql.claim, owner, untilMs, nowMs, String(found.schedule_id), Number(found.due_ms))
        return claimed(writer.all(sql.claimed, String(found.schedule_id), Number(found.due_ms)))[0]
      }),
    takeOver: async (owner, accountId = '') => {
      await db.write('durable', (writer) => writer.run(sql.takeOver, owner, accountId))
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
    queued: async ({ scheduleId, dueMs } = beforeAll) => claimed(db.all(sql.queued, dueMs, scheduleId)),
    queuedIn: async (accountId, { kind, id }) => Number(db.get(sql.queuedIn, accountId, kind, id)?.n),
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

const beforeAll: RunKey = { scheduleId: '', dueMs: -1 }
const keyOf = ({ scheduleId, dueMs }: RunKey) => [scheduleId, dueMs] as const

function countOf(writer: Writer, statement: string, ...values: string[]): number {
  return Number(writer.get(statement, ...values)?.n ?? 0)
}

function put(writer: Writer, schedule: Schedule): void {
  writer.run(sql.put, ...valuesOf(schedule))
}

function putConfigured(writer: Writer, schedule: Schedule): void {
  const [row] = writer.all(sql.find, schedule.id)
  put(writer, configuredAfter(row && scheduleOf(row), schedule))
}
