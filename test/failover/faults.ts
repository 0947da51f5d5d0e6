/**
 * What happens to the gateways and to their database, and how it is mended. Each returns the accounts that have to answer
 * elsewhere, or again, after it.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage, Station } from './stage.ts'

export interface Struck {
  /** Accounts that must answer again; all of them where it was the database. */
  readonly accounts: readonly string[]
  /** When it happened, or when the database was there again, by `performance.now()`. */
  readonly sinceMs: number
  /** Undoes it. */
  mend(): Promise<void>
  /** What must not have been, in words. Called after `mend`. */
  problems?(): readonly string[]
}

export type Fault = (stage: Stage, victim: Station) => Promise<Struck>

const nothing = async () => undefined

export const faults: Readonly<Record<string, Fault>> = {
  kill: async (_, victim) => {
    const accounts = await victim.served()
    victim.running?.kill('SIGKILL')
    return { accounts, sinceMs: performance.now(), mend: async () => void victim.start() }
  },

  partition: async (_, victim) => {
    const accounts = await victim.served()
    victim.toDatabase.isCut = true
    return {
      accounts,
      sinceMs: performance.now(),
      mend: async () => {
        victim.toDatabase.isCut = false
      },
    }
  },

  stop: async (_, victim) => {
    const accounts = await victim.served()
    victim.running?.kill('SIGSTOP')
    const sinceMs = performance.now()
    let sentBefore = 0
    let sentAfter = 0
    return {
      accounts,
      sinceMs,
      mend: async () => {
        const leftMs = stoppedMs - (performance.now() - sinceMs)
        await sleep(Math.max(0, leftMs))
        sentBefore = victim.requests.sends
        // It can take no hold again, so whatever it sends it sends by itself.
        victim.toDatabase.isCut = true
        victim.running?.kill('SIGCONT')
        await sleep(wokenMs)
        sentAfter = victim.requests.sends
        victim.toDatabase.isCut = false
      },
      problems: () =>
        sentAfter === sentBefore
          ? []
          : [`a gateway that stood still has sent ${sentAfter - sentBefore} chunks`],
    }
  },

  restart: async (stage) => {
    await stage.servers.restart(serverGoneMs)
    return { accounts: stage.accounts, sinceMs: performance.now(), mend: nothing }
  },

  failover: async (stage) => {
    await stage.servers.failOver()
    for (const { toDatabase } of stage.stations) toDatabase.drop()
    return { accounts: stage.accounts, sinceMs: performance.now(), mend: () => stage.servers.addStandby() }
  },
}

/** A lease has long ended by then. */
let stoppedMs = 60_000
export const stopFor = (ms: number) => {
  stoppedMs = ms
}
const wokenMs = 1_000
const serverGoneMs = 3_000
