/**
 * A log in which the disk has changed something. A copy of the files of a database in use is what a killed process leaves.
 */

import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Database } from './database.ts'
import { openDatabase } from './open.ts'

const migrations = ['CREATE TABLE t (n INTEGER PRIMARY KEY, v TEXT NOT NULL)']
const headerBytes = 32
const frameBytes = 24 + 4_096
const rows = 40

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'moltbot-guard-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

describe('a log that was changed after its process was killed', () => {
  let folder: string
  let db: Database

  beforeEach(async () => {
    folder = temporaryFolder()
    db = openDatabase(join(folder, 'a.sqlite'), migrations).db
    onTestFinished(() => db.close())
    for (let n = 0; n < rows; n++) await add(db, n)
  })

  const add = (to: Database, n: number, durability: 'durable' | 'relaxed' = 'durable') =>
    to.write(durability, (writer) => writer.run('INSERT INTO t VALUES (?, ?)', n, `row ${n} `.repeat(200)))

  /** Opens what a kill leaves, after `change` of its log. */
  async function openAfter(change: (log: string) => void) {
    const left = temporaryFolder()
    cpSync(folder, left, { recursive: true })
    const file = join(left, 'a.sqlite')
    change(`${file}-wal`)
    const { db: opened, damage } = openDatabase(file, migrations)
    const found = opened.all('SELECT n FROM t ORDER BY n').map(({ n }) => Number(n))
    const isSound = opened.get('PRAGMA integrity_check')?.integrity_check === 'ok'
    await opened.close()
    return { damage, count: found.length, isPrefix: found.every((n, at) => n === at), isSound, left }
  }

  const changing =
    (...places: readonly number[]) =>
    (log: string) => {
      const bytes = readFileSync(log)
      for (const at of places) bytes[at] = (bytes[at] ?? 0) ^ 0x80
      writeFileSync(log, bytes)
    }

  const size = () => statSync(join(folder, 'a.sqlite-wal')).size
  const frame = (n: number) => headerBytes + (n - 1) * frameBytes
  const frames = () => (size() - headerBytes) / frameBytes

  it('is sound if nothing was changed', async () => {
    expect(await openAfter(() => undefined)).toMatchObject({ damage: undefined, count: rows })
  })

  it('has everything, whichever byte has changed', async () => {
    const anywhere = fc.oneof(
      fc.nat({ max: headerBytes - 1 }),
      fc.nat({ max: size() - 1 }),
      fc.tuple(fc.nat({ max: frames() - 1 }), fc.nat({ max: 23 })).map(([n, at]) => frame(n + 1) + at),
    )
    await fc.assert(
      fc.asyncProperty(anywhere, async (at) => {
        const seen = await openAfter(changing(at))
        expect(seen).toMatchObject({
          damage: { outcome: 'mended' },
          count: rows,
          isPrefix: true,
          isSound: true,
        })
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  it.each([
    ['a frame', (n: number) => [frame(n), frame(n + 1)]],
    ['a sector', (n: number) => [frame(n) + 600, frame(n) + 1_112]],
    ['the last frame', () => [frame(frames()), size()]],
  ])('has everything if %s was overwritten', async (_what, place) => {
    const seen = await openAfter((log) => {
      const bytes = readFileSync(log)
      writeFileSync(log, bytes.fill(0x55, ...place(5)))
    })
    expect(seen).toMatchObject({ damage: { outcome: 'mended' }, count: rows })
  })

  it('has everything if its last frame is missing', async () => {
    const seen = await openAfter((log) => truncateSync(log, frame(frames()) + 100))
    expect(seen).toMatchObject({ damage: { outcome: 'mended' }, count: rows })
  })

  it.each([
    ['two frames', () => [frame(20) + 100, frame(30) + 100]],
    ['the header and a frame, and one more', () => [3, frame(1) + 100, frame(30) + 100]],
  ])('is read up to the damage if %s have changed, and that is said', async (_what, places) => {
    const { damage, count, isPrefix, isSound, left } = await openAfter(changing(...places()))
    expect(damage).toMatchObject({ outcome: 'cut', message: expect.stringContaining('is lost') })
    expect(readdirSync(left)).toContain(damage?.copy?.split('/').at(-1))
    expect(count).toBeLessThan(rows)
    expect([isPrefix, isSound]).toEqual([true, true])
  })

  it('is guarded again after it was read up to the damage', async () => {
    const left = temporaryFolder()
    cpSync(folder, left, { recursive: true })
    const file = join(left, 'a.sqlite')
    changing(frame(20) + 100, frame(30) + 100)(`${file}-wal`)
    const { db: next, damage } = openDatabase(file, migrations)
    onTestFinished(() => next.close())
    await add(next, 1_000)
    const again = temporaryFolder()
    cpSync(left, again, { recursive: true })
    changing(frame(19) + 100)(join(again, 'a.sqlite-wal'))
    const { db: last, damage: secondDamage } = openDatabase(join(again, 'a.sqlite'), migrations)
    expect([damage?.outcome, secondDamage?.outcome]).toEqual(['cut', 'mended'])
    expect(last.get('SELECT max(n) AS n FROM t')).toEqual({ n: 1_000 })
    await last.close()
  })

  it('is read by SQLite alone if what guards it was changed', async () => {
    const seen = await openAfter((log) => changing(100)(log.replace('-wal', '-guard')))
    expect(seen).toMatchObject({ damage: undefined, count: rows })
  })

  it('ends before what no flush had confirmed', async () => {
    const confirmed = frames()
    await add(db, rows, 'relaxed')
    expect(frames()).toBeGreaterThan(confirmed)
    const seen = await openAfter(changing(frame(confirmed + 1) + 100))
    expect(seen).toMatchObject({ damage: undefined, count: rows })
  })

  it.each([
    ['copied', 'PASSIVE'],
    ['copied and emptied', 'TRUNCATE'],
  ])('is of no concern once another program has %s it', async (_how, mode) => {
    const seen = await openAfter((log) => {
      const other = new DatabaseSync(log.replace('-wal', ''))
      other.exec(`PRAGMA wal_checkpoint(${mode}); INSERT INTO t VALUES (${rows}, '')`)
      other.close()
    })
    expect(seen).toMatchObject({ damage: undefined, count: rows + 1 })
  })

  it.each([
    ['a frame', () => frame(10) + 2_000],
    ['its header', () => 17],
  ])(
    'with a byte of %s changed is mended before it is copied into the database in use',
    async (_what, at) => {
      const log = join(folder, 'a.sqlite-wal')
      changing(at())(log)
      await add(db, rows)
      await db.emptyLog()
      expect(statSync(log).size).toBe(0)
      expect(readdirSync(folder)).not.toContain('a.sqlite.suspect')
      expect(await openAfter(() => undefined)).toMatchObject({ count: rows + 1, isSound: true })
    },
  )

  it('that a killed process left is guarded from the start of the next one', async () => {
    const left = temporaryFolder()
    cpSync(folder, left, { recursive: true })
    const next = openDatabase(join(left, 'a.sqlite'), migrations).db
    changing(frame(10) + 2_000)(join(left, 'a.sqlite-wal'))
    await add(next, rows)
    await next.close()
    expect(readdirSync(left)).not.toContain('a.sqlite.suspect')
  })

  it('that cannot be mended while the database is in use is a reason to check it at the next start', async () => {
    changing(frame(10) + 2_000, frame(12) + 2_000)(join(folder, 'a.sqlite-wal'))
    await db.emptyLog()
    expect(readdirSync(folder)).toContain('a.sqlite.suspect')
  })
})
