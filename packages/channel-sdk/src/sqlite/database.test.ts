import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Database, emptyLogAfterMs, type Flush, type Writer } from './database.ts'
import { openDatabase } from './open.ts'

const insert = (value: string) => (writer: Writer) => writer.run('INSERT INTO t VALUES (?)', value)
const values = (db: Database) => db.all('SELECT v FROM t').map(({ v }) => v)

describe('Database', () => {
  let file: string
  let db: Database
  /** Ends the flushes that are held, and those to come. */
  let release: () => void
  let flushes: number
  let flushResult: () => Promise<void>

  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), 'moltbot-database-')), 'a.sqlite')
    release = () => undefined
    flushes = 0
    flushResult = async () => undefined
    const flush: Flush = () => {
      flushes++
      return flushResult()
    }
    db = openDatabase(file, ['CREATE TABLE t (v TEXT NOT NULL UNIQUE)'], { flush }).db
  })

  afterEach(async () => {
    vi.useRealTimers()
    release()
    await db.close()
  })

  function holdFlushes(): void {
    const { promise, resolve } = Promise.withResolvers<void>()
    flushResult = () => promise
    release = resolve
  }

  it('a durable write resolves after a flush, and the event loop goes on meanwhile', async () => {
    holdFlushes()
    const done = vi.fn()
    const durable = db.write('durable', insert('x')).then(done)
    await sleep(20)
    expect(done).not.toHaveBeenCalled()
    expect(values(db)).toEqual(['x']) // Committed: only a power failure could take it.
    release()
    await durable
  })

  it('a relaxed write resolves without a flush, which follows within a second', async () => {
    await db.write('relaxed', insert('x'))
    expect(flushes).toBe(0)
    await vi.waitFor(() => expect(flushes).toBe(1), { timeout: 3_000 })
  })

  it('another connection sees a relaxed write at once', async () => {
    await db.write('relaxed', insert('x'))
    const other = new DatabaseSync(file, { readOnly: true })
    expect(other.prepare('SELECT v FROM t').all()).toEqual([{ v: 'x' }])
    other.close()
  })

  it('durable writes of one turn of the event loop share a commit and a flush', async () => {
    await Promise.all(['a', 'b', 'c'].map((value) => db.write('durable', insert(value))))
    expect(flushes).toBe(1)
  })

  it('those that come during a flush share the next one', async () => {
    holdFlushes()
    const first = db.write('durable', insert('first'))
    await sleep(5)
    const later = ['a', 'b'].map((value) => db.write('durable', insert(value)))
    await sleep(5)
    const more = db.write('durable', insert('c'))
    await sleep(5)
    expect(flushes).toBe(1)
    release()
    await Promise.all([first, ...later, more])
    expect(flushes).toBe(2)
  })

  it('a write that throws undoes its own statements alone', async () => {
    const torn = db.write('durable', (writer) => {
      insert('torn')(writer)
      throw new Error('no')
    })
    const [failed] = await Promise.allSettled([torn, db.write('durable', insert('whole'))])
    expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'no' } })
    expect(values(db)).toEqual(['whole'])
  })

  it('a write that throws alone leaves no transaction open', async () => {
    const torn = db.write('durable', (writer) => {
      insert('torn')(writer)
      throw new Error('no')
    })
    await expect(torn).rejects.toThrow('no')
    await db.write('durable', insert('later'))
    expect(values(db)).toEqual(['later'])
  })

  it('more writes than one commit takes are all made, in order', async () => {
    const all = Array.from({ length: 2_500 }, (_, n) => String(n))
    await Promise.all(all.map((value) => db.write('relaxed', insert(value))))
    expect(values(db)).toEqual(all)
  })

  it('copies a long log into the file between two flushes, and keeps what is written meanwhile', async () => {
    const size = statSync(file).size
    for (let n = 0; n < 200; n++) await db.write('relaxed', insert(`${n} ${'x'.repeat(40_000)}`))
    await vi.waitFor(() => expect(db.flushes.file).toBeGreaterThan(0))
    await db.write('durable', insert('last'))
    expect(statSync(file).size).toBeGreaterThan(size)
    expect(db.all('SELECT count(*) AS n FROM t')).toEqual([{ n: 201 }])
    expect(statSync(`${file}-wal`).size).toBeLessThan(200 * 40_000)
  })

  it('writes wait while the log is copied, and the event loop does not', async () => {
    for (let n = 0; n < 49; n++) await db.write('relaxed', insert(`${n} ${'x'.repeat(100_000)}`))
    holdFlushes()
    await db.write('relaxed', insert('begins the copy'))
    const done = vi.fn()
    const waiting = db.write('relaxed', insert('waits')).then(done)
    await sleep(20)
    expect(done).not.toHaveBeenCalled()
    release()
    await waiting
  })

  /** Whether the database and its log hold these bytes. */
  const onDisk = (text: string) => ['', '-wal'].map((suffix) => readFileSync(file + suffix).includes(text))
  const isGuardBlank = () => readFileSync(`${file}-guard`).every((byte) => byte === 0)

  it.each([
    ['a short text', 'REFUSED'],
    ['a text of many pages', 'REFUSED'.repeat(20_000)],
  ])('no byte of %s that was deleted stays in the files once the log is emptied', async (_, text) => {
    await db.write('relaxed', insert('kept'))
    await db.write('relaxed', insert(text))
    await db.emptyLog()
    expect(onDisk('REFUSED')).toEqual([true, false])
    await db.write('relaxed', (writer) => writer.run('DELETE FROM t WHERE v = ?', text))
    await db.flush()
    expect(isGuardBlank()).toBe(false)
    await db.emptyLog()
    expect(onDisk('REFUSED')).toEqual([false, false])
    expect(isGuardBlank()).toBe(true)
    await db.write('durable', insert('later'))
    expect(values(db)).toEqual(['kept', 'later'])
  })

  it('the log is emptied some minutes after a write, and not waited for while another connection reads it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await db.write('relaxed', insert('REFUSED'))
    await db.write('relaxed', (writer) => writer.run('DELETE FROM t'))
    const reader = new DatabaseSync(file, { readOnly: true })
    reader.exec('BEGIN')
    reader.prepare('SELECT * FROM t').all()
    await vi.advanceTimersByTimeAsync(emptyLogAfterMs)
    await vi.waitFor(() => expect(db.flushes.file).toBe(1))
    expect(onDisk('REFUSED')[1]).toBe(true)
    reader.close()
    await vi.advanceTimersByTimeAsync(emptyLogAfterMs)
    await vi.waitFor(() => expect(statSync(`${file}-wal`).size).toBe(0))
    expect(onDisk('REFUSED')).toEqual([false, false])
  })

  it('commits nothing between the flush of the log and its copy, however much was pending', async () => {
    for (let n = 0; n < 49; n++) await db.write('relaxed', insert(`${n} ${'x'.repeat(100_000)}`))
    holdFlushes()
    const all = Array.from({ length: 2_500 }, (_, n) => db.write('relaxed', insert(String(n))))
    await all[999] // The commit of the first thousand begins the copy.
    await sleep(20)
    expect(db.get('SELECT count(*) AS n FROM t')).toEqual({ n: 49 + 1_000 })
    release()
    await Promise.all(all)
    expect(db.get('SELECT count(*) AS n FROM t')).toEqual({ n: 49 + 2_500 })
  })

  it('after a flush that failed nothing is written any more', async () => {
    flushResult = () => Promise.reject(new Error('EIO: i/o error, fsync'))
    await expect(db.write('durable', insert('x'))).rejects.toMatchObject({
      code: 'disk-failed',
      message: expect.stringContaining('EIO'),
    })
    flushResult = async () => undefined
    await expect(db.write('relaxed', insert('y'))).rejects.toMatchObject({ code: 'disk-failed' })
    expect(db.failure).toMatchObject({ code: 'disk-failed' })
  })

  it('closing commits what is pending, and flushes it into the file', async () => {
    const last = db.write('durable', insert('last'))
    const closed = db.close()
    await Promise.all([last, closed])
    const again = new DatabaseSync(file)
    expect(again.prepare('SELECT v FROM t').all()).toEqual([{ v: 'last' }])
    again.close()
    await expect(db.write('relaxed', insert('late'))).rejects.toMatchObject({ code: 'database-closed' })
  })
})
