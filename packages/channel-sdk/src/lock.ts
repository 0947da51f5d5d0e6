/**
 * A lock that one process can hold. It is SQLite's own file lock: the system drops it when the process ends, however it
 * ends, so there is never a stale lock file to judge.
 */

import { chmodSync, renameSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { codeOf, MoltbotError, messageOf } from './errors.ts'

export interface FileLock {
  /** Releasing a released one does nothing. */
  release(): void
}

/**
 * Takes the lock, or fails at once. Another holder in the same process counts like one of another process.
 * @param file is created, readable by this user only. Its folder has to exist. A file that is something else is moved aside.
 * @throws `locked`; what the system says
 */
export function takeLock(file: string): FileLock {
  try {
    return openLock(file)
  } catch (error) {
    if (codeOf(error) !== 'lock-damaged') throw error
    renameSync(file, `${file}.corrupt-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`)
    return openLock(file)
  }
}

function openLock(file: string): FileLock {
  const db = new DatabaseSync(file, { timeout: 0 })
  try {
    chmodSync(file, 0o600)
    db.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    throw lockError(file, error)
  }
  return { release: () => db.isOpen && db.close() }
}

function lockError(file: string, cause: unknown): unknown {
  const message = messageOf(cause)
  if (message.includes('database is locked')) {
    return new MoltbotError('locked', `another process uses ${file}`, { cause, retryable: true })
  }
  // A holder's lock is noticed before the content is read, so a damaged file has no holder.
  if (message.includes('not a database'))
    return new MoltbotError('lock-damaged', `${file} is damaged`, { cause })
  return cause
}
