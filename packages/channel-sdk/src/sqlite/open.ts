/**
 * How every SQLite file of this project is opened: private, migrated, and never silently emptied. Hosts and channels
 * share it so that a power cut or a damaged file means the same everywhere.
 */

import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { MoltbotError, messageOf } from '../errors.ts'
import { Database, type Flush } from './database.ts'
import type { FoundDamage } from './found-damage.ts'
import { guardFileOf, mendLog } from './log-guard.ts'
import { versionBySchema } from './schema-version.ts'
import { clearSuspicion, isSuspected, suspect } from './suspicion.ts'

export interface OpenedDatabase {
  readonly db: Database
  /** What was wrong with the file. The caller reports it, see `logDamage`. */
  readonly damage: FoundDamage | undefined
}

export interface OpenOptions {
  /** Part of the name of a damaged file that is moved aside, milliseconds since the epoch. Defaults to now. */
  readonly nowMs?: number
  /** Defaults to `fsync` in another thread. */
  readonly flush?: Flush
}

/** How long a statement waits for another connection's lock. */
const busyTimeoutMs = 5_000
/** What a file was before it was migrated is kept until a start so long after. */
const keptBeforeMs = 7 * 24 * 3_600_000

/**
 * Opens `file` with a write-ahead log, mode 0600 in a 0700 folder, and runs those of `migrations` (SQL scripts, oldest
 * first, never edited once released) that it has not seen; `user_version` counts them. A file that has content is copied to
 * `<file>.before-schema-<n>` first, for a week.
 * @throws `database-too-new` when a newer version wrote it. A damaged file is moved aside, see `damage`.
 */
export function openDatabase(
  file: string,
  migrations: readonly string[],
  { nowMs = Date.now(), flush }: OpenOptions = {},
): OpenedDatabase {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const existed = existsSync(file)
  const open = () => new Database(openMigrated(file, migrations), file, flush)
  const damage = existed ? examineLog(file, nowMs) : undefined
  removeOldCopies(file, nowMs)
  try {
    return { db: open(), damage }
  } catch (error) {
    if (!existed || !isDamage(error, file)) throw error
    const copy = setAside(file, nowMs)
    const message = `${file} was damaged (${messageOf(error)}); it was moved aside, and an empty one begun`
    return { db: open(), damage: { outcome: 'replaced', message, copy } }
  }
}

/** Puts right what has changed in the log, before SQLite takes it for the log's end. */
function examineLog(file: string, nowMs: number): FoundDamage | undefined {
  const state = mendLog(file)
  if (state === 'sound') return undefined
  const what = `${file}-wal, which has the latest writes, was changed by the disk or by another program`
  if (state === 'mended')
    return { outcome: 'mended', message: `${what}; it was put right, and nothing is lost` }
  const copy = damagedName(`${file}-wal`, nowMs)
  copyFileSync(`${file}-wal`, copy)
  rmSync(guardFileOf(file)) // SQLite goes on from the damaged place.
  return { outcome: 'cut', message: `${what}; what was stored after the damaged place is lost`, copy }
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
  suspect(file, found)
  return found
}

function openMigrated(file: string, migrations: readonly string[]): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs })
  try {
    db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON')
    chmodSync(file, 0o600)
    migrate(db, file, migrations)
    if (isSuspected(file)) examine(db, file, migrations)
    beginLog(db, file)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Reads the whole file, with its indexes. @throws `database-damaged` */
function examine(db: DatabaseSync, file: string, migrations: readonly string[]): void {
  const found = db.prepare('PRAGMA integrity_check(1)').get()?.integrity_check
  clearSuspicion(file)
  if (found !== 'ok') throw damaged(`${file}: ${String(found)}`)
  if (versionBySchema(db, migrations) === undefined)
    throw damaged(`${file}: its tables are not as they were made`)
}

const damaged = (message: string) => new MoltbotError('database-damaged', message)

function migrate(db: DatabaseSync, file: string, migrations: readonly string[]): void {
  const noted = Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0)
  const version = noted === migrations.length ? noted : (versionBySchema(db, migrations) ?? noted)
  if (version > migrations.length) {
    throw new MoltbotError(
      'database-too-new',
      `${file} was written by a newer version (schema ${version}, this one knows ${migrations.length}); update, or use another state directory`,
    )
  }
  if (version > 0 && version < migrations.length) keepAsBefore(db, file, version)
  migrations.slice(version).forEach((script, index) => {
    db.exec(`BEGIN IMMEDIATE; ${script}; PRAGMA user_version=${version + index + 1}; COMMIT`)
  })
}

const before = (file: string) => `${file}.before-schema-`

/** A migration that was interrupted goes on from another schema, so that what the file was at first stays. */
function keepAsBefore(db: DatabaseSync, file: string, version: number): void {
  const copy = `${before(file)}${version + 1}`
  rmSync(copy, { force: true })
  db.prepare('VACUUM INTO ?').run(copy)
  chmodSync(copy, 0o600)
}

function removeOldCopies(file: string, nowMs: number): void {
  const folder = dirname(file)
  for (const name of readdirSync(folder)) {
    const copy = join(folder, name)
    if (!name.startsWith(basename(before(file)))) continue
    if (statSync(copy).mtimeMs < nowMs - keptBeforeMs) rmSync(copy)
  }
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

/** SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html), a format that no SQLite wrote, or a failed check. */
function isDamage(error: unknown, file: string): boolean {
  if (error instanceof MoltbotError) return error.code === 'database-damaged'
  const message = messageOf(error)
  // A changed byte in its first page also tells SQLite not to write.
  if (/readonly database/.test(message)) return canBeWritten(file)
  return /malformed|not a database|unsupported file format/.test(message)
}

function canBeWritten(file: string): boolean {
  try {
    closeSync(openSync(file, 'r+'))
    return true
  } catch {
    return false
  }
}

function setAside(file: string, nowMs: number): string {
  const copy = damagedName(file, nowMs)
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, copy + suffix)
  }
  rmSync(guardFileOf(file), { force: true })
  return copy
}

const damagedName = (file: string, nowMs: number) =>
  `${file}.corrupt-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')}`
