/**
 * What loading some thousand modules does to the process beyond taking time, and how it is kept small.
 */

import { flushCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'

/** Channels and models load their libraries in the background once the gateway is ready; then it is over. */
const backgroundLoadingMs = 2_000

/**
 * Call `ready` when the gateway is.
 * - Meanwhile V8's young generation may not grow: all these modules at once would drive it to its limit, and an idle
 *   process never gives that back (about 50 MB). A busy one gains from it, so it may grow afterwards.
 * - Then the compile cache is written. Left to the process's end, on the first run, that would hold up a stop for seconds.
 */
export function beginLoading(): { readonly ready: () => void } {
  limitGrowth(1)
  const end = () => {
    limitGrowth(2)
    flushCompileCache()
  }
  return { ready: () => setTimeout(end, backgroundLoadingMs).unref() }
}

/** By which factor the young generation grows when it is full; 2 is V8's default. */
function limitGrowth(factor: 1 | 2): void {
  setFlagsFromString(`--semi-space-growth-factor=${factor}`)
}
