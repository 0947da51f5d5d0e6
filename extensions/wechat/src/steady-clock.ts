/**
 * The channel's time. Where somebody sets the clock of the machine, what waits would wait for an hour more, or be too old at
 * once. So this clock runs on evenly until the times that are stored have been moved along with the new time, and those in
 * memory are moved in the same moment.
 */

import { uptime } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { type Logger, messageOf, untilDone } from '@moltbot/channel-sdk'

export interface SteadyClockOptions {
  /**
   * Moves every stored time that something waits for. Repeated until it succeeds.
   * @param onMoved to be called in the turn of the event loop in which they are moved: whoever reads one then compares it
   * with the new time
   */
  readonly moveTimes: (byMs: number, onMoved: () => void) => Promise<void>
  readonly log: Logger
  /** Replaces the clocks of the machine, in milliseconds. */
  readonly sources?: ClockSources
}

/** Is called when the time has changed by so many milliseconds. */
export type OnClockSet = (byMs: number) => void

export interface ClockSources {
  /** Since the epoch; it can be set. */
  readonly wall: () => number
  /** Never set; stands still while the machine sleeps. */
  readonly running: () => number
  /** Never set; goes on while the machine sleeps. */
  readonly sinceBoot: () => number
}

const machine: ClockSources = {
  wall: Date.now,
  running: () => performance.now(),
  sinceBoot: () => uptime() * 1_000,
}

/** A clock that is corrected in small steps is followed, and so are the differences between two readings. */
const toleranceMs = 2_000

export class SteadyClock {
  readonly #options: SteadyClockOptions
  readonly #sources: ClockSources
  /** What `wall` and `sinceBoot` were ahead of `running` at the latest look. */
  #wallMs: number
  #bootMs: number
  /** How far the machine's clock was set and the stored times were not moved yet. */
  #unmovedMs = 0
  readonly #onSet = new Set<OnClockSet>()
  readonly #ended = new AbortController()

  constructor(options: SteadyClockOptions) {
    this.#options = options
    this.#sources = options.sources ?? machine
    const runningMs = this.#sources.running()
    this.#wallMs = this.#sources.wall() - runningMs
    this.#bootMs = this.#sources.sinceBoot() - runningMs
  }

  /** Milliseconds since the epoch, an integer. */
  readonly now = (): number => {
    const { wall, running } = this.#sources
    const runningMs = running()
    const nowMs = wall()
    const changedMs = nowMs - runningMs - this.#wallMs
    this.#wallMs += changedMs
    if (Math.abs(changedMs) > toleranceMs) this.#look(changedMs, runningMs)
    return nowMs - this.#unmovedMs
  }

  /** For times in memory, which are to be moved. @returns what ends that */
  readonly onSet = (moveTimes: OnClockSet): (() => void) => {
    this.#onSet.add(moveTimes)
    return () => void this.#onSet.delete(moveTimes)
  }

  /** Stored times are not moved any more. */
  end(): void {
    this.#ended.abort()
  }

  /** Whether the machine slept, or its clock was set. */
  #look(changedMs: number, runningMs: number): void {
    const bootMs = this.#sources.sinceBoot() - runningMs
    const setMs = Math.round(changedMs - (bootMs - this.#bootMs))
    this.#bootMs = bootMs
    if (Math.abs(setMs) <= toleranceMs) return
    this.#unmovedMs += setMs
    void this.#move(setMs)
  }

  async #move(setMs: number): Promise<void> {
    const { moveTimes, log } = this.#options
    const seconds = Math.round(setMs / 1_000)
    log.warn({ event: 'clock.set', seconds }, 'The clock of this machine was set; what waits is not affected')
    const onFailure = (error: unknown, attempt: number) => {
      if (attempt === 1) log.error({ error: messageOf(error) }, 'Times could not be moved; it is tried again')
    }
    const attempt = async () => {
      let isMoved = false
      const onMoved = () => {
        isMoved = true
        this.#jump(setMs)
      }
      await moveTimes(setMs, onMoved).catch((error: unknown) => {
        if (isMoved) this.#jump(-setMs)
        throw error
      })
    }
    // The time that has just been read is written first, and moved with the others.
    await setImmediate()
    try {
      await untilDone(attempt, { signal: this.#ended.signal, onFailure })
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'What waits has the time of before the clock was set')
    }
  }

  #jump(byMs: number): void {
    this.#unmovedMs -= byMs
    for (const moveTimes of this.#onSet) moveTimes(byMs)
  }
}
