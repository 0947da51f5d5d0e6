/**
 * Opening the puppet's SQLite file: one owner at a time, every commit on disk before it counts, and a file that cannot
 * be read set aside under another name instead of being emptied.
 */

import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ILinkError } from '../errors.ts'

const schemaVersion = 1

const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE messages (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  pending INTEGER NOT NULL,
  raw TEXT NOT NULL
) STRICT;
CREATE INDEX messages_pending ON messages (position) WHERE pending = 1;
CREATE TABLE seen (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX seen_at ON seen (at_ms);
CREATE TABLE contexts (
  user_id TEXT PRIMARY KEY,
  token TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  exhausted INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX contexts_at ON contexts (at_ms);
CREATE TABLE sends (user_id TEXT NOT NULL, client_id TEXT NOT NULL, PRIMARY KEY (user_id, client_id)) STRICT, WITHOUT ROWID;
PRAGMA user_version = ${schemaVersion};
`

/** WAL without its shared-memory file: exclusive locking is what keeps a second process out. */
const pragmas = `
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -256;
PRAGMA temp_store = MEMORY;
`

export const inMemory = ':memory:'

const number = (database: DatabaseSync, sql: string, column: string): number =>
  Number(database.prepare(sql).get()?.[column])

const prepareSchema = (database: DatabaseSync): void => {
  const version = number(database, 'PRAGMA user_version', 'user_version')
  if (version > schemaVersion) {
    throw new ILinkError(
      'state-newer',
      `The state database has version ${version}, newer than this puppet knows`,
      {
        retryable: false,
        certain: true,
      },
    )
  }
  database.exec(version === 0 ? `BEGIN EXCLUSIVE;${schema}COMMIT` : 'BEGIN EXCLUSIVE; COMMIT')
}

const assertSound = (database: DatabaseSync): void => {
  const verdict = database.prepare('PRAGMA quick_check(1)').get()?.quick_check
  if (verdict !== 'ok') throw new Error(`integrity check: ${String(verdict)}`)
}

const openSound = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path)
  try {
    database.exec(pragmas)
    prepareSchema(database)
    assertSound(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (error.errcode === 5 || error.errcode === 261)

/** Moves a file and its SQLite companions to `<path>.corrupt-<stamp>`. @returns the new path */
const setAside = (path: string, stamp: number): string => {
  const aside = `${path}.corrupt-${stamp}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
  }
  return aside
}

/**
 * SQLite gives its companion files the mode of the database, so it has to be private from the start. An existing file
 * is not opened for that: closing it would release the locks that this process holds on it.
 */
const makePrivate = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  if (existsSync(path)) chmodSync(path, 0o600)
  else closeSync(openSync(path, 'wx', 0o600))
}

const inUse = (path: string, cause: unknown) =>
  new ILinkError('state-in-use', `${path} is in use by another process or puppet`, {
    retryable: true,
    certain: true,
    cause,
  })

const corrupt = (path: string, aside: string, cause: unknown) =>
  new ILinkError(
    'state-corrupt',
    `${path} could not be read; it is kept as ${aside} and a new one is begun`,
    {
      retryable: false,
      certain: true,
      cause,
    },
  )

export interface OpenedDatabase {
  database: DatabaseSync
  /** Set when an unreadable file was set aside. */
  problem?: ILinkError
}

/**
 * @param path a file, or {@link inMemory}
 * @throws ILinkError state-in-use, state-newer
 */
export const openDatabase = (path: string, nowMs: number): OpenedDatabase => {
  if (path === inMemory) return { database: openSound(path) }
  makePrivate(path)
  try {
    return { database: openSound(path) }
  } catch (error) {
    if (error instanceof ILinkError) throw error
    if (isBusy(error)) throw inUse(path, error)
    const problem = corrupt(path, setAside(path, nowMs), error)
    makePrivate(path)
    return { database: openSound(path), problem }
  }
}
