/**
 * A database whose machine loses its power: nothing that was confirmed is lost, whatever the system wrote back of the rest.
 */

import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as tick } from 'node:timers/promises'
import { type Database, type Durability, openDatabase } from '@moltbot/channel-sdk/sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { type Dice, diceOf } from '../chaos/dice.ts'
import { cutPower } from './cut.ts'
import { imageOf, keepOpenFile } from './image.ts'

const seeds = Array.from({ length: 40 }, (_, seed) => seed + 1)
const migrations = ['CREATE TABLE t (n INTEGER PRIMARY KEY, v TEXT NOT NULL)']

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'moltbot-power-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A database on a disk that takes only some flushes. */
function openOn(folder: string, image: string, flushes: number): Database {
  const { promise: power, resolve: powerIsBack } = Promise.withResolvers<void>()
  let left = flushes
  const flush = async (fd: number) => {
    left -= 1
    if (left < 0) return power
    keepOpenFile(image, fd)
    await tick()
  }
  const { db } = openDatabase(join(folder, 'a.sqlite'), migrations, { flush })
  onTestFinished(async () => {
    powerIsBack()
    await db.close().catch(() => undefined)
  })
  imageOf(image, folder)
  return db
}

/** Writes rows 0, 1, 2 and so on. @returns the last one that was confirmed */
async function write(db: Database, dice: Dice): Promise<number> {
  let confirmed = -1
  let next = 0
  for (let step = 0; step < 60; step++) {
    // Large rows fill the log until it is copied into the file; many at once are more than one commit takes.
    const rows = dice.pick([1, 1, 3, 20, 1_500])
    const text = 'x'.repeat(rows > 20 ? 10 : dice.pick([10, 5_000, 150_000]))
    for (let row = 0; row < rows; row++) {
      const n = next++
      const durability: Durability = dice.chance(0.5) ? 'durable' : 'relaxed'
      const written = db.write(durability, (writer) => writer.run('INSERT INTO t VALUES (?, ?)', n, text))
      const confirm = () => {
        if (durability === 'durable') confirmed = Math.max(confirmed, n)
      }
      // What is not written when the files have been cut is of no interest.
      void written.then(confirm, () => undefined)
    }
    if (dice.chance(0.1)) void db.emptyLog()
    for (let turns = dice.below(4); turns > 0; turns--) await tick()
  }
  return confirmed
}

it.each(seeds)('keeps what was confirmed, and a prefix of the rest, with seed %i', async (seed) => {
  const dice = diceOf(seed)
  const [folder, image, after] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
  const db = openOn(folder, image, dice.below(12))
  const confirmed = await write(db, dice)
  cutPower(folder, image, dice)
  // This process has the file open, and SQLite would share what it knows of it with the next connection.
  cpSync(folder, after, { recursive: true })
  const { db: next, damage } = openDatabase(join(after, 'a.sqlite'), migrations)
  await next.close()
  expect(damage).toBeUndefined()
  const left = new DatabaseSync(join(after, 'a.sqlite'))
  onTestFinished(() => left.close())
  expect(left.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  const count = left.prepare('SELECT count(*) AS n, coalesce(max(n), -1) AS last FROM t').get()
  expect(count?.n).toBe(Number(count?.last) + 1)
  expect(count?.last).toBeGreaterThanOrEqual(confirmed)
})
