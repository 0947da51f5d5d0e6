/**
 * Tables are made and changed by one gateway at a time, whoever starts first; the others wait for its lock.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { SqlSession } from '@moltbot/channel-sdk/sql'

/** The lock of every migration of this program: any number that no other program of the database uses. */
const migrationLock = 7_161_544_301
const schemaName = /^[a-z][a-z_]{0,40}$/

/** Runs in a transaction. */
export async function migrateIn(
  session: SqlSession,
  schema: string,
  scripts: readonly string[],
): Promise<void> {
  if (!schemaName.test(schema)) throw new TypeError(`"${schema}" is no name of a schema`)
  await session.query('SELECT pg_advisory_xact_lock($1)', [migrationLock])
  const version = await versionOf(session, schema)
  if (version > scripts.length) throw tooNew(schema, version, scripts.length)
  if (version === scripts.length) return
  await session.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
  await session.query(`CREATE TABLE IF NOT EXISTS ${schema}.schema_version (version integer NOT NULL)`)
  for (const script of scripts.slice(version)) await session.query(script)
  await session.query(`DELETE FROM ${schema}.schema_version`)
  await session.query(`INSERT INTO ${schema}.schema_version VALUES ($1)`, [scripts.length])
}

/** Scripts that were run for a schema; 0 where it does not exist. */
async function versionOf(session: SqlSession, schema: string): Promise<number> {
  const [found] = await session.query('SELECT to_regclass($1) IS NOT NULL AS exists', [
    `${schema}.schema_version`,
  ])
  if (found?.exists !== true) return 0
  const [row] = await session.query(`SELECT version FROM ${schema}.schema_version`)
  return Number(row?.version ?? 0)
}

function tooNew(schema: string, found: number, known: number): MoltbotError {
  const versions = `version ${found} of the schema "${schema}", this program knows ${known}`
  return new MoltbotError(
    'database-schema-too-new',
    `a newer version of moltbot has changed the database (${versions}); install that version or a newer one`,
  )
}
