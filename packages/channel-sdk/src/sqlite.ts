/**
 * How every SQLite file of this project is opened: durable, private, migrated, and never silently emptied.
 * Hosts and channels share it so that a power cut or a damaged file means the same everywhere.
 */

import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MoltbotError, messageOf } from './errors.ts'

export interface OpenedDatabase {
  readonly db: DatabaseSync
  /** Where a damaged file was moved to, when there was one. The caller says so as an error. */
  readonly corruptCopy: string | undefined
}

/** How long a statement waits for another connection's lock. */
const busyTimeoutMs = 5_000

/**
 * Opens `file` with a write-ahead log and `synchronous=FULL`, mode 0600 in a 0700 folder, and runs those of
 * `migrations` (SQL scripts, oldest first, never edited once released) that it has not seen; `user_version` counts them.
 * @throws `database-too-new` when a newer version wrote it. A damaged file is moved aside, see `corruptCopy`.
 */
export function openDatabase(
  file: string,
  migrations: readonly string[],
  nowMs = Date.now(),
): OpenedDatabase {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const existed = existsSync(file)
  try {
    return { db: openChecked(file, migrations), corruptCopy: undefined }
  } catch (error) {
    if (!existed || !isDamage(error)) throw error
    return { corruptCopy: setAside(file, nowMs), db: openChecked(file, migrations) }
  }
}

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export function inTransaction<Result>(db: DatabaseSync, work: () => Result): Result {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}

function openChecked(file: string, migrations: readonly string[]): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs })
  try {
    db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON')
    chmodSync(file, 0o600)
    const check = db.prepare('PRAGMA quick_check(1)').get()?.quick_check
    if (check !== 'ok') throw new MoltbotError('database-damaged', `${file}: ${String(check)}`)
    migrate(db, file, migrations)
    return db
  } catch (error) {
    db.close()
    throw error
  }
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
    inTransaction(db, () => {
      db.exec(script)
      db.exec(`PRAGMA user_version=${version + index + 1}`)
    })
  })
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
