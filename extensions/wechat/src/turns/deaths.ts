/**
 * When a turn is taken for the reason why the process ends. A killed process says nothing about its turns, so they are run
 * again many times. A process that crashed by itself, such as by an exhausted heap, may have been ended by one of them:
 * those that were under way run one at a time from then on, and the one that is under way at a second crash is given up.
 */

import { Capacity } from '@moltbot/channel-sdk'
import type { AccountStore, ClaimedTurn } from '../store/store.ts'

/** A turn that was under way at so many deaths of the process is not run again. */
export const maxDeaths = 20
/** For how many deaths a crash counts. */
export const crashDeaths = maxDeaths / 2

export const isGivenUp = ({ deaths }: Pick<ClaimedTurn, 'deaths'>): boolean => deaths >= maxDeaths
const isSuspect = ({ deaths }: Pick<ClaimedTurn, 'deaths'>): boolean => deaths >= crashDeaths

/** One suspect of all accounts, so that those beside it cannot be taken for the reason of the next crash. */
const places = new Capacity(1)

/** Runs a turn: at once, or, for a suspect, when no other suspect runs. @throws the signal's reason while it waits */
export async function runApart<Result>(
  turn: ClaimedTurn,
  store: Pick<AccountStore, 'setUnderWay'>,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!isSuspect(turn)) return work()
  await store.setUnderWay(turn, false)
  return places.run(1, signal, async () => {
    await store.setUnderWay(turn, true)
    return work()
  })
}
