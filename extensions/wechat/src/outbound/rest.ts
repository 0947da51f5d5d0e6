/**
 * The pauses of a whole account after the backend refused a send because there were too many. Each attempt during a penalty
 * prolongs it, so the pauses grow until there is one attempt an hour, and the first send after a pause goes alone. From then
 * on a person's message allows one attempt before the hour is over: users report refusals in the same words that only such a
 * message ends (hermes-agent#62383, cc-connect#1643).
 */

import { codeOf, localTime } from '@moltbot/channel-sdk'
import type { RestState } from '../model/outbox.ts'
import { factsOf } from './outcome.ts'

const hourMs = 60 * 60_000
/** Pauses after refusals that follow each other; the last one repeats. */
const stepsMs = [30_000, 2 * 60_000, 10 * 60_000, 30 * 60_000, hourMs]
/** The longest pause that a backend can ask for. */
const longestMs = 24 * hourMs
/** However many people write, there is one attempt before its time in this time. */
const earlyEveryMs = hourMs
/** While a send that follows a pause is under way, how often the others look whether it has passed. */
const probeCheckMs = 1_000
/** The conversation that was refused last lets others go first: the refusal may be its own. */
const othersFirstMs = 2_000

export class Rest {
  /** Undefined: nothing was refused since the last part that was sent. */
  #state: RestState | undefined
  #isProbing = false
  /** A person has written, and the attempt that this allows was not made yet. */
  #isHeard = false
  #refusedLast: string | undefined

  /** What has to survive a restart, or a start in a penalty would begin with an attempt and with the shortest pause. */
  get state(): RestState | undefined {
    return this.#state
  }

  /** @param state of the last run */
  resume(state: RestState | undefined): void {
    this.#state = state
  }

  /** The clock was set. */
  moveTimes(byMs: number): void {
    if (this.#state === undefined) return
    const { untilMs, earlyFromMs } = this.#state
    this.#state = { ...this.#state, untilMs: untilMs + byMs, earlyFromMs: earlyFromMs + byMs }
  }

  /** Since a refusal nothing was sent yet. */
  get isPenalised(): boolean {
    return this.#state !== undefined
  }

  /** How long nothing may be sent in this conversation, in milliseconds. */
  leftMs(nowMs: number, conversation: string): number {
    if (this.#state === undefined) return 0
    const othersMs = conversation === this.#refusedLast ? othersFirstMs : 0
    const pauseMs = this.#isHeard ? 0 : this.#untilMs(this.#state, nowMs) + othersMs - nowMs
    return Math.max(0, pauseMs, this.#isProbing ? probeCheckMs : 0)
  }

  /** Why nothing is sent now, for people. Undefined: no pause. */
  reason(nowMs: number): string | undefined {
    const pause = this.pause(nowMs)
    if (pause === undefined) return undefined
    return `rate-limited: the account pauses until ${localTime(pause.untilMs)}, because the backend accepts no more messages`
  }

  /** The pause that is not over yet, milliseconds since the epoch. */
  pause(nowMs: number): { readonly sinceMs: number; readonly untilMs: number } | undefined {
    if (this.#state === undefined) return undefined
    const untilMs = this.#untilMs(this.#state, nowMs)
    return untilMs <= nowMs ? undefined : { sinceMs: untilMs - this.#state.pauseMs, untilMs }
  }

  /** A person has written. */
  heard(nowMs: number): void {
    if (this.#state === undefined || this.#state.refusals < stepsMs.length) return
    const waitMs = this.#state.earlyFromMs - nowMs
    // A longer wait than there can be means that the clock was set back while nothing ran.
    if (waitMs <= 0 || waitMs > earlyEveryMs) this.#isHeard = true
  }

  /** A send begins. After a pause the others wait for its result. @returns what to call at its end, however it ends */
  begin(nowMs: number): () => void {
    if (this.#state === undefined || this.#isProbing) return () => undefined
    if (this.#isHeard) this.#state = { ...this.#state, earlyFromMs: nowMs + earlyEveryMs }
    this.#isHeard = false
    this.#isProbing = true
    return () => {
      this.#isProbing = false
    }
  }

  /**
   * Notes a failed send. Refusals of sends that were under way together are one refusal; what the backend accepted without
   * confirming it was not refused.
   * @returns whether the state has changed
   */
  failed(thrown: unknown, nowMs: number, conversation: string): boolean {
    if (codeOf(thrown) === 'unconfirmed') return this.ended()
    const { certain, retryAfterMs } = factsOf(thrown)
    if (!certain || retryAfterMs === undefined) return false
    const { untilMs = 0, refusals = 0, earlyFromMs = 0 } = this.#state ?? {}
    if (nowMs < untilMs && !this.#isProbing) return false
    const stepMs = stepsMs[Math.min(refusals, stepsMs.length - 1)] ?? hourMs
    const pauseMs = Math.min(Math.max(retryAfterMs, stepMs), longestMs)
    this.#state = { untilMs: nowMs + pauseMs, pauseMs, refusals: refusals + 1, earlyFromMs }
    this.#refusedLast = conversation
    return true
  }

  /** Notes that a part was sent, or that another backend takes over. @returns whether the state has changed */
  ended(): boolean {
    const wasPenalised = this.isPenalised
    this.#state = undefined
    this.#isHeard = false
    return wasPenalised
  }

  /** A clock that was set back while nothing ran does not make a pause longer. */
  #untilMs(state: RestState, nowMs: number): number {
    if (state.untilMs - nowMs > state.pauseMs) this.#state = { ...state, untilMs: nowMs + state.pauseMs }
    return this.#state?.untilMs ?? 0
  }
}
