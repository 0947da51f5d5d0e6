/**
 * Work of the state store that has to succeed: nothing that depends on it goes on before it does.
 */

import { backoffMs, type Clock, type Random, untilAborted } from '../clock.ts'
import { type ILinkError, toILinkError } from '../errors.ts'
import { storeLimits } from '../limits.ts'

export interface StorePatience {
  clock: Clock
  random: Random
  events: {
    /** Called while the work waits to be tried again. */
    heartbeat(data: string): void
    /** Called once, with the first failure. */
    problem(error: ILinkError): void
  }
  /** The puppet is stopping: the work gets one last attempt. */
  stopped: AbortSignal
  /** The time for stopping is over: the work is not waited for any more. */
  ended: AbortSignal
}

/**
 * Repeats `work` until it succeeds, with growing pauses.
 * @throws the latest failure, or ILinkError aborted, after a stop
 */
export const untilStored = async <T>(work: () => Promise<T>, patience: StorePatience): Promise<T> => {
  const { clock, random, events, stopped, ended } = patience
  for (let failures = 1; ; failures += 1) {
    try {
      return await untilAborted(work(), ended)
    } catch (error) {
      if (stopped.aborted) throw error
      if (failures === 1) events.problem(storeFailed(error))
      await clock.sleep(backoffMs(failures, storeLimits.retry, random), stopped)
      if (!stopped.aborted) events.heartbeat('waiting for the state store')
    }
  }
}

const storeFailed = (error: unknown): ILinkError =>
  toILinkError(
    error,
    'state-failed',
    'The state store failed and is tried again until it works; nothing is lost meanwhile',
  )
