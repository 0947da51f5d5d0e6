/**
 * For tests of what is released: everything that is not referenced is gone when this resolves.
 */

import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

export async function collectGarbage(): Promise<void> {
  if (typeof collect !== 'function') throw new Error('this Node does not let its collector be called')
  // What a WeakRef showed in this turn of the event loop lives until its end.
  await nextTurn()
  collect()
}
