/**
 * A turn that fails because the host's database is away is no failure of the turn: it runs again when the database is back.
 */

import { codeOf } from '@moltbot/channel-sdk'
import type { DatabaseProblem } from '@moltbot/channel-sdk/sql'

/** States in which nothing can be read or stored there, whatever it is. */
const away: readonly DatabaseProblem[] = [
  'database-unreachable',
  'database-read-only',
  'database-out-of-connections',
]

export function isDatabaseAway(error: unknown): boolean {
  return away.some((code) => code === codeOf(error))
}
