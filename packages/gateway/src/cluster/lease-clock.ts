/**
 * How long this gateway may still act on its membership. It judges by clocks of its own that nobody sets, from before
 * the query was sent that renewed it, so that neither the clock of this machine nor that of the database matters: the
 * others count from when they saw the renewal, which was later.
 */

import { uptime } from 'node:os'

/** In milliseconds; only differences of two readings mean something. */
export interface ElapsedSources {
  /** May stand still while the machine sleeps. It goes on while the process is stopped. */
  readonly running: () => number
  /** Goes on while the machine sleeps. */
  readonly sinceBoot: () => number
}

const machine: ElapsedSources = { running: () => performance.now(), sinceBoot: () => uptime() * 1_000 }

/** Some systems count the time since boot in whole seconds. */
const bootResolutionMs = 1_000

export interface Moment {
  readonly runningMs: number
  readonly bootMs: number
}

/** Measures elapsed time. Where the two clocks of the machine differ, the machine slept, and the longer time counts. */
export class ElapsedClock {
  readonly #sources: ElapsedSources

  constructor(sources: ElapsedSources = machine) {
    this.#sources = sources
  }

  now(): Moment {
    return { runningMs: this.#sources.running(), bootMs: this.#sources.sinceBoot() }
  }

  /** Never less than what has passed, and at most a reading's resolution more. */
  msSince({ runningMs, bootMs }: Moment): number {
    const now = this.now()
    return Math.max(now.runningMs - runningMs, now.bootMs - bootMs - bootResolutionMs)
  }
}

/** When, as parts of the lease's time since its latest renewal, what happens. */
const renewAfter = 1 / 6
/** Accounts are stopped from then on: what they have to end has until `actUntil`. */
const stopAfter = 3 / 5
/** From then on nothing is sent or asked of a backend any more. The rest is for a clock that runs too slowly. */
const actUntil = 5 / 6

export class LeaseTimes {
  readonly leaseMs: number
  readonly #clock: ElapsedClock
  #renewed: Moment | undefined

  constructor(leaseMs: number, clock: ElapsedClock) {
    this.leaseMs = leaseMs
    this.#clock = clock
  }

  /** @param before a moment before the query was sent that renewed it */
  renewed(before: Moment): void {
    this.#renewed = before
  }

  /** It has ended, whatever the time is. */
  end(): void {
    this.#renewed = undefined
  }

  get renewEveryMs(): number {
    return this.leaseMs * renewAfter
  }

  /** Until accounts have to be stopped, unless it is renewed before. */
  get stopInMs(): number {
    return this.leaseMs * stopAfter - this.#ageMs
  }

  /** Until nothing may be done any more. */
  get actMs(): number {
    return this.leaseMs * actUntil - this.#ageMs
  }

  /** Asked right before anything is sent outside. */
  mayAct(): boolean {
    return this.actMs > 0
  }

  get #ageMs(): number {
    return this.#renewed === undefined ? Infinity : this.#clock.msSince(this.#renewed)
  }
}
