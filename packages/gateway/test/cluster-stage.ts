/**
 * Several gateways on one real database, whose clocks a test owns: nothing beats unless it says so. Each holds accounts,
 * which only note whether they run.
 */

import { setImmediate } from 'node:timers/promises'
import type { Logger } from '@moltbot/channel-sdk'
import type { SqlSession, SqlValue } from '@moltbot/channel-sdk/sql'
import { HoldRows } from '../src/cluster/hold-rows.ts'
import { Holding } from '../src/cluster/holding.ts'
import { ElapsedClock } from '../src/cluster/lease-clock.ts'
import { Members } from '../src/cluster/members.ts'
import { Membership } from '../src/cluster/membership.ts'

export const leaseMs = 6_000

export const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
}

/** The time of the world. Clocks of gateways stand wherever they like; only differences count. */
export class World {
  nowMs = 1_000_000
}

export class StageGateway {
  readonly name: string
  readonly membership: Membership
  readonly holding: Holding
  readonly running = new Set<string>()
  /** Nothing passes between it and the database. */
  isCutOff = false
  weight = 1
  starts = 0
  accounts: readonly string[]

  constructor(world: World, db: SqlSession, name: string, accounts: readonly string[]) {
    this.name = name
    this.accounts = accounts
    const startedMs = world.nowMs - 500
    const elapsed = () => world.nowMs - startedMs
    const passing = {
      query: async (text: string, values?: readonly SqlValue[]) => {
        if (this.isCutOff) throw new Error('cut off')
        return db.query(text, values)
      },
    }
    const members = new Members(passing)
    this.membership = new Membership({
      members,
      name,
      version: '1',
      leaseMs,
      facts: () => ({ weight: this.weight, configHash: 'same' }),
      onChange: () => this.look(),
      log: quiet,
      clock: new ElapsedClock({ running: elapsed, sinceBoot: elapsed }),
      runningMs: elapsed,
    })
    this.holding = new Holding({
      rows: new HoldRows(passing),
      membership: this.membership,
      runner: {
        start: async (account) => {
          this.starts += 1
          this.running.add(account)
        },
        stop: async (account) => void this.running.delete(account),
      },
      configured: () => this.accounts,
      turnsMs: () => 0,
      log: quiet,
    })
  }

  /** As the timer of the real one does when the lease runs out. */
  async look(): Promise<void> {
    await this.holding.refresh().catch(() => undefined)
    await this.holding.reconcile()
    await setImmediate() // Stops have ended.
    await this.holding.reconcile()
  }

  /** Accounts for which it would send something now. */
  get acting(): string[] {
    return [...this.running].filter((account) => this.holding.mayAct(account))
  }
}
