/**
 * Random decisions that can be repeated with a printed seed.
 */

export interface Dice {
  /** From 0 to 1. */
  roll(): number
  /** Returns true with this probability, from 0 to 1. */
  chance(probability: number): boolean
  /** A whole number below `end`. */
  below(end: number): number
  pick<Item>(items: readonly [Item, ...Item[]]): Item
}

/** mulberry32 */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  const roll = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number) => Math.floor(roll() * end)
  return {
    roll,
    below,
    chance: (probability) => roll() < probability,
    pick: (items) => items[below(items.length)] ?? items[0],
  }
}
