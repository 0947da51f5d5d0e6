/**
 * How long an account waits before the next attempt: 1 s, doubling to 60 s, with jitter so that accounts that fell
 * together do not rise together.
 */

const firstDelayMs = 1_000
const longestDelayMs = 60_000
/** Online this long, an account counts as healthy again. */
export const healthyAfterMs = 5 * 60_000

/**
 * @param failures attempts that failed in a row, at least 1
 * @param random from 0 to 1
 * @returns milliseconds, between half of the nominal delay and all of it
 */
export function backoffMs(failures: number, random: number): number {
  const nominalMs = Math.min(firstDelayMs * 2 ** (failures - 1), longestDelayMs)
  return Math.round(nominalMs * (0.5 + random / 2))
}
