/**
 * Keeps a source of messages that repeats itself from drowning everything else in the log.
 */

export interface FloodGate {
  /**
   * Whether this message should be logged now; undefined: it should not. `leftOut` is how many were not since the last
   * one that was.
   */
  pass(message: string): { readonly leftOut: number } | undefined
}

const windowMs = 60_000
/** Different ones in a window; the same one passes once. */
const maxPerWindow = 20

/** @param now milliseconds */
export function floodGate(now: () => number): FloodGate {
  let windowEndMs = Number.NEGATIVE_INFINITY
  let leftOut = 0
  const seen = new Set<string>()
  return {
    pass: (message) => {
      if (now() >= windowEndMs) {
        windowEndMs = now() + windowMs
        seen.clear()
      }
      if (seen.has(message) || seen.size >= maxPerWindow) {
        leftOut += 1
        return undefined
      }
      seen.add(message)
      const passed = { leftOut }
      leftOut = 0
      return passed
    },
  }
}
