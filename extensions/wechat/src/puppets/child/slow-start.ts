/**
 * Gives a puppet the time that its start takes. Wechaty and its server wait 15 s for it; a browser that loads a page over
 * a slow line takes longer, and its puppet can neither answer nor be asked before it has.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Puppet } from 'wechaty-puppet'

/** After this the puppet counts as started, milliseconds. */
const startedAfterMs = 10_000
/** With which the process ends when the start fails later than that: EX_TEMPFAIL of sysexits.h. */
export const lateFailureCode = 75

/** @param onFailed told of a start that failed when it counted as done */
export function allowSlowStart(puppet: Puppet, onFailed: (error: unknown) => void): void {
  const start = puppet.start.bind(puppet)
  const ding = puppet.ding.bind(puppet)
  let starting = false
  Object.assign(puppet, {
    async start(): Promise<void> {
      starting = true
      const started = start().finally(() => {
        starting = false
      })
      const late = sleep(startedAfterMs, 'late')
      if ((await Promise.race([started, late])) === 'late') started.catch(onFailed)
    },
    ding(data?: string): void {
      if (starting) puppet.emit('dong', { data: data ?? '' })
      else ding(data)
    },
  })
}
