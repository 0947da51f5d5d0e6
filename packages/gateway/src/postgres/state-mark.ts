/**
 * The mark of a state in PostgreSQL, see state/state-mark.ts.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { SqlSession } from '@moltbot/channel-sdk/sql'
import { parseMark, refuseUnusableMark, type StateMark } from '../state/state-mark.ts'
import { schema } from './gateway-tables.ts'

/** A lock of the server, held while the state is moved. Any number that no other program of the database uses. */
export const movingLock = 7_161_544_303

/** @throws `state-busy`, `state-moved`, `state-unfinished` */
export async function refuseUnusableDatabase(session: SqlSession): Promise<void> {
  const [row] = await session.query('SELECT pg_try_advisory_xact_lock_shared($1) AS is_free', [movingLock])
  if (row?.is_free !== true)
    throw new MoltbotError(
      'state-busy',
      'the state of this database is being moved; start the gateway afterwards',
    )
  refuseUnusableMark(await databaseMark(session))
}

/** @param session of a database with the tables of the gateway. @throws `state-mark-damaged` */
export async function databaseMark(session: SqlSession): Promise<StateMark | undefined> {
  const [row] = await session.query(`SELECT mark FROM ${schema}.state_mark`)
  return row === undefined ? undefined : parseMark(String(row.mark), `${schema}.state_mark`)
}

export async function markDatabase(session: SqlSession, mark: StateMark): Promise<void> {
  await session.query(
    `INSERT INTO ${schema}.state_mark (mark) VALUES ($1) ON CONFLICT (is_only) DO UPDATE SET mark = excluded.mark`,
    [JSON.stringify(mark)],
  )
}
