/**
 * Makes a state like another one, and compares the two. What is alike already is not written again, so that a copy that was
 * cut off goes on where it ended, and a second copy brings over only what has changed since the first.
 */

import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { StoredRow } from '@moltbot/channel-sdk/sql'
import { keyOf, type Part, type Side, type Target } from './side.ts'

export interface TableReport {
  readonly table: string
  readonly rows: number
  /** SHA-256 of all rows, in the order of the source. */
  readonly hash: string
}

export interface TableDifference extends TableReport {
  readonly rowsThere: number
  /** Rows of the source that are missing or other there. */
  readonly differing: number
}

/** @param rows so far, of this table */
export type OnProgress = (table: string, rows: number) => void

/** @returns how many rows were written */
export async function bringOver(
  source: Side,
  target: Target,
  parts: readonly Part[],
  onProgress: OnProgress,
): Promise<number> {
  let written = 0
  for (const part of parts) {
    // Before anything is inserted: a new row may have what only one row may have.
    await removeOthers(source, target, part)
    let rows = 0
    for await (const page of source.pages(part, 'all')) {
      const there = await target.find(part, page, 'all')
      const before = (row: StoredRow) => there.get(keyOf(part, row))
      const changed = page.filter((row) => !isDeepStrictEqual(row, before(row)))
      if (changed.length > 0) await target.put(part, changed)
      for (const row of changed)
        if (row.sha256 !== before(row)?.sha256)
          await target.setContent(part, row, await source.content(part, row))
      written += changed.length
      rows += page.length
      onProgress(nameOf(part), rows)
    }
  }
  return written
}

async function removeOthers(source: Side, target: Target, part: Part): Promise<void> {
  for await (const page of target.pages(part, 'key')) {
    const known = await source.find(part, page, 'key')
    const gone = page.filter((row) => !known.has(keyOf(part, row)))
    if (gone.length > 0) await target.remove(part, gone)
  }
}

/** Reads every row of both. @returns tables that differ, and a report of all */
export async function compare(source: Side, target: Side, parts: readonly Part[]) {
  const tables: TableReport[] = []
  const differences: TableDifference[] = []
  for (const part of parts) {
    const hash = createHash('sha256')
    let [rows, differing] = [0, 0]
    for await (const page of source.pages(part, 'all')) {
      const there = await target.find(part, page, 'all')
      for (const row of page) {
        hash.update(JSON.stringify(row))
        if (!isDeepStrictEqual(row, there.get(keyOf(part, row)))) differing++
      }
      rows += page.length
    }
    const report = { table: nameOf(part), rows, hash: hash.digest('hex') }
    const rowsThere = await target.count(part)
    tables.push(report)
    if (differing > 0 || rowsThere !== rows) differences.push({ ...report, rowsThere, differing })
  }
  return { tables, differences }
}

export async function isEmpty(side: Side, parts: readonly Part[]): Promise<boolean> {
  for (const part of parts) if ((await side.count(part)) > 0) return false
  return true
}

const nameOf = ({ store, table }: Part) => `${store.state.schema}.${table.name}`
