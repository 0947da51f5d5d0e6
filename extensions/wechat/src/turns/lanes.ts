/**
 * One lane a conversation: order kept, one turn at a time, what belongs together gathered. A lane holds no messages, the
 * store does; it only knows whether it waits or runs, so a flood costs it nothing.
 */

import type { Conversation, Logger } from '@moltbot/channel-sdk'
import { Capacity, MoltbotError, messageOf, pause } from '@moltbot/channel-sdk'
import type { Arrival } from '../inbound/arrival.ts'
import { conversationKey } from '../model/conversation.ts'
import { storeRetryMs } from '../store/store.ts'
import { Burst, type Patience } from './burst.ts'

export interface LanesOptions extends Patience {
  /** Resolves when the conversation is ready for another turn. Waiting costs no place. */
  readonly ready: (conversation: Conversation, signal: AbortSignal) => Promise<void>
  /** Answers what waits in a conversation; false when nothing did. */
  readonly answer: (conversation: Conversation, take: Take, signal: AbortSignal) => Promise<boolean>
  readonly log: Logger
  readonly now: () => number
  /** Starts no more turns; what waits stays in the store. Aborts before `stopping`, or with it. */
  readonly draining: AbortSignal
  /** Ends running turns, which stay in the store. */
  readonly stopping: AbortSignal
}

/** What a turn takes of what waits: the oldest messages as far as one sender wrote them, or all together. */
export type Take = 'burst' | 'all'

interface Lane {
  readonly conversation: Conversation
  /** What is gathered for the next turn. */
  burst?: Burst
  /** Set while something is gathered, or a turn runs. */
  running?: Promise<void>
  /** Ends the turn that runs. */
  turn?: AbortController
}

/** Why a turn's signal fired, when a person stopped it: the turn is over, and not taken up again. */
export const turnStopped = new MoltbotError('turn-stopped', 'stopped by the person')

/** Turns of one account that are in memory, also those that wait for their files; more wait in the store. */
const maxTurnsInHand = 256

export class Lanes {
  readonly #options: LanesOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #inHand = new Capacity(maxTurnsInHand)

  constructor(options: LanesOptions) {
    this.#options = options
    const endBursts = () => {
      for (const { burst } of this.#lanes.values()) burst?.end()
    }
    options.draining.addEventListener('abort', endBursts, { once: true })
  }

  /** Conversations that wait or run. */
  get busy(): number {
    return this.#lanes.size
  }

  /**
   * There is something to answer in this conversation. Another sender ends the burst that is gathered.
   * @param arrival left out for what has waited long enough
   */
  wake(conversation: Conversation, arrival?: Arrival): void {
    if (this.#options.draining.aborted) return
    const lane = this.#laneOf(conversation)
    lane.burst ??= new Burst(this.#options, this.#options.now())
    lane.burst.add(arrival, this.#options.now())
    lane.running ??= this.#start(lane)
  }

  /** Ends the turn that runs in this conversation, for good. False: none does. */
  abort(conversation: Conversation): boolean {
    const turn = this.#lanes.get(conversationKey(conversation))?.turn
    turn?.abort(turnStopped)
    return turn !== undefined
  }

  /** Resolves when no turn runs any more, after `draining` has aborted. Whether it ever does is up to the host's agent. */
  async ended(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.running))
  }

  #laneOf(conversation: Conversation): Lane {
    const key = conversationKey(conversation)
    const known = this.#lanes.get(key)
    if (known !== undefined) return known
    const lane: Lane = { conversation }
    this.#lanes.set(key, lane)
    return lane
  }

  async #start(lane: Lane): Promise<void> {
    const { conversation } = lane
    const { draining } = this.#options
    try {
      await this.#run(lane)
    } catch (error) {
      this.#fail(conversation, error)
    }
    // Between the last look and this line another message may have come.
    if (lane.burst !== undefined && !draining.aborted) lane.running = this.#start(lane)
    else this.#lanes.delete(conversationKey(conversation))
  }

  #fail(conversation: Conversation, error: unknown): void {
    const { log, draining, stopping } = this.#options
    if (stopping.aborted || error === draining.reason) return
    log.error(
      { conversation: conversation.id, error: messageOf(error) },
      'Answering paused: the store failed',
    )
    void pause(storeRetryMs, draining).then(() => this.wake(conversation))
  }

  /** Each later pass takes together what came during the one before, when that has been gathered too. */
  async #run(lane: Lane): Promise<void> {
    const { draining } = this.#options
    let take: Take = 'burst'
    for (let answered = true; answered || lane.burst !== undefined; take = 'all') {
      await lane.burst?.gathered
      if (draining.aborted) return
      delete lane.burst
      answered = await this.#pass(lane, take)
    }
  }

  async #pass(lane: Lane, take: Take): Promise<boolean> {
    const { conversation } = lane
    const { ready, answer, draining, stopping } = this.#options
    const turn = new AbortController()
    const signal = AbortSignal.any([stopping, turn.signal])
    await ready(conversation, draining)
    try {
      lane.turn = turn
      return await this.#inHand.run(1, draining, () => answer(conversation, take, signal))
    } finally {
      delete lane.turn
    }
  }
}
