/**
 * A database whose machine loses its power: nothing that was confirmed is lost, whatever the system wrote back of the rest.
 */

import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as tick } from 'node:timers/promises'
import { type Durability, openDatabase } from '@moltbot/channel-sdk/sqlite'
import { expect, it } from 'vitest'
import { type Dice, diceOf } from '../chaos/dice.ts'
import { cutPower } from './cut.ts'
import { imageOf, keepOpenFile } from './image.ts'

const seeds = Array.from({ length: 40 }, (_, seed) => seed + 1)
const migrations = ['CREATE TABLE t (n INTEGER PRIMARY KEY, v TEXT NOT NULL)']

/** Writes rows 0, 1, 2 and so on, until the disk takes no flush any more. */
async function liveUntilPowerFails(file: string, image: string, dice: Dice) {
  let flushesLeft = dice.below(12)
  const flush = async (fd: number) => {
    if (flushesLeft-- <= 0) await new Promise(() => undefined)
    keepOpenFile(image, fd)
    await tick()
  }
  const { db } = openDatabase(file, migrations, { flush })
  imageOf(image, join(file, '..'))
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
      if (durability === 'durable') void written.then(() => (confirmed = Math.max(confirmed, n)))
    }
    if (dice.chance(0.1)) void db.emptyLog()
    for (let turns = dice.below(4); turns > 0; turns--) await tick()
  }
  return confirmed
}

it.each(seeds)('keeps what was confirmed, and a prefix of the rest, with seed %i', async (seed) => {
  const dice = diceOf(seed)
  const folder = mkdtempSync(join(tmpdir(), 'moltbot-power-'))
  const image = mkdtempSync(join(tmpdir(), 'moltbot-disk-'))
  const file = join(folder, 'a.sqlite')
  const confirmed = await liveUntilPowerFails(file, image, dice)
  cutPower(folder, image, dice)
  // This process has the file open, and SQLite would share what it knows of it.
  const copy = join(image, 'after')
  cpSync(folder, copy, { recursive: true })
  const left = new DatabaseSync(join(copy, basename(file)))
  expect(left.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  const { rows, last } =
    left.prepare('SELECT count(*) AS rows, coalesce(max(n), -1) AS last FROM t').get() ?? {}
  expect(rows).toBe(Number(last) + 1)
  expect(last).toBeGreaterThanOrEqual(confirmed)
  left.close()
})
