/**
 * The pauses of a whole account after the backend refused a send because there were too many. Each attempt during a penalty
 * prolongs it, so the pauses grow until there is one attempt an hour, and the first send after a pause goes alone.
 */

import { factsOf } from './outcome.ts'

/** Pauses after refusals that follow each other; the last one repeats. */
const stepsMs = [30_000, 2 * 60_000, 10 * 60_000, 30 * 60_000, 60 * 60_000]
/** While a send that follows a pause is under way, how often the others look whether it has passed. */
const probeCheckMs = 1_000

export class Rest {
  #untilMs = 0
  /** Refusals since the last part that was sent. */
  #refusals = 0
  #isProbing = false

  /** Since a refusal nothing was sent yet. */
  get isPenalised(): boolean {
    return this.#refusals > 0
  }

  /** How long nothing may be sent, in milliseconds. */
  leftMs(nowMs: number): number {
    return Math.max(0, this.#untilMs - nowMs, this.#isProbing ? probeCheckMs : 0)
  }

  /** A send begins. After a pause the others wait for its result. @returns what to call at its end, however it ends */
  begin(): () => void {
    if (!this.isPenalised || this.#isProbing) return () => undefined
    this.#isProbing = true
    return () => {
      this.#isProbing = false
    }
  }

  /** Notes a failed send. Refusals of sends that were under way together are one refusal. */
  refused(thrown: unknown, nowMs: number): void {
    const { certain, retryAfterMs } = factsOf(thrown)
    if (!certain || retryAfterMs === undefined || nowMs < this.#untilMs) return
    const stepMs = stepsMs[Math.min(this.#refusals, stepsMs.length - 1)] ?? 0
    this.#untilMs = nowMs + Math.max(retryAfterMs, stepMs)
    this.#refusals++
  }

  /** Notes that a part was sent. */
  ended(): void {
    this.#refusals = 0
  }
}
