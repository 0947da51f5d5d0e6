/**
 * Runs schedules: plans what is due, claims runs and sends them, follows what is on its way, and asks people for a word before
 * they cannot be written to any more. Every step can be made by a test that owns the clock.
 */

import { type Logger, messageOf, pause } from '@moltbot/channel-sdk'
import type { SchedulesConfig } from '../config/schedules-schema.ts'
import { nudgeFor } from './nudge.ts'
import { planOf } from './planner.ts'
import { clockIn } from './quiet-hours.ts'
import { type DeliveryPorts, runOne } from './run-one.ts'
import { type ClaimedRun, type RunKey, type Schedule, type ScheduleStore, sendIdOf } from './schedule.ts'
import { nudgeText } from './words.ts'

export interface RunnerOptions {
  readonly store: ScheduleStore
  /** Where several gateways use the store: the accounts that this one does not serve. */
  readonly elsewhere?: () => readonly string[]
  readonly ports: DeliveryPorts
  readonly config: () => SchedulesConfig
  /** The longest time that the agent may take, milliseconds. */
  readonly turnTimeoutMs: () => number
  /** Names this run of the gateway. */
  readonly owner: string
  readonly now: () => number
  readonly log: Logger
}

/** The agent runs for so many schedules at a time. */
const maxRunning = 4
/** The longest time between two looks. */
const lookEveryMs = 10_000
const followEveryMs = 10_000
const nudgeEveryMs = 60_000
const pruneEveryMs = 60 * 60_000
const minuteMs = 60_000
/** Ended runs are kept so long. */
const keptMs = 30 * 24 * 60 * minuteMs
/** Beyond the life of a message in the outbox: nothing will be known of it any more. */
const givenUpAfterMs = 9 * 24 * 60 * minuteMs

export class ScheduleRunner {
  readonly #options: RunnerOptions
  readonly #running = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  #wake = new AbortController()
  #loop: Promise<void> = Promise.resolve()
  /** The last run that was looked at on its way; undefined: the oldest is next. */
  #followed: RunKey | undefined
  /** When each of the steps that are not made at every look was made last. */
  readonly #madeMs = new Map<string, number>()

  constructor(options: RunnerOptions) {
    this.#options = options
  }

  /** Takes up what an earlier run of this gateway left, and goes on until `stop`. */
  start(): void {
    // What people wrote while the gateway was down comes first: a nudge would cross it.
    this.#madeMs.set('nudge', this.#options.now())
    if (!this.#stopping.signal.aborted) this.#loop = this.#goOn()
  }

  /** Something is due sooner than it was. */
  look(): void {
    this.#wake.abort()
  }

  /** When it resolves nothing of it runs any more. Runs that were cut off are taken up at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake.abort()
    await this.#loop
    await Promise.all(this.#running)
  }

  /**
   * Ends claims of an earlier run of this gateway, or of the gateway that served the account before.
   * @param accountId default: all accounts, before the first `tick`
   */
  async takeOver(accountId?: string): Promise<void> {
    await this.#options.store.takeOver(this.#options.owner, accountId)
    this.look()
  }

  /** Makes every step that is due now. Runs that it begins go on after it; see `settled`. */
  async tick(): Promise<void> {
    await this.#plan()
    await this.#claimAll()
    await this.#every('follow', followEveryMs, () => this.#follow())
    await this.#every('nudge', nudgeEveryMs, () => this.#nudgeAll())
    await this.#every('prune', pruneEveryMs, () => this.#options.store.prune(this.#options.now() - keptMs))
  }

  /** What is due now, without waiting for the next look: the clock was moved. Resolves when its runs have ended. */
  async catchUp(): Promise<void> {
    await this.tick()
    await this.settled()
    this.look()
  }

  /** Resolves when no run is under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  get #elsewhere(): readonly string[] {
    return this.#options.elsewhere?.() ?? []
  }

  async #goOn(): Promise<void> {
    let isTaken = false
    do {
      this.#wake = new AbortController()
      try {
        if (!isTaken && this.#options.elsewhere === undefined) await this.takeOver()
        isTaken = true
        await this.tick()
      } catch (error) {
        if (!this.#stopping.signal.aborted)
          this.#options.log.error({ error: messageOf(error) }, 'Schedules could not be looked at')
      }
      if (!this.#stopping.signal.aborted) await pause(await this.#waitMs(), this.#wake.signal)
    } while (!this.#stopping.signal.aborted)
  }

  async #waitMs(): Promise<number> {
    const { store, now } = this.#options
    if (this.#running.size >= maxRunning) return lookEveryMs // The end of one of them wakes it.
    const nextMs = await store.nextDueMs(this.#elsewhere).catch(() => undefined)
    return Math.min(Math.max((nextMs ?? Number.POSITIVE_INFINITY) - now(), minWaitMs), lookEveryMs)
  }

  async #plan(): Promise<void> {
    const { store, now, config, log } = this.#options
    for (let due = await store.due(now()); due.length > 0; due = await store.due(now())) {
      for (const schedule of due) {
        const plan = planOf(schedule, now(), config().catchUpMs)
        if (schedule.nextMs !== undefined) await store.plan(schedule.id, schedule.nextMs, plan)
        const missed = plan.runs.filter(({ state }) => state === 'missed').length
        if (missed > 0) log.warn({ schedule: schedule.id, missed }, 'Runs of a schedule were missed')
      }
    }
  }

  async #claimAll(): Promise<void> {
    const { store, owner, now, turnTimeoutMs } = this.#options
    while (this.#running.size < maxRunning && !this.#stopping.signal.aborted) {
      const untilMs = now() + turnTimeoutMs() + claimGraceMs
      const run = await store.claim(owner, now(), untilMs, this.#elsewhere)
      if (run === undefined) return
      this.#begin(run)
    }
  }

  #begin(run: ClaimedRun): void {
    const { store, ports, owner, now, config, log } = this.#options
    const catchUpMs = () => config().catchUpMs
    const { signal } = this.#stopping
    const work = runOne(run, { store, ports, owner, now, catchUpMs, log, signal }).finally(() => {
      this.#running.delete(work)
      this.look()
    })
    this.#running.add(work)
  }

  /** A step that fails is made again at its next time, and stops no other. */
  async #every(name: string, ms: number, step: () => Promise<void>): Promise<void> {
    const { now, log } = this.#options
    const sinceMs = now() - (this.#madeMs.get(name) ?? Number.NEGATIVE_INFINITY)
    if (sinceMs >= 0 && sinceMs < ms) return
    this.#madeMs.set(name, now())
    await step().catch((error: unknown) => {
      if (!this.#stopping.signal.aborted)
        log.warn({ step: name, error: messageOf(error) }, 'A step of schedules failed')
    })
  }

  /** The next of those that are on their way, so that many that wait keep none from being looked at. */
  async #follow(): Promise<void> {
    const { store, ports, now } = this.#options
    const runs = await store.queued(this.#followed)
    this.#followed = runs.at(-1)
    for (const run of runs) {
      const outcome = await ports.outcome(run.schedule.accountId, sendIdOf(run)).catch(() => undefined)
      if (outcome === undefined && now() - run.sinceMs < givenUpAfterMs) continue
      const { status = 'not-sent', reason = 'what became of it is not known' } = outcome ?? {}
      if (status !== 'queued')
        await store.arrived(run, { state: status, reason: status === 'sent' ? '' : reason, sinceMs: now() })
    }
  }

  async #nudgeAll(): Promise<void> {
    const { store, config } = this.#options
    if (!config().nudge) return
    const elsewhere = this.#elsewhere
    const next = new Map<string, Schedule>()
    for (const schedule of await store.list({})) {
      const { accountId, conversation, isPaused } = schedule
      const key = JSON.stringify([accountId, conversation.id])
      // The list begins with the next one.
      const isHere = !elsewhere.includes(accountId)
      if (isHere && conversation.kind === 'direct' && !isPaused && !next.has(key)) next.set(key, schedule)
    }
    for (const schedule of next.values()) await this.#nudge(schedule)
  }

  async #nudge({ accountId, conversation, nextMs = 0, timeZone, language }: Schedule): Promise<void> {
    const { store, ports, now, config, log } = this.#options
    const to = conversation.id
    const forecast = await ports.forecast({ accountId, to })
    const openedMs = nudgeFor({ forecast, nextMs, nowMs: now(), quietHours: config().quietHours, timeZone })
    if (openedMs === undefined) return
    // Stored before it is sent: after a crash there is none in this window, rather than two.
    if (!(await store.noteNudge(accountId, to, { openedMs, nowMs: now() }))) return
    const text = nudgeText(language, clockIn(nextMs, timeZone))
    // What cannot go now is taken back: a nudge that comes in the night, or after the window, is none.
    await ports.send({ accountId, to, text }).catch((error: unknown) => {
      log.info({ accountId, error: messageOf(error) }, 'A person was not asked for a word')
    })
  }
}

/** A claim outlives the agent by this. */
const claimGraceMs = 5 * minuteMs
const minWaitMs = 50
