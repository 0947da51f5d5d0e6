/**
 * Whether something grew over a soak. Pure.
 */

import { median } from '../support/figures.ts'

export interface Point {
  /** Messages so far. */
  readonly messages: number
  readonly value: number
}

/** Growth of the value with each message: the median of the slopes between all pairs, which one odd point does not change. */
export function growth(points: readonly Point[]): number {
  const slopes = points.flatMap((one, at) =>
    points
      .slice(at + 1)
      .filter(({ messages }) => messages > one.messages)
      .map((other) => (other.value - one.value) / (other.messages - one.messages)),
  )
  return slopes.length === 0 ? 0 : median(slopes)
}
