/**
 * This gateway's place among those that share the accounts. It beats well before its lease ends, looks with each beat at
 * the others, and takes the place of those that have gone silent away. While the database does not answer, its lease runs
 * out by itself; one whose place was taken away joins again under another id.
 */

import { randomUUID } from 'node:crypto'
import { type Logger, messageOf, pause } from '@moltbot/channel-sdk'
import { ElapsedClock, LeaseTimes } from './lease-clock.ts'
import type { Member, Members, OwnFacts, View } from './members.ts'
import { Sightings } from './sightings.ts'

export interface MembershipOptions {
  /** Each of its queries ends well within a lease, well or not. */
  readonly members: Members
  /** Stable over restarts. */
  readonly name: string
  readonly version: string
  readonly leaseMs: number
  /** Makes the tables. Called before the first beat, until it succeeds. */
  readonly prepare?: () => Promise<void>
  readonly facts: () => OwnFacts
  /** Called after each look, with what it showed, and whenever the membership has lapsed or may lapse. */
  readonly onChange: () => Promise<void>
  /** A beat failed. */
  readonly onFailure?: () => void
  /** A beat succeeded after others had failed. */
  readonly onRecovered?: () => void
  /** The database was started again, or a standby took its place: relaxed writes of the last second may be lost. */
  readonly onNewServer?: () => void
  readonly log: Logger
  readonly clock?: ElapsedClock | undefined
  /** By which the others are judged. It may stand still while the machine sleeps. */
  readonly runningMs?: () => number
}

/** Pause after a beat that failed, as a part of the lease's time. */
const retryPartOfLease = 1 / 20
/** Shortest time between two looks. */
const shortestPauseMs = 50

export class Membership {
  readonly #options: MembershipOptions
  readonly #clock: ElapsedClock
  readonly #lease: LeaseTimes
  readonly #sightings: Sightings
  /** Of the row that it has, or tries to get. */
  #id = randomUUID()
  #isPrepared = false
  #isJoined = false
  #view: View | undefined
  #problem: string | undefined
  #overdue: NodeJS.Timeout | undefined
  #woken = new AbortController()

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#clock = options.clock ?? new ElapsedClock()
    this.#lease = new LeaseTimes(options.leaseMs, this.#clock)
    this.#sightings = new Sightings(options.leaseMs)
  }

  get id(): string {
    return this.#id
  }

  /** Live gateways, this one too, as they were seen last. */
  get members(): readonly Member[] {
    return this.#view?.members ?? []
  }

  /** Another text whenever who holds what may have changed since; undefined where it is not known. */
  get change(): string | undefined {
    return this.#view && JSON.stringify([this.#id, this.#view.server, this.#view.change])
  }

  get hasCommands(): boolean {
    return this.#view?.hasCommands ?? false
  }

  /** Why the latest beat failed; undefined where it did not. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** May accounts run? They have to be stopped before nothing may be done any more. */
  get mayRun(): boolean {
    return this.#isJoined && this.#lease.stopInMs > 0
  }

  /** Asked right before anything is sent outside. */
  mayAct(): boolean {
    return this.#isJoined && this.#lease.mayAct()
  }

  /** What is left for accounts to be stopped, milliseconds. */
  get actMs(): number {
    return this.#isJoined ? Math.max(0, this.#lease.actMs) : 0
  }

  /** Beats until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#woken = new AbortController()
      await this.beat()
      await pause(this.#pauseMs(), AbortSignal.any([signal, this.#woken.signal]))
    }
    clearTimeout(this.#overdue)
  }

  /** There is something new in the database. */
  wake(): void {
    this.#woken.abort()
  }

  /** One look at the others, which renews the membership. Never rejects. */
  async beat(): Promise<void> {
    const before = this.#clock.now()
    const sentMs = this.#runningMs()
    try {
      const view = await this.#ask()
      if (view === undefined) return await this.#lapse()
      this.#lease.renewed(before)
      this.#isJoined = true
      if (this.#view !== undefined && this.#view.server !== view.server) this.#options.onNewServer?.()
      this.#view = view
      this.#note(undefined)
      this.#watch()
      const others = view.members.filter(({ id }) => id !== this.#id)
      await this.#expel(this.#sightings.look(others, sentMs, this.#runningMs()))
    } catch (error) {
      this.#note(messageOf(error))
    }
    await this.#options.onChange()
  }

  /** Lets the others take what it held at once. Nothing of it may run any more. */
  async leave(): Promise<void> {
    this.#isJoined = false
    clearTimeout(this.#overdue)
    await this.#options.members.leave(this.#id)
  }

  async #ask(): Promise<View | undefined> {
    const { members, name, version, facts, prepare } = this.#options
    if (!this.#isPrepared) await prepare?.()
    this.#isPrepared = true
    if (!this.#isJoined) await members.join(this.#id, name, version, facts())
    return members.beat(this.#id, facts())
  }

  /** The others have waited for it in vain: from now on it holds nothing. */
  async #lapse(): Promise<void> {
    this.#options.log.warn(
      { event: 'cluster.lapsed' },
      'The other gateways have taken over: this one was silent',
    )
    this.#isJoined = false
    this.#lease.end()
    this.#id = randomUUID()
    this.#view = undefined
    this.wake()
    await this.#options.onChange()
  }

  async #expel(silent: readonly { readonly id: string; readonly beat: number }[]): Promise<void> {
    for (const one of silent) {
      const name = this.members.find(({ id }) => id === one.id)?.name
      if (!(await this.#options.members.expel(one))) continue
      this.#options.log.warn(
        { event: 'cluster.expelled', gateway: name },
        'A gateway is silent; its accounts are taken over',
      )
      this.#forget(one.id)
      this.wake() // What it held is free.
    }
  }

  #forget(gone: string): void {
    if (this.#view !== undefined)
      this.#view = { ...this.#view, members: this.#view.members.filter(({ id }) => id !== gone) }
  }

  /** The lease may run out while a query is under way. */
  #watch(): void {
    clearTimeout(this.#overdue)
    const look = () => void this.#options.onChange()
    this.#overdue = setTimeout(look, Math.max(0, this.#lease.stopInMs) + 1)
  }

  #note(problem: string | undefined): void {
    const before = this.#problem
    const { onFailure, onRecovered } = this.#options
    this.#problem = problem
    if (problem !== undefined) onFailure?.()
    else if (before !== undefined) onRecovered?.()
    if (problem !== undefined && before === undefined)
      this.#options.log.error(
        { event: 'cluster.unreachable', error: problem },
        'The shared database does not answer',
      )
    if (problem === undefined && before !== undefined)
      this.#options.log.info({ event: 'cluster.reachable' }, 'The shared database answers again')
  }

  #pauseMs(): number {
    const { nextMs } = this.#sightings
    // Each failed beat leaves less time.
    if (this.#problem !== undefined) return this.#options.leaseMs * retryPartOfLease
    const untilSilent = nextMs === undefined ? Infinity : nextMs - this.#runningMs()
    return Math.max(shortestPauseMs, Math.min(this.#lease.renewEveryMs, untilSilent))
  }

  #runningMs(): number {
    return (this.#options.runningMs ?? (() => performance.now()))()
  }
}
