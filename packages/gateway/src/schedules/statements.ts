/**
 * The tables of schedules and every statement on them, by the verb that uses it.
 */

export const scheduleTables = `
CREATE TABLE schedule (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  conversation_kind TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  origin TEXT NOT NULL,
  is_paused INTEGER NOT NULL,
  next_ms INTEGER,
  created_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX schedule_next ON schedule (next_ms) WHERE next_ms IS NOT NULL;
CREATE INDEX schedule_place ON schedule (account_id, person_id) WHERE next_ms IS NOT NULL;
CREATE TABLE schedule_run (
  schedule_id TEXT NOT NULL,
  due_ms INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  attempts INTEGER NOT NULL DEFAULT 0,
  since_ms INTEGER NOT NULL,
  owner TEXT NOT NULL DEFAULT '',
  not_before_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (schedule_id, due_ms)
) STRICT;
CREATE INDEX schedule_run_open ON schedule_run (state, due_ms) WHERE state IN ('due', 'running', 'queued');
CREATE INDEX schedule_run_age ON schedule_run (since_ms) WHERE state NOT IN ('due', 'running', 'queued');
CREATE TABLE schedule_person (
  account_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  time_zone TEXT,
  nudged_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, person_id)
) STRICT;`

const listed = (column: string) => `${column} IN (SELECT value FROM json_each(?))`
/** Of no account of these. */
const notOf = `NOT schedule_id IN (SELECT id FROM schedule WHERE ${listed('account_id')})`
const open = `state IN ('due', 'running', 'queued')`
const ofRun = 'schedule_id = ? AND due_ms = ?'
/** A run with its schedule. */
const withSchedule = `
  SELECT schedule.*, schedule_run.*, schedule_run.rowid AS row_id
  FROM schedule_run JOIN schedule ON schedule.id = schedule_run.schedule_id`
const schedules = 'SELECT *, rowid AS row_id FROM schedule'
const runs = 'SELECT *, rowid AS row_id FROM schedule_run'

export const sql = {
  countOfPerson: `
    SELECT count(*) AS n FROM schedule
    WHERE account_id = ? AND person_id = ? AND next_ms IS NOT NULL AND origin = 'chat'`,
  countOfAccount: `SELECT count(*) AS n FROM schedule WHERE account_id = ? AND next_ms IS NOT NULL AND origin = 'chat'`,
  put: `INSERT OR REPLACE INTO schedule VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  // It stays, not due again, for as long as it has runs: they name it.
  removeConfigured: `
    UPDATE schedule SET next_ms = NULL WHERE origin = 'config' AND next_ms IS NOT NULL AND NOT ${listed('id')}
    RETURNING id`,
  list: `
    ${schedules} WHERE next_ms IS NOT NULL AND (?1 = '' OR account_id = ?1)
      AND (?2 = '' OR (conversation_kind = ?2 AND conversation_id = ?3))
    ORDER BY next_ms LIMIT 1000`,
  find: `${schedules} WHERE id = ?`,
  removeDueRuns: `DELETE FROM schedule_run WHERE schedule_id = ? AND state = 'due' RETURNING due_ms`,
  remove: 'UPDATE schedule SET next_ms = NULL WHERE id = ? AND next_ms IS NOT NULL RETURNING id',
  setPaused: 'UPDATE schedule SET is_paused = ?, next_ms = ? WHERE id = ? RETURNING id',
  due: `${schedules} WHERE next_ms IS NOT NULL AND next_ms <= ? ORDER BY next_ms LIMIT 100`,
  nextDue: `
    SELECT min(ms) AS ms FROM (
      SELECT min(next_ms) AS ms FROM schedule WHERE next_ms IS NOT NULL
      UNION ALL SELECT min(max(due_ms, not_before_ms)) FROM schedule_run
        WHERE ${open} AND state IN ('due', 'running') AND ${notOf})`,
  advance: 'UPDATE schedule SET next_ms = ? WHERE id = ? AND next_ms = ? RETURNING id',
  putRun: `
    INSERT INTO schedule_run (schedule_id, due_ms, state, reason, since_ms) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING schedule_id`,
  claimable: `
    SELECT schedule_id, due_ms FROM schedule_run
    WHERE ${open} AND state IN ('due', 'running') AND due_ms <= ? AND not_before_ms <= ? AND ${notOf}
    ORDER BY due_ms LIMIT 1`,
  claim: `
    UPDATE schedule_run SET state = 'running', attempts = attempts + 1, owner = ?, not_before_ms = ?, since_ms = ?
    WHERE ${ofRun}`,
  claimed: `${withSchedule} WHERE ${ofRun}`,
  takeOver: `
    UPDATE schedule_run SET not_before_ms = 0
    WHERE ${open} AND state = 'running' AND owner <> ?1
      AND (?2 = '' OR schedule_id IN (SELECT id FROM schedule WHERE account_id = ?2))`,
  settle: `
    UPDATE schedule_run SET state = ?, reason = ?, since_ms = ?, not_before_ms = 0
    WHERE ${ofRun} AND owner = ? AND state = 'running' RETURNING schedule_id`,
  giveBack: `
    UPDATE schedule_run SET state = 'due', not_before_ms = ?, reason = ?
    WHERE ${ofRun} AND owner = ? AND state = 'running' RETURNING schedule_id`,
  queued: `
    ${withSchedule} WHERE ${open} AND state = 'queued' AND (due_ms, schedule_id) > (?, ?)
    ORDER BY due_ms, schedule_id LIMIT 100`,
  queuedIn: `
    SELECT count(*) AS n FROM schedule_run JOIN schedule ON schedule.id = schedule_id
    WHERE ${open} AND state = 'queued' AND account_id = ? AND conversation_kind = ? AND conversation_id = ?`,
  arrived: `UPDATE schedule_run SET state = ?, reason = ?, since_ms = ? WHERE ${ofRun} AND state = 'queued'`,
  latestRuns: `
    ${runs} AS run WHERE ${listed('schedule_id')} AND due_ms = (
      SELECT max(due_ms) FROM schedule_run AS other WHERE other.schedule_id = run.schedule_id)`,
  runsOf: `${runs} WHERE schedule_id = ? ORDER BY due_ms DESC LIMIT ?`,
  zone: 'SELECT time_zone FROM schedule_person WHERE account_id = ? AND person_id = ?',
  setZone: `
    INSERT INTO schedule_person (account_id, person_id, time_zone) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET time_zone = excluded.time_zone`,
  noteNudge: `
    INSERT INTO schedule_person (account_id, person_id, nudged_ms) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET nudged_ms = excluded.nudged_ms WHERE nudged_ms < ? RETURNING nudged_ms`,
  pruneRuns: `DELETE FROM schedule_run WHERE NOT (${open}) AND since_ms < ?`,
  pruneSchedules: `
    DELETE FROM schedule WHERE next_ms IS NULL AND created_ms < ?
      AND NOT EXISTS (SELECT 1 FROM schedule_run WHERE schedule_id = schedule.id)`,
} as const
