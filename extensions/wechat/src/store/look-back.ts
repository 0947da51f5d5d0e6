/**
 * Looks at stored messages from the newest to the oldest in slices. There may be millions: a slice is small enough that a
 * synchronous database does not hold up messages, which are handled between two slices, and one request looks at so many only.
 */

import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { Queue, type ReceivedQuery } from '@moltbot/channel-sdk'
import type { Row } from '@moltbot/channel-sdk/sqlite'

const defaultLook = 200_000
/** However many requests there are, one slice is looked at, and then it is the turn of everything else. */
const slices = new Queue()

/** The messages before a position that are looked at next. */
export interface Slice {
  /** Position of the oldest of them. */
  readonly from: number
  readonly messages: number
}

export interface Lookout {
  /** Undefined: nothing is stored before this position. */
  slice(before: number): Slice | undefined | Promise<Slice | undefined>
  /** Those in the slice that fit, newest first. */
  find(before: number, from: number, limit: number): readonly Row[] | Promise<readonly Row[]>
}

/** @returns the rows that fit, and from where to go on; see `ReceivedPage` */
export async function lookBack(
  { before = Number.MAX_SAFE_INTEGER, limit, look = defaultLook }: ReceivedQuery,
  { slice, find }: Lookout,
): Promise<{ readonly rows: readonly Row[]; readonly next?: number }> {
  const rows: Row[] = []
  let end = before
  const lookOn = async () => {
    const next = await slice(end)
    if (next === undefined) return undefined
    rows.push(...(await find(end, next.from, limit - rows.length)))
    end = next.from
    await yieldToOthers()
    return next.messages
  }
  for (let looked = 0; looked < look && rows.length < limit; ) {
    const messages = await slices.run(lookOn)
    if (messages === undefined) return { rows }
    looked += messages
  }
  return { rows, next: rows.length < limit ? end : Number(rows.at(-1)?.seq) }
}

/** @param row of the statement `slice` */
export function sliceOf(row: Row | undefined): Slice | undefined {
  return typeof row?.first === 'number' ? { from: row.first, messages: Number(row.messages) } : undefined
}
