/**
 * What people write during a soak.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Dice } from '../chaos/dice.ts'
import type { Letter, SoakAccount } from './accounts.ts'
import type { Wish } from './wishes.ts'

export interface TrafficOptions {
  /** Mean time between two messages to an account. */
  readonly everyMs: number
  readonly over: AbortSignal
  /** While this says so, nobody writes. */
  readonly isFull: () => boolean
}

/** Of a hundred messages. The rest are plain. */
const wishesInHundred: readonly (readonly [Wish, number])[] = [
  ['long', 10],
  ['file', 8],
  ['tool', 8],
  ['failure', 2],
  ['stall', 1],
]
const fullMs = 200

/** People write to an account, regardless of its state, until `over` aborts. */
export async function write(account: SoakAccount, dice: Dice, options: TrafficOptions): Promise<void> {
  const { everyMs, over, isFull } = options
  const rest = (ms: number) => sleep(ms, undefined, { signal: over }).catch(() => undefined)
  await rest(dice.below(2 * everyMs))
  while (!over.aborted) {
    if (isFull()) {
      await rest(fullMs)
      continue
    }
    const chat = account.chats[dice.below(account.chats.length)] ?? ''
    if (dice.chance(0.2)) account.chatter(chat)
    await account.write(chat, letter(dice))
    await rest(dice.below(2 * everyMs))
  }
}

function letter(dice: Dice): Letter {
  const quotes = dice.chance(0.1)
  const wish = wishOf(dice.below(100))
  if (dice.chance(0.06)) return { wish, quotes, file: 'picture' }
  return dice.chance(0.03) ? { wish, quotes, file: 'document' } : { wish, quotes }
}

function wishOf(place: number): Wish {
  let below = 0
  for (const [wish, share] of wishesInHundred) {
    below += share
    if (place < below) return wish
  }
  return 'plain'
}
