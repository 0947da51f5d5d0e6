/**
 * What was wrong with a database file when it was opened, and how it is reported.
 */

import type { Logger } from '../host.ts'

/** What a disk had changed, and what became of it. */
export interface FoundDamage {
  /**
   * `mended`: the log is as it was, and nothing is lost. `cut`: the latest writes are lost. `replaced`: the file was moved
   * aside, and an empty one begun.
   */
  readonly outcome: 'mended' | 'cut' | 'replaced'
  /** For the operator. */
  readonly message: string
  /** The damaged file, or a copy of it. */
  readonly copy?: string
}

/** Does nothing if nothing was wrong. */
export function logDamage(damage: FoundDamage | undefined, log: Logger): void {
  if (damage === undefined) return
  const { outcome, message, copy } = damage
  if (outcome === 'mended') log.warn({ event: 'state.mended' }, message)
  else log.error({ event: 'state.corrupt', code: 'database-damaged', outcome, copy }, message)
}
