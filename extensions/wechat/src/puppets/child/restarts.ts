/**
 * How often a puppet may bring its child process down. What comes back at once each time is not cured by another start.
 */

import { codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'

const hourMs = 60 * 60_000

/** Codes of the ends that a child brought on itself; a backend that is away is no fault of the puppet. */
const faults: ReadonlySet<string> = new Set(['puppet-exited', 'puppet-out-of-memory', 'puppet-not-ready'])

export class RestartBudget {
  readonly #perHour: number
  #faultsAtMs: readonly number[] = []

  constructor(perHour: number) {
    this.#perHour = perHour
  }

  /** @returns the error that ended an attempt, or one that time does not cure when there were too many. */
  judge(error: unknown, nowMs: number): unknown {
    if (!faults.has(codeOf(error))) return error
    this.#faultsAtMs = [...this.#faultsAtMs.filter((atMs) => atMs > nowMs - hourMs), nowMs]
    if (this.#faultsAtMs.length <= this.#perHour) return error
    return new MoltbotError(
      'puppet-restarts-too-often',
      `the puppet was restarted ${this.#perHour} times within an hour (puppetLimits.restartsPerHour) and failed again: ${messageOf(error)}`,
      { cause: error },
    )
  }
}
