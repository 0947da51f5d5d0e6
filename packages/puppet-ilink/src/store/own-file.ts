/**
 * The puppet's own state file, `ilink.sqlite` in its state folder: private, opened by one puppet at a time, and set
 * aside under another name instead of being emptied when it cannot be read. Files of earlier versions are taken over.
 */

import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ILinkError } from '../errors.ts'
import { type Credentials, credentialsKey, readCredentials } from './credentials.ts'
import { keyOf } from './entries.ts'
import { SqliteState, stateTable } from './sqlite-state.ts'
import type { StateStore } from './state-store.ts'

/** 1 had a table for each kind, and the credentials in a file of their own. */
const schemaVersion = 2

/** Exclusive locking keeps a second process out, and WAL then needs no shared-memory file. */
const pragmas = `
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA cache_size = -256;
PRAGMA temp_store = MEMORY;
`

/** Rows that do not parse are copied unchanged: they are set aside when they are read. `state_key` is `keyOf`. */
const fromVersion1 = `
INSERT INTO state SELECT 'meta', key, json_quote(value), 0 FROM meta;
INSERT OR REPLACE INTO state SELECT 'message', state_key(id), raw,
  coalesce(CAST(iif(json_valid(raw), raw ->> '$.atMs', 0) AS INTEGER), 0) FROM messages;
INSERT INTO state SELECT 'pending', printf('%016d', position), raw,
  coalesce(CAST(iif(json_valid(raw), raw ->> '$.atMs', 0) AS INTEGER), 0) FROM messages WHERE pending = 1;
INSERT OR REPLACE INTO state SELECT 'seen', state_key(id), '', at_ms FROM seen;
INSERT OR REPLACE INTO state SELECT 'window', state_key(user_id), json_object(
  'userId', user_id, 'token', token, 'atMs', at_ms, 'exhausted', json(iif(exhausted, 'true', 'false')),
  'counted', json((SELECT json_group_array(client_id) FROM sends WHERE sends.user_id = contexts.user_id))
), at_ms FROM contexts;
DROP TABLE meta; DROP TABLE messages; DROP TABLE seen; DROP TABLE contexts; DROP TABLE sends;
`

/** The files of a state folder. */
export const stateFiles = (stateDir: string) => ({
  database: join(stateDir, 'ilink.sqlite'),
  /** Written by version 1. */
  credentials: join(stateDir, 'credentials.json'),
})

export interface OwnState {
  readonly store: StateStore & Pick<SqliteState, 'kinds'>
  /** What could not be read and was set aside. */
  readonly problems: readonly ILinkError[]
}

/**
 * Opens the state of a folder, which is made when it does not exist.
 * @param nowMs used in the names of files that are set aside
 * @throws ILinkError state-in-use, state-newer
 */
export const openOwnState = (stateDir: string, nowMs: number): OwnState => {
  const files = stateFiles(stateDir)
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  chmodSync(stateDir, 0o700)
  const { database, problem } = openSoundOrNew(files.database, nowMs)
  try {
    const damaged = takeOver(database, files.credentials, nowMs)
    const store = new SqliteState(database, (error) => noteDamage(files.database, error))
    return { store, problems: [problem, damaged].filter((one) => one !== undefined) }
  } catch (error) {
    database.close()
    throw error
  }
}

/** A file that turns out to be damaged while it is in use is checked, and set aside, when it is opened next. */
const suspicionOf = (path: string) => `${path}.suspect`

const noteDamage = (path: string, error: unknown): void => {
  if (isDamage(error)) writeFileSync(suspicionOf(path), '', { mode: 0o600 })
}

const openSoundOrNew = (path: string, nowMs: number): { database: DatabaseSync; problem?: ILinkError } => {
  makePrivate(path)
  try {
    return { database: openSound(path) }
  } catch (error) {
    if (isBusy(error)) throw inUse(path, error)
    if (!isDamage(error)) throw error
    const aside = `${path}.corrupt-${nowMs}`
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
    }
    makePrivate(path)
    const message = `${path} could not be read; it was moved to ${aside}, and a new one was begun`
    return { database: openSound(path), problem: corrupt(message, error) }
  }
}

/**
 * SQLite gives its companion files the mode of the database, so it has to be private from the start. An existing file
 * is not opened for that: closing it would release the locks that this process holds on it.
 */
const makePrivate = (path: string): void => {
  if (existsSync(path)) chmodSync(path, 0o600)
  else closeSync(openSync(path, 'wx', 0o600))
}

/** The whole file is checked after a crash (a log is left) or a suspicion: that takes as long as the file is large. */
const openSound = (path: string): DatabaseSync => {
  const isSuspect = existsSync(`${path}-wal`) || existsSync(suspicionOf(path))
  const database = new DatabaseSync(path)
  try {
    database.exec(pragmas)
    // Takes the lock, which a mere look at the file would not.
    database.exec('BEGIN EXCLUSIVE; COMMIT')
    if (isSuspect) assertSound(database)
    rmSync(suspicionOf(path), { force: true })
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

class DamagedFile extends Error {}

const assertSound = (database: DatabaseSync): void => {
  const found = database.prepare('PRAGMA quick_check(1)').get()?.quick_check
  if (found !== 'ok') throw new DamagedFile(`integrity check: ${String(found)}`)
}

/** SQLite's primary result code: the low byte of the extended one. */
const resultCode = (error: unknown): number =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0

const isBusy = (error: unknown): boolean => resultCode(error) === 5

/** SQLITE_CORRUPT, SQLITE_NOTADB, or a failed check. */
const isDamage = (error: unknown): boolean =>
  error instanceof DamagedFile || [11, 26].includes(resultCode(error))

const inUse = (path: string, cause: unknown) =>
  new ILinkError('state-in-use', `${path} is in use by another process or puppet`, {
    retryable: true,
    certain: true,
    cause,
  })

const corrupt = (message: string, cause: unknown) =>
  new ILinkError('state-corrupt', message, { retryable: false, certain: true, cause })

/**
 * Brings the file to the present version, and the credentials of version 1 into it, in one transaction. Their own file
 * goes once they are on the disk.
 * @returns the problem with credentials that could not be read
 * @throws ILinkError state-newer
 */
const takeOver = (database: DatabaseSync, credentialsPath: string, nowMs: number): ILinkError | undefined => {
  const old = existsSync(credentialsPath) ? readCredentials(readFileSync(credentialsPath, 'utf8')) : undefined
  database.function('state_key', (id) => keyOf(String(id)))
  database.exec('BEGIN IMMEDIATE')
  try {
    migrate(database)
    if (old !== undefined && 'value' in old) putCredentials(database, old.value, nowMs)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
  if (old === undefined) return undefined
  if ('reason' in old) return setCredentialsAside(credentialsPath, nowMs)
  rmSync(credentialsPath)
  syncFolder(dirname(credentialsPath))
  return undefined
}

const migrate = (database: DatabaseSync): void => {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
  if (version > schemaVersion) {
    const message = `The state file has version ${version}; this puppet supports versions up to ${schemaVersion}`
    throw new ILinkError('state-newer', message, { retryable: false, certain: true })
  }
  if (version < schemaVersion) database.exec(`${stateTable}; PRAGMA user_version = ${schemaVersion}`)
  if (version === 1) database.exec(fromVersion1)
}

/** Newer credentials stay: then the file is left from a crash after it was taken over. */
const putCredentials = (database: DatabaseSync, credentials: Credentials, nowMs: number): void => {
  database
    .prepare(`INSERT INTO state VALUES ('credentials', ?, ?, ?) ON CONFLICT DO NOTHING`)
    .run(credentialsKey, JSON.stringify(credentials), nowMs)
}

const setCredentialsAside = (path: string, nowMs: number): ILinkError => {
  const aside = `${path}.corrupt-${nowMs}`
  renameSync(path, aside)
  return corrupt(`${path} could not be read; it was moved to ${aside}, and a new login is needed`, undefined)
}

/** Makes renames and removals in a folder durable. Windows has no call for it. */
export const syncFolder = (path: string): void => {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
