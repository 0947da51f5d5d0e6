/**
 * How fast the events of a server are read. It may send more than the gateway can store or handle; what is too much is left
 * in the connection, whose flow control makes the server wait, so that nothing is lost and no queue grows here.
 */

import { MoltbotError } from '@moltbot/channel-sdk'

export interface EventLimits {
  /** Events that are no messages. */
  readonly perSecond: number
  /** A server that sends more than that for so many seconds in a row is flooding. */
  readonly floodSeconds: number
}

/** A login with 5,000 changed contacts takes half a minute; each event may cost Wechaty a call to the server. */
const eventLimits: EventLimits = { perSecond: 200, floodSeconds: 60 }

/** The part of a readable stream that is used here. */
export interface EventStream {
  pause(): unknown
  resume(): unknown
}

export class EventFlow {
  /** Resolves with `puppet-flood` when the server has sent too many events for too long. */
  readonly flood: Promise<MoltbotError>
  readonly #limits: EventLimits
  readonly #reportFlood: (reason: MoltbotError) => void
  #stream: EventStream | undefined
  #isPaused = false
  /** The receiver of the messages has enough of them. */
  #isHeld = false
  /** In the present second. */
  #taken = 0
  #secondsOver = 0
  #timer: NodeJS.Timeout | undefined

  constructor(limits = eventLimits) {
    const { promise, resolve } = Promise.withResolvers<MoltbotError>()
    this.flood = promise
    this.#reportFlood = resolve
    this.#limits = limits
  }

  /** Whether events wait in the connection, an answer to `ding` perhaps among them. */
  get isHeldBack(): boolean {
    return this.#isHeld || this.#isOver
  }

  get #isOver(): boolean {
    return this.#taken >= this.#limits.perSecond
  }

  /** The stream of a new connection. */
  follow(stream: EventStream): void {
    this.#stream = stream
    this.#isPaused = false
    this.#apply()
  }

  /** Counts an event that is no message. */
  take(): void {
    this.#taken += 1
    this.#timer ??= setInterval(() => this.#onSecond(), 1_000).unref()
    this.#apply()
  }

  /** Messages are bounded by their receiver, which tells when it can take no more. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld
    this.#apply()
  }

  end(): void {
    clearInterval(this.#timer)
    this.#stream = undefined
  }

  #onSecond(): void {
    // While it is held, the server's rate does not show.
    if (!this.#isHeld) this.#secondsOver = this.#isOver ? this.#secondsOver + 1 : 0
    const { perSecond, floodSeconds } = this.#limits
    if (this.#secondsOver >= floodSeconds) {
      const reason = `the puppet emitted more than ${perSecond} events a second for ${floodSeconds} s`
      this.#reportFlood(new MoltbotError('puppet-flood', reason, { retryable: true }))
    }
    this.#taken = 0
    this.#apply()
  }

  #apply(): void {
    if (this.isHeldBack === this.#isPaused) return
    this.#isPaused = this.isHeldBack
    if (this.#isPaused) this.#stream?.pause()
    else this.#stream?.resume()
  }
}
