/**
 * The pauses of a whole account after the backend refused a send because there were too many. Each attempt during a penalty
 * prolongs it, so the pauses grow until there is one attempt an hour.
 */

import { factsOf } from './outcome.ts'

/** Pauses after refusals that follow each other; the last one repeats. */
const stepsMs = [30_000, 2 * 60_000, 10 * 60_000, 30 * 60_000, 60 * 60_000]

export class Rest {
  #untilMs = 0
  /** Refusals since the last part that was sent. */
  #refusals = 0

  /** How long nothing may be sent, in milliseconds. */
  leftMs(nowMs: number): number {
    return Math.max(0, this.#untilMs - nowMs)
  }

  /** Notes a failed send. Refusals of sends that were under way together are one refusal. */
  refused(thrown: unknown, nowMs: number): void {
    const { certain, retryAfterMs } = factsOf(thrown)
    if (!certain || retryAfterMs === undefined || this.leftMs(nowMs) > 0) return
    const stepMs = stepsMs[Math.min(this.#refusals, stepsMs.length - 1)] ?? 0
    this.#untilMs = nowMs + Math.max(retryAfterMs, stepMs)
    this.#refusals++
  }

  /** Notes that a part was sent. */
  ended(): void {
    this.#refusals = 0
  }
}
