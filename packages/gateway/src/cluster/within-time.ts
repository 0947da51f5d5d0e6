/**
 * A bound for queries on a connection that was cut, which the driver notices late.
 */

import { withDeadline } from '@moltbot/channel-sdk'
import type { SqlSession } from '@moltbot/channel-sdk/sql'

/** A query fails after `ms`. What it asked for may happen nevertheless. */
export function withinTime(db: SqlSession, ms: number): SqlSession {
  const otherwise = 'the database did not answer'
  return { query: (text, values) => withDeadline(() => db.query(text, values), { ms, otherwise }) }
}
