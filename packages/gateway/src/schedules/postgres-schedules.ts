/**
 * Schedules in PostgreSQL, for several gateways: each due time is planned once and claimed by one of them.
 */

import type { SqlDatabase, SqlRow, SqlSession } from '@moltbot/channel-sdk/sql'
import { relaxed, schema } from '../postgres/gateway-tables.ts'
import type { RunKey, Schedule, ScheduleStore } from './schedule.ts'
import { claimedOf, configuredAfter, runOf, scheduleOf, valuesOf } from './schedule-rows.ts'

const schedule = `${schema}.schedule`
const run = `${schema}.schedule_run`
const person = `${schema}.schedule_person`
const open = `state IN ('due', 'running', 'queued')`
/** @param accounts parameter with accounts, none of which has the run */
const notOf = (accounts: string) =>
  `NOT schedule_id IN (SELECT id FROM ${schedule} WHERE account_id = ANY (${accounts}::text[]))`
const withSchedule = `
  SELECT schedule.*, schedule_run.* FROM ${run} AS schedule_run JOIN ${schedule} AS schedule ON schedule.id = schedule_run.schedule_id`
const sql = {
  lockPlaces: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 7161544304))',
  counts: `
    SELECT count(*) FILTER (WHERE person_id = $2) AS of_person, count(*) AS of_account FROM ${schedule}
    WHERE account_id = $1 AND next_ms IS NOT NULL AND origin = 'chat'`,
  put: `
    INSERT INTO ${schedule} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (id) DO UPDATE SET account_id = excluded.account_id, conversation_kind = excluded.conversation_kind,
      conversation_id = excluded.conversation_id, person_id = excluded.person_id, origin = excluded.origin,
      is_paused = excluded.is_paused, next_ms = excluded.next_ms, created_ms = excluded.created_ms, body = excluded.body`,
  // It stays, not due again, for as long as it has runs: they name it.
  removeConfigured: `
    WITH removed AS (
      UPDATE ${schedule} SET next_ms = NULL
      WHERE origin = 'config' AND next_ms IS NOT NULL AND NOT id = ANY ($1::text[]) RETURNING id)
    DELETE FROM ${run} WHERE schedule_id IN (SELECT id FROM removed) AND state = 'due'`,
  list: `
    SELECT * FROM ${schedule} WHERE next_ms IS NOT NULL AND ($1 = '' OR account_id = $1)
      AND ($2 = '' OR (conversation_kind = $2 AND conversation_id = $3))
    ORDER BY next_ms LIMIT 1000`,
  find: `SELECT * FROM ${schedule} WHERE id = $1`,
  remove: `
    WITH gone AS (DELETE FROM ${run} WHERE schedule_id = $1 AND state = 'due' RETURNING 1),
    ended AS (UPDATE ${schedule} SET next_ms = NULL WHERE id = $1 AND next_ms IS NOT NULL RETURNING 1)
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM ended) AS n`,
  setPaused: `UPDATE ${schedule} SET is_paused = $1, next_ms = $2 WHERE id = $3 RETURNING id`,
  due: `SELECT * FROM ${schedule} WHERE next_ms IS NOT NULL AND next_ms <= $1 ORDER BY next_ms LIMIT 100`,
  nextDue: `
    SELECT least((SELECT min(next_ms) FROM ${schedule} WHERE next_ms IS NOT NULL),
      (SELECT min(greatest(due_ms, not_before_ms)) FROM ${run}
        WHERE ${open} AND state IN ('due', 'running') AND ${notOf('$1')})) AS ms`,
  advance: `UPDATE ${schedule} SET next_ms = $1 WHERE id = $2 AND next_ms = $3 RETURNING id`,
  putRun: `
    INSERT INTO ${run} (schedule_id, due_ms, state, reason, since_ms) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING RETURNING schedule_id`,
  // Another gateway takes the next one meanwhile.
  claim: `
    UPDATE ${run} SET state = 'running', attempts = attempts + 1, owner = $1, not_before_ms = $2, since_ms = $3
    WHERE (schedule_id, due_ms) IN (
      SELECT schedule_id, due_ms FROM ${run}
      WHERE ${open} AND state IN ('due', 'running') AND due_ms <= $3 AND not_before_ms <= $3 AND ${notOf('$4')}
      ORDER BY due_ms LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING schedule_id, due_ms`,
  claimed: `${withSchedule} WHERE schedule_id = $1 AND due_ms = $2`,
  takeOver: `
    UPDATE ${run} SET not_before_ms = 0
    WHERE ${open} AND state = 'running' AND owner <> $1
      AND ($2 = '' OR schedule_id IN (SELECT id FROM ${schedule} WHERE account_id = $2))`,
  settle: `
    UPDATE ${run} SET state = $1, reason = $2, since_ms = $3, not_before_ms = 0
    WHERE schedule_id = $4 AND due_ms = $5 AND owner = $6 AND state = 'running' RETURNING schedule_id`,
  giveBack: `
    UPDATE ${run} SET state = 'due', not_before_ms = $1, reason = $2
    WHERE schedule_id = $3 AND due_ms = $4 AND owner = $5 AND state = 'running' RETURNING schedule_id`,
  queued: `
    ${withSchedule} WHERE ${open} AND state = 'queued' AND (due_ms, schedule_id) > ($1, $2)
    ORDER BY due_ms, schedule_id LIMIT 100`,
  queuedIn: `
    SELECT count(*) AS n FROM ${run} JOIN ${schedule} AS schedule ON schedule.id = schedule_id
    WHERE ${open} AND state = 'queued' AND account_id = $1 AND conversation_kind = $2 AND conversation_id = $3`,
  arrived: `
    UPDATE ${run} SET state = $1, reason = $2, since_ms = $3
    WHERE schedule_id = $4 AND due_ms = $5 AND state = 'queued'`,
  latestRuns: `
    SELECT DISTINCT ON (schedule_id) * FROM ${run} WHERE schedule_id = ANY ($1::text[])
    ORDER BY schedule_id, due_ms DESC`,
  runsOf: `SELECT * FROM ${run} WHERE schedule_id = $1 ORDER BY due_ms DESC LIMIT $2`,
  zone: `SELECT time_zone FROM ${person} WHERE account_id = $1 AND person_id = $2`,
  setZone: `
    INSERT INTO ${person} (account_id, person_id, time_zone) VALUES ($1, $2, $3)
    ON CONFLICT (account_id, person_id) DO UPDATE SET time_zone = excluded.time_zone`,
  noteNudge: `
    INSERT INTO ${person} AS known (account_id, person_id, nudged_ms) VALUES ($1, $2, $3)
    ON CONFLICT (account_id, person_id) DO UPDATE SET nudged_ms = excluded.nudged_ms WHERE known.nudged_ms < $4
    RETURNING nudged_ms`,
  prune: `${relaxed} DELETE FROM ${run} USING relaxed WHERE NOT (${open}) AND since_ms < $1`,
  pruneSchedules: `
    ${relaxed}
    DELETE FROM ${schedule} AS schedule USING relaxed WHERE next_ms IS NULL AND created_ms < $1
      AND NOT EXISTS (SELECT FROM ${run} WHERE schedule_id = schedule.id)`,
} as const

/** @param db with the tables of the gateway */
export function postgresSchedules(db: SqlDatabase): ScheduleStore {
  const schedules = (rows: readonly SqlRow[]) => rows.flatMap((row) => scheduleOf(row) ?? [])
  const runs = (rows: readonly SqlRow[]) => rows.flatMap((row) => runOf(row) ?? [])
  const claims = (rows: readonly SqlRow[]) => rows.flatMap((row) => claimedOf(row) ?? [])
  const changes = async (...query: Parameters<SqlSession['query']>) => (await db.query(...query)).length > 0
  return {
    add: (added, { perPerson, perAccount }) =>
      db.transaction(async (session) => {
        const { accountId, personId } = added
        await session.query(sql.lockPlaces, [accountId])
        const [counted] = await session.query(sql.counts, [accountId, personId])
        if (Number(counted?.of_person) >= perPerson) return 'person-full'
        if (Number(counted?.of_account) >= perAccount) return 'account-full'
        await session.query(sql.put, valuesOf(added))
        return 'added'
      }),
    putConfigured: (wanted) =>
      db.transaction(async (session) => {
        await session.query(sql.lockPlaces, [''])
        await session.query(sql.removeConfigured, [wanted.map(({ id }) => id)])
        for (const one of wanted) await putConfigured(session, one)
      }),
    list: async ({ accountId = '', conversation }) =>
      schedules(await db.query(sql.list, [accountId, conversation?.kind ?? '', conversation?.id ?? ''])),
    find: async (id) => schedules(await db.query(sql.find, [id]))[0],
    remove: async (id) => Number((await db.query(sql.remove, [id]))[0]?.n) > 0,
    setPaused: (id, isPaused, nextMs) => changes(sql.setPaused, [isPaused ? 1 : 0, nextMs ?? null, id]),
    due: async (nowMs) => schedules(await db.query(sql.due, [nowMs])),
    nextDueMs: async (elsewhere = []) => {
      const ms = (await db.query(sql.nextDue, [elsewhere]))[0]?.ms
      return typeof ms === 'number' ? ms : undefined
    },
    plan: (id, fromMs, { runs: planned, nextMs }) =>
      db.transaction(async (session) => {
        const advanced = await session.query(sql.advance, [nextMs ?? null, id, fromMs])
        if (advanced.length === 0) return false
        for (const { dueMs, state, reason } of planned)
          await session.query(sql.putRun, [id, dueMs, state, reason, dueMs])
        return true
      }),
    runNow: async (id, dueMs) => {
      if ((await db.query(sql.find, [id])).length === 0) return false
      return changes(sql.putRun, [id, dueMs, 'due', '', dueMs])
    },
    claim: (owner, nowMs, untilMs, elsewhere = []) =>
      db.transaction(async (session) => {
        const [taken] = await session.query(sql.claim, [owner, untilMs, nowMs, elsewhere])
        if (taken === undefined) return undefined
        return claims(await session.query(sql.claimed, [String(taken.schedule_id), Number(taken.due_ms)]))[0]
      }),
    takeOver: async (owner, accountId = '') => {
      await db.query(sql.takeOver, [owner, accountId])
    },
    settle: (settled, owner, { state, reason, sinceMs }) =>
      changes(sql.settle, [state, reason, sinceMs, ...keyOf(settled), owner]),
    giveBack: (given, owner, notBeforeMs, reason) =>
      changes(sql.giveBack, [notBeforeMs, reason, ...keyOf(given), owner]),
    queued: async ({ scheduleId, dueMs } = beforeAll) =>
      claims(await db.query(sql.queued, [dueMs, scheduleId])),
    queuedIn: async (accountId, { kind, id }) =>
      Number((await db.query(sql.queuedIn, [accountId, kind, id]))[0]?.n),
    arrived: async (arrived, { state, reason, sinceMs }) => {
      await db.query(sql.arrived, [state, reason, sinceMs, ...keyOf(arrived)])
    },
    latestRuns: async (ids) => runs(await db.query(sql.latestRuns, [ids])),
    runsOf: async (id, most) => runs(await db.query(sql.runsOf, [id, most])),
    zoneOf: async (accountId, personId) => {
      const zone = (await db.query(sql.zone, [accountId, personId]))[0]?.time_zone
      return typeof zone === 'string' ? zone : undefined
    },
    setZone: async (accountId, personId, timeZone) => {
      await db.query(sql.setZone, [accountId, personId, timeZone])
    },
    noteNudge: (accountId, personId, { openedMs, nowMs }) =>
      changes(sql.noteNudge, [accountId, personId, nowMs, Math.round(openedMs)]),
    prune: async (beforeMs) => {
      await db.query(sql.prune, [beforeMs])
      await db.query(sql.pruneSchedules, [beforeMs])
    },
  }
}

const beforeAll: RunKey = { scheduleId: '', dueMs: -1 }
const keyOf = ({ scheduleId, dueMs }: RunKey) => [scheduleId, dueMs] as const

async function putConfigured(session: SqlSession, wanted: Schedule): Promise<void> {
  const [row] = await session.query(sql.find, [wanted.id])
  await session.query(sql.put, valuesOf(configuredAfter(row && scheduleOf(row), wanted)))
}
