/**
 * The clock of the sandbox, which a person can move ahead. Gateway, channel and simulated WeChat are one process there and go by
 * `Date.now`. For them the machine has slept meanwhile: that is what the time since its boot tells, and timers are not moved.
 */

import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

export interface MovableClock {
  advance(byMs: number): void
}

/** Replaces the clocks of this process. To be called before the channels are loaded, which may keep them. */
export function makeClockMovable(): MovableClock {
  const { now } = Date
  const { uptime } = os
  let aheadMs = 0
  Date.now = () => now() + aheadMs
  os.uptime = () => uptime() + aheadMs / 1_000
  syncBuiltinESMExports()
  return {
    advance: (byMs) => {
      aheadMs += byMs
    },
  }
}

/** What has no time of its own, such as asking for a word before a window closes, is looked at this often. */
const stepMs = 5 * 60_000

/**
 * Lets time pass in steps, so that everything on the way happens at its own time, as if somebody had waited.
 * @param runDue does what is due, and resolves with the next time at which something is
 */
export async function passTime(
  byMs: number,
  clock: MovableClock,
  runDue: () => Promise<number | undefined>,
): Promise<void> {
  let nextMs = await runDue()
  for (let leftMs = byMs; leftMs > 0; ) {
    const untilNextMs = (nextMs ?? Number.POSITIVE_INFINITY) - Date.now()
    const aheadMs = Math.min(leftMs, stepMs, untilNextMs > 0 ? untilNextMs : stepMs)
    clock.advance(aheadMs)
    leftMs -= aheadMs
    nextMs = await runDue()
  }
}
