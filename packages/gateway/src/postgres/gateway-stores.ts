/**
 * What the gateway stores, in PostgreSQL. Whether the database can be used is asked again and again, so that the status says
 * so while nothing is written, and says when it can be used again.
 */

import { codeOf, type Logger, messageOf } from '@moltbot/channel-sdk'
import { type PostgresKeptFilesOptions, postgresKeptFiles } from '../files/postgres-kept-files.ts'
import { postgresPairing } from '../pairing/postgres-pairing.ts'
import { postgresPushes } from '../push/postgres-pushes.ts'
import { postgresTokens } from '../push/postgres-tokens.ts'
import { postgresSchedules } from '../schedules/postgres-schedules.ts'
import { postgresSessions } from '../sessions/postgres-sessions.ts'
import { postgresRecords } from '../usage/postgres-records.ts'
import { PostgresDatabase } from './database.ts'
import { gatewayScripts, schema } from './gateway-tables.ts'
import type { PostgresSettings } from './settings.ts'
import { refuseUnusableDatabase } from './state-mark.ts'

/** While there is no problem; else each second. */
const checkEverySeconds = 5

/** The stores of `gateway-stores.ts`. @throws `state-busy`, `state-moved`, `state-unfinished`, what keeps the database from being used */
export async function postgresStores(settings: PostgresSettings, log: Logger, now?: () => number) {
  const db = new PostgresDatabase(settings)
  try {
    await db.check()
    await db.migrate(schema, gatewayScripts)
    await refuseUnusableDatabase(db)
  } catch (error) {
    await db.close().catch(() => undefined) // The first failure is the one to report.
    throw error
  }
  const endWatching = watchDatabase(db, log)
  return {
    database: db,
    sessions: postgresSessions(db, (error) =>
      log.error(
        { event: 'session.not-saved', code: codeOf(error) },
        `an exchange of a session could not be saved: ${messageOf(error)}`,
      ),
    ),
    pairing: postgresPairing(db, { ...(now && { now }) }),
    records: postgresRecords(db),
    schedules: postgresSchedules(db),
    tokens: postgresTokens(db),
    pushes: postgresPushes(db),
    setAside: 0,
    get problem(): string | undefined {
      return db.problem?.message
    },
    openKeptFiles: (options: Omit<PostgresKeptFilesOptions, 'db'>) => postgresKeptFiles({ ...options, db }),
    reconnect: () => db.reconnect(),
    close: async () => {
      endWatching()
      await db
        .close()
        .catch((error: unknown) =>
          log.error({ err: error }, `The database was not left cleanly: ${messageOf(error)}`),
        )
    },
  }
}

/** @returns what ends it */
function watchDatabase(db: PostgresDatabase, log: Logger): () => void {
  db.onProblem = (problem) => {
    if (problem === undefined) log.info({ event: 'database.back' }, 'The database can be used again')
    else log.error({ event: 'database.problem', code: problem.code }, problem.message)
  }
  let second = 0
  const timer = setInterval(() => {
    const isTime = db.problem !== undefined || second % checkEverySeconds === 0
    second++
    if (isTime) void db.check().catch(() => undefined) // It is `problem` now.
  }, 1_000).unref()
  return () => {
    clearInterval(timer)
    db.onProblem = () => undefined
  }
}
