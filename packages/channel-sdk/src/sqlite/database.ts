/**
 * A SQLite file whose event loop never waits for the disk. Writes that are asked for in one turn of the event loop share
 * a commit, which puts them into the operating system's hands: a killed process loses none of them. Durable writes
 * resolve after the next flush besides, which runs in another thread and is shared by all that wait for it.
 *
 * SQLite itself flushes nothing here (`synchronous=OFF`), so its rules for a log that survives a power failure are kept
 * in this file (sqlite.org/wal.html): the log is flushed before any of it is copied into the database file, nothing is
 * written between that flush and the copy, and before a write may begin the log again the database file is flushed and the
 * log is empty, on the disk too. Frames of two logs could follow each other otherwise (sqlite.org/src/info/ff5be73dee).
 *
 * What is deleted leaves the files too: `secure_delete` overwrites it in the database, and the log, which holds each page
 * as it was before, is emptied within ten minutes, with what guards it.
 */

import { closeSync, fsync, openSync } from 'node:fs'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { MoltbotError, messageOf } from '../errors.ts'
import { LogGuard } from './log-guard.ts'
import { suspect } from './suspicion.ts'

/**
 * `durable`: something outside depends on it, so it resolves when it is on the disk. `relaxed`: it resolves when a
 * killed process cannot lose it; a power failure may, until the next flush, within a second.
 */
export type Durability = 'durable' | 'relaxed'

export type Row = Readonly<Record<string, unknown>>

export interface Reader {
  /** The first row, if there is one. */
  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined
  all(sql: string, ...values: readonly SQLInputValue[]): Row[]
}

export interface Writer extends Reader {
  /** @returns how many rows the statement changed */
  run(sql: string, ...values: readonly SQLInputValue[]): number
}

/** Flushes a file to the disk. @param fd of the file */
export type Flush = (fd: number) => Promise<void>

export interface Flushes {
  /** Flushes of the write-ahead log, which durable writes wait for. */
  readonly log: number
  /** Flushes of the database file, after the log was copied into it. */
  readonly file: number
}

interface PendingWrite {
  run(writer: Writer): void
  /** Its transaction is committed. */
  committed(): void
  reject(error: unknown): void
}

/** Writes in one transaction; more wait for the next, so that the event loop is not held for long. */
const maxWritesPerCommit = 1_000
/** Commits between two looks at the log's length. */
const commitsPerLook = 50
/** Pages at which the log is copied into the database file; about a millisecond's work. */
const pagesToCopy = 1_000
/** How long a relaxed write may wait for its flush. */
const relaxedFlushMs = 1_000
/** How long the bytes of deleted rows may stay in the log after a write. */
export const emptyLogAfterMs = 10 * 60_000

/**
 * SQLITE_ERROR, SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html). The statements are the same each time, so the
 * first of them says that the file's tables are not.
 */
const damageCodes: ReadonlySet<number> = new Set([1, 11, 26])

/** Databases on a disk that failed, kept from being closed by the garbage collector. */
const leftOpen = new Set<DatabaseSync>()

const flushToDisk: Flush = promisify<number, void>(fsync)

export class Database implements Writer {
  readonly #db: DatabaseSync
  readonly #file: string
  readonly #flushFile: Flush
  /** Kept open as long as the database: closing any of them would release SQLite's own locks on that file. */
  readonly #logFd: number
  readonly #fileFd: number
  readonly #guard: LogGuard
  readonly #statements = new Map<string, StatementSync>()
  #pending: PendingWrite[] = []
  #scheduled: NodeJS.Immediate | undefined
  /** Writes wait while the log is copied. */
  #isCopying = false
  #commits = 0
  /** The latest commit, and the latest that is on the disk. */
  #committed = 0
  #flushed = 0
  #flushing: Promise<void> | undefined
  #relaxedTimer: NodeJS.Timeout | undefined
  #emptyTimer: NodeJS.Timeout | undefined
  readonly #flushes = { log: 0, file: 0 }
  /** A flush failed: what the disk holds is unknown. */
  #failure: MoltbotError | undefined
  #closed: Promise<void> | undefined

  /** @param db in WAL mode and migrated; `openDatabase` makes one */
  constructor(db: DatabaseSync, file: string, flush: Flush = flushToDisk) {
    this.#db = db
    this.#file = file
    this.#flushFile = flush
    db.exec('PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=0; PRAGMA secure_delete=ON')
    this.#fileFd = openSync(file, 'r+')
    this.#logFd = openSync(`${file}-wal`, 'r+')
    this.#guard = new LogGuard(file, this.#logFd)
  }

  /** How often each file was flushed so far. */
  get flushes(): Flushes {
    return { ...this.#flushes }
  }

  /** Why nothing can be written any more; undefined while all is well. */
  get failure(): MoltbotError | undefined {
    return this.#failure
  }

  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#suspecting(() => this.#prepared(sql).get(...values))
  }

  all(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#suspecting(() => this.#prepared(sql).all(...values))
  }

  /** Outside `write` only for what needs no commit of its own, such as a pragma. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return this.#suspecting(() => Number(this.#prepared(sql).run(...values).changes))
  }

  /**
   * Runs `work` inside the next transaction. When it throws, only its own statements are undone.
   * @throws what `work` throws; what SQLite throws when the commit fails (a full disk); `disk-failed`, `database-closed`
   */
  async write<Result>(durability: Durability, work: (writer: Writer) => Result): Promise<Result> {
    const result = await this.#commit(work)
    if (durability === 'durable') await this.flush()
    else this.#flushSoon()
    return result
  }

  /** Resolves when everything that is committed now is on the disk. @throws `disk-failed` */
  async flush(): Promise<void> {
    const upTo = this.#committed
    while (this.#flushed < upTo) {
      if (this.#failure !== undefined) throw this.#failure
      this.#flushing ??= this.#flushLog().finally(() => {
        this.#flushing = undefined
      })
      await this.#flushing
    }
  }

  /** Commits what is pending, flushes it, and closes the file. A second call joins the first. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  #commit<Result>(work: (writer: Writer) => Result): Promise<Result> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#closed !== undefined) {
      return Promise.reject(
        new MoltbotError('database-closed', 'the database is closed', { retryable: true }),
      )
    }
    return new Promise((resolve, reject) => {
      let result: Result
      this.#pending.push({
        run: (writer) => {
          result = work(writer)
        },
        committed: () => resolve(result),
        reject,
      })
      this.#schedule()
    })
  }

  /** Copies the log into the database file and empties it: no byte of a row that is deleted by now stays in the files. */
  async emptyLog(): Promise<void> {
    clearTimeout(this.#emptyTimer)
    this.#emptyTimer = undefined
    if (!(await this.#copyLog())) this.#emptyLogLater()
  }

  #emptyLogLater(): void {
    if (this.#closed !== undefined || this.#failure !== undefined) return
    this.#emptyTimer ??= setTimeout(() => void this.emptyLog(), emptyLogAfterMs).unref()
  }

  #schedule(): void {
    if (!this.#isCopying) this.#scheduled ??= setImmediate(() => this.#commitPending())
  }

  #commitPending(): void {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    if (this.#isCopying) return // It was scheduled before the copy began, and is scheduled again after it.
    this.#commitOnce(this.#pending.splice(0, maxWritesPerCommit))
    if (this.#pending.length > 0) this.#schedule()
    this.#emptyLogLater()
    this.#commits++
    if (this.#commits % commitsPerLook === 0 && this.#logPages().uncopied > pagesToCopy) void this.#copyLog()
  }

  #commitOnce(writes: readonly PendingWrite[]): void {
    const done: PendingWrite[] = []
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      if (writes.length === 1) writes[0]?.run(this)
      else for (const write of writes) if (this.#runAlone(write)) done.push(write)
      this.#db.exec('COMMIT')
    } catch (error) {
      this.#rollBack()
      for (const write of writes) write.reject(error)
      return
    }
    this.#committed++
    for (const write of writes.length === 1 ? writes : done) write.committed()
  }

  /** In a damaged file the failure may have ended the transaction already. */
  #rollBack(): void {
    try {
      // A closed database does not even tell whether it is in one.
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK')
    } catch {
      // What failed before is reported.
    }
  }

  #runAlone(write: PendingWrite): boolean {
    this.#db.exec('SAVEPOINT one')
    try {
      write.run(this)
      this.#db.exec('RELEASE one')
      return true
    } catch (error) {
      this.#db.exec('ROLLBACK TO one; RELEASE one')
      write.reject(error)
      return false
    }
  }

  async #flushLog(): Promise<void> {
    clearTimeout(this.#relaxedTimer)
    this.#relaxedTimer = undefined
    const upTo = this.#committed
    this.#guard.begin(() => this.#logPages().all)
    await this.#orFail(() => this.#flushOne('log', this.#logFd))
    this.#guard.confirm()
    this.#flushed = Math.max(this.#flushed, upTo)
  }

  #flushSoon(): void {
    this.#relaxedTimer ??= setTimeout(() => {
      this.#relaxedTimer = undefined
      this.flush().catch(() => undefined) // Kept as `failure`, which every later write meets.
    }, relaxedFlushMs).unref()
  }

  async #flushOne(which: keyof Flushes, fd: number): Promise<void> {
    this.#flushes[which]++
    await this.#flushFile(fd)
  }

  /** After a flush that failed the system may have forgotten what it could not write, so a second try proves nothing. */
  async #orFail(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const message = `the disk could not be written: ${messageOf(error)}; check it and start the gateway again`
      this.#failure = new MoltbotError('disk-failed', message, { cause: error, certain: false })
      for (const write of this.#pending.splice(0)) write.reject(this.#failure)
      throw this.#failure
    }
  }

  /** Pages in the log, and those of them that are not yet in the database file. */
  #logPages(): { all: number; uncopied: number } {
    const { log, checkpointed } = this.#prepared('PRAGMA wal_checkpoint(NOOP)').get() ?? {}
    return { all: Number(log), uncopied: Number(log) - Number(checkpointed) }
  }

  /**
   * Copies the log into the database file and empties it, while the event loop goes on and writes wait. Never rejects.
   * @returns whether it is empty
   */
  async #copyLog(): Promise<boolean> {
    if (this.#isCopying) return false
    this.#isCopying = true
    try {
      await this.flush()
      if (this.#guard.mend() === 'damaged') suspect(this.#file, 'its log was changed by the disk')
      const { log, checkpointed } = this.#db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get() ?? {}
      await this.#orFail(() => this.#flushOne('file', this.#fileFd))
      return log === checkpointed && (await this.#truncateLog())
    } catch {
      // A disk that failed is kept as `failure`; a copy that SQLite refused is tried again later.
      return false
    } finally {
      this.#isCopying = false
      if (this.#pending.length > 0) this.#schedule()
    }
  }

  /** @returns false while another connection reads the log: it is not waited for */
  async #truncateLog(): Promise<boolean> {
    const { timeout } = this.#db.prepare('PRAGMA busy_timeout').get() ?? {}
    this.#db.exec('PRAGMA busy_timeout=0')
    const { busy } = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? {}
    this.#db.exec(`PRAGMA busy_timeout=${Number(timeout)}`)
    const isEmpty = busy === 0
    // When the other connection ends, a write begins the log again: SQLite flushes its new header then.
    this.#db.exec(`PRAGMA synchronous=${isEmpty ? 'OFF' : 'NORMAL'}`)
    if (!isEmpty) return false
    this.#guard.forget()
    await this.#orFail(() => this.#flushOne('log', this.#logFd))
    return true
  }

  async #close(): Promise<void> {
    clearTimeout(this.#relaxedTimer)
    clearTimeout(this.#emptyTimer)
    if (this.#pending.length > 0 && !this.#isCopying) this.#commitPending()
    while (this.#isCopying || this.#pending.length > 0) await new Promise(setImmediate)
    await this.#copyLog()
    // SQLite deletes the log when it closes the file. Of a disk that failed, the log is the better copy.
    if (this.#failure === undefined) this.#db.close()
    else leftOpen.add(this.#db)
    closeSync(this.#logFd)
    closeSync(this.#fileFd)
    this.#guard.close()
  }

  /** What only a damaged file can cause is remembered for the next start. @throws `database-damaged` for it */
  #suspecting<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      if (!damageCodes.has(Number(Reflect.get(Object(error), 'errcode')))) throw error
      throw this.#suspect(error)
    }
  }

  #suspect(error: unknown): MoltbotError {
    const reason = messageOf(error)
    try {
      suspect(this.#file, reason)
    } catch {
      // On a disk that takes nothing, the next start meets the damage again.
    }
    const message = `${this.#file} is damaged (${reason}); copy it, and start the gateway again: it checks the file and moves it aside`
    return new MoltbotError('database-damaged', message, { cause: error, retryable: true })
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const prepared = this.#db.prepare(sql)
    this.#statements.set(sql, prepared)
    return prepared
  }
}
