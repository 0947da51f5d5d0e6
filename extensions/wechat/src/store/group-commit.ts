/**
 * Many small writes, few disk flushes: what is asked for within one turn of the event loop shares a transaction.
 * A write's promise resolves only after its transaction is on the disk.
 */

import type { DatabaseSync } from 'node:sqlite'

interface PendingWrite {
  run(): void
  resolve(): void
  reject(error: unknown): void
}

/** Writes in one transaction; more wait for the next, so that none grows without bound. */
const maxWritesPerCommit = 1_000

export class GroupCommit {
  readonly #db: DatabaseSync
  #pending: PendingWrite[] = []
  #scheduled: NodeJS.Immediate | undefined

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  /** Runs `work` inside the next transaction. When it throws, only its own statements are undone. */
  write<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      let result: Result
      this.#pending.push({
        run: () => {
          result = work()
        },
        resolve: () => resolve(result),
        reject,
      })
      this.#scheduled ??= setImmediate(() => this.flush())
    })
  }

  /** Commits what is pending, now. */
  flush(): void {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    while (this.#pending.length > 0) this.#commit(this.#pending.splice(0, maxWritesPerCommit))
  }

  #commit(writes: readonly PendingWrite[]): void {
    const done: PendingWrite[] = []
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      for (const write of writes) if (this.#runAlone(write)) done.push(write)
      this.#db.exec('COMMIT')
    } catch (error) {
      // A closed database does not even tell whether it is in one.
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK')
      for (const write of writes) write.reject(error)
      return
    }
    for (const write of done) write.resolve()
  }

  #runAlone(write: PendingWrite): boolean {
    this.#db.exec('SAVEPOINT one')
    try {
      write.run()
      this.#db.exec('RELEASE one')
      return true
    } catch (error) {
      this.#db.exec('ROLLBACK TO one; RELEASE one')
      write.reject(error)
      return false
    }
  }
}
