/**
 * Whether and when an account that lost its puppet is given another: after 1 s, doubling to a minute, with jitter so that
 * accounts that failed together do not start together. A puppet that brings its process down too often, or says that
 * time cures nothing, is not started again.
 */

import { codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'

const firstDelayMs = 1_000
const longestDelayMs = 60_000
/** An attempt that lasted this long counts as healthy. */
const healthyAfterMs = 5 * 60_000
const hourMs = 60 * 60_000
/** After so many fruitless attempts people should know. They go on, once a minute. */
const fruitlessToFail = 5

/** Codes of the ends that a child process caused itself; an unreachable backend is no fault of the puppet. */
const faults: ReadonlySet<string> = new Set(['puppet-exited', 'puppet-out-of-memory', 'puppet-not-ready'])

/** What follows the end of an attempt. */
export interface Restart {
  /** Why the attempt ended, or why there is no other. */
  readonly error: unknown
  /** Until the next attempt; undefined: there is none. */
  readonly delayMs: number | undefined
  /** Attempts that failed in a row. */
  readonly failures: number
}

export class Restarts {
  readonly #perHour: number
  readonly #random: () => number
  #faultsAtMs: readonly number[] = []
  #failures = 0
  /** Attempts in a row that came neither to a QR code nor to a login. */
  #fruitless = 0

  /**
   * @param perHour faults of the puppet that are allowed within an hour
   * @param random from 0 to 1
   */
  constructor(perHour: number, random: () => number) {
    this.#perHour = perHour
    this.#random = random
  }

  /** Several attempts in a row came to nothing. */
  get hasFailed(): boolean {
    return this.#fruitless >= fruitlessToFail
  }

  /** The present attempt came to a QR code or a login. */
  bearsFruit(): void {
    this.#fruitless = 0
  }

  /** @param attempt when it began and ended, milliseconds, and why it ended */
  after(attempt: { readonly startedMs: number; readonly endedMs: number; readonly error: unknown }): Restart {
    const { startedMs, endedMs } = attempt
    const error = this.#limited(attempt.error, endedMs)
    this.#failures = endedMs - startedMs > healthyAfterMs ? 1 : this.#failures + 1
    this.#fruitless += 1
    const delayMs = isHopeless(error) ? undefined : backoffMs(this.#failures, this.#random())
    return { error, delayMs, failures: this.#failures }
  }

  /** @returns `error`, or one that time does not cure when there were too many */
  #limited(error: unknown, nowMs: number): unknown {
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

/** Milliseconds, between half of the nominal delay and all of it. */
function backoffMs(failures: number, random: number): number {
  const nominalMs = Math.min(firstDelayMs * 2 ** (failures - 1), longestDelayMs)
  return Math.round(nominalMs * (0.5 + random / 2))
}

/** Puppets have error classes of their own; one that says it cannot be retried is believed. */
function isHopeless(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === false
}
