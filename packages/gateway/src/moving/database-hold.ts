/**
 * A database that no gateway uses while its state is moved. The hold is a lock of the server, which ends with the process
 * that has it, however it ends; a gateway that would join, or beats, while it is held is refused, and so is one that would
 * use a state that was moved.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { SqlDatabase, SqlSession } from '@moltbot/channel-sdk/sql'
import { clusterMigrations, clusterSchema } from '../cluster/migrations.ts'
import { english } from '../language/speech.ts'
import { PostgresDatabase } from '../postgres/database.ts'
import { schema } from '../postgres/gateway-tables.ts'
import type { PostgresSettings } from '../postgres/settings.ts'
import { movingLock } from '../postgres/state-mark.ts'
import type { MovedStore } from './side.ts'

/** Of a table with a million rows, a count or a look for the planner takes long. */
const statementTimeoutMs = 600_000
/** Well below a lease. */
const ddlWaitMs = 1_000
const refusal = `
CREATE OR REPLACE FUNCTION ${schema}.refuse_gateways() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  IF NOT pg_try_advisory_xact_lock_shared(${movingLock}) THEN
    RAISE EXCEPTION 'the state of this database is being moved';
  END IF;
  IF EXISTS (SELECT FROM ${schema}.state_mark WHERE mark::json ->> 'phase' <> 'open') THEN
    RAISE EXCEPTION 'the state of this database was moved, or is not whole';
  END IF;
  RETURN NEW;
END $fn$;
CREATE OR REPLACE TRIGGER refuse_gateways BEFORE INSERT OR UPDATE ON ${clusterSchema}.member
  FOR EACH ROW EXECUTE FUNCTION ${schema}.refuse_gateways()`

/** @throws what keeps the database from being used */
export async function withDatabase<Result>(
  settings: PostgresSettings,
  work: (db: PostgresDatabase) => Promise<Result>,
): Promise<Result> {
  const db = new PostgresDatabase({ ...settings, statementTimeoutMs })
  try {
    await db.check()
    return await work(db)
  } finally {
    await db.close()
  }
}

/** Makes the tables where there are none. @throws `database-schema-too-new` */
export async function prepareDatabase(db: SqlDatabase, stores: readonly MovedStore[]): Promise<void> {
  for (const { state } of stores) await db.migrate(state.schema, state.scripts)
  await db.migrate(clusterSchema, clusterMigrations)
  await db.transaction(async (session) => {
    await session.query(`SET LOCAL lock_timeout TO ${ddlWaitMs}`) // Beats of running gateways wait meanwhile.
    await session.query(refusal)
  })
}

/** Whether a state was ever in the database, or is being moved there. */
export async function hasTables(db: SqlSession): Promise<boolean> {
  const [row] = await db.query('SELECT to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL AS has', [
    `${schema}.state_mark`,
    `${clusterSchema}.member`,
  ])
  return row?.has === true
}

/**
 * Runs `work` in a transaction while no gateway uses the database.
 * @param leaseMs a gateway that was not seen for so long has stopped its accounts
 * @throws `gateway-running`, `state-busy`
 */
export function holdingDatabase<Result>(
  db: SqlDatabase,
  leaseMs: number,
  work: (session: SqlSession) => Promise<Result>,
): Promise<Result> {
  return db.transaction(async (session) => {
    // It waits for the work, not for statements of its own.
    await session.query('SET LOCAL idle_in_transaction_session_timeout TO 0')
    await refuseRunning(session, leaseMs)
    const [row] = await session.query('SELECT pg_try_advisory_xact_lock($1) AS held', [movingLock])
    if (row?.held !== true)
      throw new MoltbotError(
        'state-busy',
        english('the database is in use by a gateway, or by another move of the state; try again'),
        { retryable: true },
      )
    return work(session)
  })
}

/** @throws `gateway-running` */
export async function refuseRunning(session: SqlSession, leaseMs: number): Promise<void> {
  const [running] = await session.query(
    `SELECT name, extract(epoch FROM clock_timestamp() - seen_at)::float8 * 1000 AS silent_ms
      FROM ${clusterSchema}.member WHERE seen_at > clock_timestamp() - $1::float8 * interval '1 millisecond'
      ORDER BY seen_at DESC LIMIT 1`,
    [leaseMs],
  )
  if (running === undefined) return
  throw new MoltbotError(
    'gateway-running',
    english(
      'gateway {name} uses the database; stop it first: moltbot gateway stop (one that was killed counts as gone {seconds} s later)',
      { name: String(running.name), seconds: Math.ceil((leaseMs - Number(running.silent_ms)) / 1_000) },
    ),
  )
}

/** Tables of other programs. A database is not shared with them by mistake. */
export async function foreignTable(
  session: SqlSession,
  stores: readonly MovedStore[],
): Promise<string | undefined> {
  const own = [...stores.map(({ state }) => state.schema), clusterSchema]
  const [found] = await session.query(
    `SELECT n.nspname || '.' || c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
        AND NOT (n.nspname = ANY ($1::text[])
          AND EXISTS (SELECT FROM pg_class AS v WHERE v.relnamespace = n.oid AND v.relname = 'schema_version'))
      ORDER BY 1 LIMIT 1`,
    [own],
  )
  return found === undefined ? undefined : String(found.name)
}
