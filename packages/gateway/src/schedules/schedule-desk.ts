/**
 * What the operator can see of schedules, and do about them.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { Run, Schedule, ScheduleStore } from './schedule.ts'
import { dueAfter } from './when.ts'

export interface ScheduleReport {
  readonly schedule: Schedule
  /** Newest first. */
  readonly runs: readonly Run[]
}

export interface ScheduleDeskOptions {
  readonly store: ScheduleStore
  /** Something may be due sooner than it was. */
  readonly onChange: () => void
  /** See `ScheduleRunner.catchUp`. */
  readonly catchUp: () => Promise<void>
  readonly now: () => number
}

const runsShown = 20

export type ScheduleChange = 'run' | 'pause' | 'resume' | 'remove'

export class ScheduleDesk {
  readonly #options: ScheduleDeskOptions

  constructor(options: ScheduleDeskOptions) {
    this.#options = options
  }

  /** Those that are due again, the next one first, each with its latest run. */
  async list(accountId: string | undefined): Promise<readonly ScheduleReport[]> {
    const { store } = this.#options
    const schedules = await store.list({ accountId })
    const latest = await store.latestRuns(schedules.map(({ id }) => id))
    return schedules.map((schedule) => ({
      schedule,
      runs: latest.filter(({ scheduleId }) => scheduleId === schedule.id),
    }))
  }

  /** One, due again or not, with its latest runs. @throws `schedule-unknown` */
  async find(id: string): Promise<ScheduleReport> {
    const schedule = await this.#known(id)
    return { schedule, runs: await this.#options.store.runsOf(id, runsShown) }
  }

  /** @throws `schedule-unknown`, and `schedule-configured` for a schedule of the configuration that is to be removed */
  async change(id: string, action: ScheduleChange): Promise<void> {
    const { store, onChange, now } = this.#options
    const { origin, when, nextMs } = await this.#known(id)
    if (action === 'remove' && origin === 'config')
      throw new MoltbotError(
        'schedule-configured',
        `${id} is in the configuration; remove it from schedules.jobs there`,
      )
    if (action === 'remove') await store.remove(id)
    // What was due during the pause has passed.
    if (action === 'pause') await store.setPaused(id, true, nextMs)
    if (action === 'resume') await store.setPaused(id, false, dueAfter(when, now()) ?? nextMs)
    if (action === 'run') await store.runNow(id, now())
    onChange()
  }

  /** Runs what is due after the clock was moved. @returns the next time of all schedules; undefined: there is none */
  async runDue(): Promise<number | undefined> {
    await this.#options.catchUp()
    return this.#options.store.nextDueMs()
  }

  async #known(id: string): Promise<Schedule> {
    const schedule = await this.#options.store.find(id)
    if (schedule !== undefined) return schedule
    throw new MoltbotError('schedule-unknown', `there is no schedule ${JSON.stringify(id)}`)
  }
}
