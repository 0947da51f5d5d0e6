/**
 * What `doctor` asks a PostgreSQL server, over a connection of its own.
 */

import { PostgresDatabase } from './database.ts'
import { isOnThisMachine, poolSizeOf } from './options.ts'
import type { PostgresSettings } from './settings.ts'

export interface DatabaseFacts {
  /** Of the server, such as "15.14". */
  readonly version: string
  /** Median time of a statement. */
  readonly latencyMs: number
  readonly isEncrypted: boolean
  readonly isOnThisMachine: boolean
  /** Settings without which a power failure may lose or damage what was confirmed, and that are off. */
  readonly unsafeSettings: readonly string[]
  /** There is a synchronous standby, and commits do not wait for it. */
  readonly ignoresStandby: boolean
  /** Connections that all gateways together may open, and that the server accepts from this user. */
  readonly wantedConnections: number
  readonly allowedConnections: number
}

const samples = 5
/** Beside the pool of a gateway: the one that is notified. */
const listeners = 1

const question = `
  SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
    (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS encrypted,
    array_remove(ARRAY[
      CASE WHEN current_setting('fsync') = 'off' THEN 'fsync' END,
      CASE WHEN current_setting('full_page_writes') = 'off' THEN 'full_page_writes' END,
      CASE WHEN current_setting('synchronous_commit') = 'off' THEN 'synchronous_commit' END], NULL) AS unsafe,
    current_setting('synchronous_commit') = 'local' AND current_setting('synchronous_standby_names') <> '' AS alone,
    least(
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0),
      (SELECT NULLIF(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
      (SELECT NULLIF(datconnlimit, -1) FROM pg_database WHERE datname = current_database())) AS allowed,
    to_regclass('cluster.member') IS NOT NULL AS has_members`

/** @throws what keeps the database from being used */
export async function databaseFacts(settings: PostgresSettings): Promise<DatabaseFacts> {
  const db = new PostgresDatabase({ ...settings, poolSize: 1 })
  try {
    await db.check()
    const [row = {}] = await db.query(question)
    const gateways = row.has_members === true ? await countGateways(db) : 1
    return {
      version: String(row.version),
      latencyMs: await medianMs(db),
      isEncrypted: row.encrypted === true,
      isOnThisMachine: isOnThisMachine(settings),
      unsafeSettings: Array.isArray(row.unsafe) ? row.unsafe.map(String) : [],
      ignoresStandby: row.alone === true,
      wantedConnections: gateways * (poolSizeOf(settings) + listeners),
      allowedConnections: Number(row.allowed),
    }
  } finally {
    await db.close()
  }
}

async function countGateways(db: PostgresDatabase): Promise<number> {
  const [row] = await db.query('SELECT count(DISTINCT name) AS n FROM cluster.member')
  return Math.max(1, Number(row?.n))
}

async function medianMs(db: PostgresDatabase): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < samples; n++) {
    const startedMs = performance.now()
    await db.query('SELECT 1')
    times.push(performance.now() - startedMs)
  }
  return times.toSorted((a, b) => a - b)[Math.floor(samples / 2)] ?? 0
}
