/**
 * How every SQLite file of this project is opened: private, migrated, and never silently emptied. Hosts and channels
 * share it so that a power cut or a damaged file means the same everywhere.
 */

import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, extname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { MoltbotError, messageOf } from '../errors.ts'
import { Database, type Flush } from './database.ts'

export interface OpenedDatabase {
  readonly db: Database
  /** Where a damaged file was moved to, when there was one. The caller reports it as an error. */
  readonly corruptCopy: string | undefined
}

export interface OpenOptions {
  /** Part of the name of a damaged file that is moved aside, milliseconds since the epoch. Defaults to now. */
  readonly nowMs?: number
  /** Defaults to `fsync` in another thread. */
  readonly flush?: Flush
}

/** How long a statement waits for another connection's lock. */
const busyTimeoutMs = 5_000

/**
 * Opens `file` with a write-ahead log, mode 0600 in a 0700 folder, and runs those of `migrations` (SQL scripts, oldest
 * first, never edited once released) that it has not seen; `user_version` counts them.
 * @throws `database-too-new` when a newer version wrote it. A damaged file is moved aside, see `corruptCopy`.
 */
export function openDatabase(
  file: string,
  migrations: readonly string[],
  { nowMs = Date.now(), flush }: OpenOptions = {},
): OpenedDatabase {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const existed = existsSync(file)
  try {
    return { db: new Database(openMigrated(file, migrations), file, flush), corruptCopy: undefined }
  } catch (error) {
    if (!existed || !isDamage(error)) throw error
    const corruptCopy = setAside(file, nowMs)
    return { db: new Database(openMigrated(file, migrations), file, flush), corruptCopy }
  }
}

/**
 * Reads the whole file in another thread, beside the connection that uses it. What it finds is remembered: the next
 * `openDatabase` checks the file first, and moves it aside where it is still damaged.
 * @returns what is damaged; undefined where nothing is
 */
export async function checkDatabase(file: string): Promise<string | undefined> {
  const worker = new Worker(new URL(`check-worker${extname(import.meta.filename)}`, import.meta.url), {
    workerData: file,
  })
  worker.unref()
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  worker.once('message', resolve)
  worker.once('error', reject)
  const found = await promise.finally(() => worker.terminate())
  if (found === 'ok') return undefined
  writeFileSync(suspicionOf(file), `${found}\n`, { mode: 0o600 })
  return found
}

function suspicionOf(file: string): string {
  return `${file}.suspect`
}

function openMigrated(file: string, migrations: readonly string[]): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs })
  try {
    db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON')
    chmodSync(file, 0o600)
    if (existsSync(suspicionOf(file))) clearSuspicion(db, file)
    migrate(db, file, migrations)
    beginLog(db, file)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** @throws `database-damaged` */
function clearSuspicion(db: DatabaseSync, file: string): void {
  const found = db.prepare('PRAGMA quick_check(1)').get()?.quick_check
  rmSync(suspicionOf(file))
  if (found !== 'ok') throw new MoltbotError('database-damaged', `${file}: ${String(found)}`)
}

function migrate(db: DatabaseSync, file: string, migrations: readonly string[]): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0)
  if (version > migrations.length) {
    throw new MoltbotError(
      'database-too-new',
      `${file} was written by a newer version (schema ${version}, this one knows ${migrations.length}); update, or use another state directory`,
    )
  }
  migrations.slice(version).forEach((script, index) => {
    db.exec(`BEGIN IMMEDIATE; ${script}; PRAGMA user_version=${version + index + 1}; COMMIT`)
  })
}

/** The log is made by the first write, and its name has to be on the disk before what is written to it counts. */
function beginLog(db: DatabaseSync, file: string): void {
  const version = db.prepare('PRAGMA user_version').get()?.user_version
  db.exec(`BEGIN IMMEDIATE; PRAGMA user_version=${Number(version)}; COMMIT`)
  if (process.platform === 'win32') return // Folders cannot be flushed there.
  const folder = openSync(dirname(file), 'r')
  fsyncSync(folder)
  closeSync(folder)
}

/** SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html), or a failed check. */
function isDamage(error: unknown): boolean {
  if (error instanceof MoltbotError) return error.code === 'database-damaged'
  return /malformed|not a database/.test(messageOf(error))
}

function setAside(file: string, nowMs: number): string {
  const copy = `${file}.corrupt-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, copy + suffix)
  }
  return copy
}
