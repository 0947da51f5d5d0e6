/**
 * The long poll, over and over: the messages of an answer are stored and handed over before the next poll begins.
 */

import { backoffMs, type Clock, lifetimeAfter, type Random, untilAborted } from '../clock.ts'
import { type ILinkError, isSessionExpired, toILinkError } from '../errors.ts'
import { longPoll } from '../limits.ts'
import type { UpdatesAnswer } from '../wire/responses.ts'

export interface PollPorts {
  poll(cursor: string, timeoutMs: number, signal: AbortSignal): Promise<UpdatesAnswer>
  cursor(): string
  /**
   * Resolves when the backend has answered a call that it does not hold: after an outage the next poll would tell only
   * when its hold is over.
   */
  reach(signal: AbortSignal): Promise<void>
  /** Resolves when the next poll may begin: the consumer has acknowledged enough. Ends with the signal. */
  ready(signal: AbortSignal): Promise<void>
  /** Stores and hands over, however long the store fails. Ends with the signal, which may have aborted before. */
  accept(messages: readonly unknown[], cursor: string | undefined, signal: AbortSignal): Promise<void>
  /** Called after every turn of the loop; with the error of a poll that failed. */
  onTurn(error?: ILinkError): void
  /** Messages have not been arriving for a while; called once until they do again. */
  onProblem(error: ILinkError): void
  clock: Clock
  random: Random
}

/** The server's suggestion, when it makes sense. */
export const holdAfter = (suggestedMs: number | undefined, presentMs: number): number =>
  suggestedMs !== undefined && suggestedMs > 0 ? Math.min(suggestedMs, longPoll.maxHoldMs) : presentMs

class PollLoop {
  readonly #ports: PollPorts
  readonly #signal: AbortSignal
  #holdMs: number = longPoll.defaultHoldMs
  #failures = 0
  /** The latest attempt did not get through to the backend. */
  #isLost = false

  constructor(ports: PollPorts, signal: AbortSignal) {
    this.#ports = ports
    this.#signal = signal
  }

  /** Ends when the signal aborts or the session has expired. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      const startedAtMs = this.#ports.clock.now()
      try {
        await this.#turn()
        this.#failures = 0
        if (!this.#signal.aborted) this.#ports.onTurn()
      } catch (error) {
        if (this.#signal.aborted || isSessionExpired(error)) return
        await this.#fail(toILinkError(error, 'bad-response', 'getupdates'), startedAtMs)
      }
    }
  }

  async #turn(): Promise<void> {
    const { clock, accept, ready } = this.#ports
    await ready(this.#signal)
    if (this.#signal.aborted) return
    if (this.#isLost) await this.#findAgain()
    const startedAtMs = clock.now()
    const answer = await this.#poll()
    if (this.#signal.aborted && answer.msgs.length === 0) return
    await accept(answer.msgs, answer.get_updates_buf, this.#signal)
    this.#holdMs = holdAfter(answer.longpolling_timeout_ms, this.#holdMs)
    if (answer.msgs.length === 0) await this.#rest(longPoll.minEmptyMs, startedAtMs)
  }

  /** An answer that has arrived when the signal aborts is still read: the backend may not give it again. */
  async #poll(): Promise<UpdatesAnswer> {
    const { poll, cursor } = this.#ports
    const life = lifetimeAfter(this.#signal, longPoll.lateAnswerMs)
    try {
      const polling = poll(cursor(), this.#holdMs + longPoll.marginMs, life.signal)
      return await untilAborted(polling, life.signal)
    } finally {
      life.dispose()
    }
  }

  async #findAgain(): Promise<void> {
    const { reach, onTurn } = this.#ports
    await untilAborted(reach(this.#signal), this.#signal)
    this.#isLost = false
    onTurn()
  }

  async #fail(error: ILinkError, startedAtMs: number): Promise<void> {
    const { random, onTurn, onProblem } = this.#ports
    this.#failures += 1
    this.#isLost = error.code === 'network' || error.code === 'timeout'
    if (error.code === 'answer-too-large') return this.#waitForLess(error)
    onTurn(error)
    if (this.#failures === longPoll.failuresBeforeError) onProblem(error)
    await this.#rest(backoffMs(this.#failures, longPoll.backoff, random), startedAtMs)
  }

  /**
   * Pauses until `ms` after the beginning of an attempt: one that timed out was pause enough. A clock that was set back
   * makes the pause no longer.
   */
  async #rest(ms: number, startedAtMs: number): Promise<void> {
    const { clock } = this.#ports
    const leftMs = Math.min(ms, startedAtMs + ms - clock.now())
    if (leftMs > 0) await clock.sleep(leftMs, this.#signal)
  }

  /** The same answer would come again, and its download is expensive. Heartbeats go on: the puppet is alive. */
  async #waitForLess(error: ILinkError): Promise<void> {
    const { clock, onTurn, onProblem } = this.#ports
    if (this.#failures === 1) onProblem(error)
    for (let waitedMs = 0; waitedMs < longPoll.retryUnreadableMs; waitedMs += longPoll.heartbeatMs) {
      if (this.#signal.aborted) return
      onTurn(error)
      await clock.sleep(longPoll.heartbeatMs, this.#signal)
    }
  }
}

export const pollLoop = (ports: PollPorts, signal: AbortSignal): Promise<void> =>
  new PollLoop(ports, signal).run()
