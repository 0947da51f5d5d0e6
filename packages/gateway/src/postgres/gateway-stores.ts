/**
 * What the gateway stores, in PostgreSQL. Whether the database can be used is asked again and again, so that the status says
 * so while nothing is written, and says when it can be used again.
 */

import { accessSync, constants } from 'node:fs'
import { codeOf, type Logger, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { type PostgresKeptFilesOptions, postgresKeptFiles } from '../files/postgres-kept-files.ts'
import { english } from '../language/speech.ts'
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

/** The stores of `gateway-stores.ts`. @throws `state-files-missing`, `state-busy`, `state-moved`, `state-unfinished`, what keeps the database from being used */
export async function postgresStores(settings: PostgresSettings, log: Logger, now?: () => number) {
  requireSharedFolder(settings)
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

/** It is never made: where a mount is missing, files would lie on this machine, and no other gateway would find them. */
function requireSharedFolder({ filesDir }: PostgresSettings): void {
  if (filesDir === undefined) return
  try {
    accessSync(filesDir, constants.W_OK)
  } catch (cause) {
    throw new MoltbotError(
      'state-files-missing',
      english('state.filesDir: {folder} is not there, or cannot be written; is it mounted?', {
        folder: filesDir,
      }),
      { cause },
    )
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
