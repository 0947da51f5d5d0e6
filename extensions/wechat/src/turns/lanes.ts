/**
 * One lane a conversation: order kept, one turn at a time, bursts of one sender gathered. A lane holds no messages, the
 * store does; it only knows whether it waits or runs, so a flood costs it nothing.
 */

import type { Conversation, Logger } from '@moltbot/channel-sdk'
import { MoltbotError, messageOf, pause } from '@moltbot/channel-sdk'
import pLimit from 'p-limit'
import type { Arrival } from '../inbound/inbox.ts'
import { conversationKey } from '../model/conversation.ts'
import { storeRetryMs } from '../store/store.ts'

export interface LanesOptions {
  /** Milliseconds a burst is gathered; read at every message. 0: not at all. */
  readonly debounceMs: () => number
  /** Resolves when the conversation is ready for another turn. Waiting costs no slot. */
  readonly ready: (conversation: Conversation, signal: AbortSignal) => Promise<void>
  /** Answers what waits in a conversation; false when nothing did. */
  readonly answer: (conversation: Conversation, take: Take, signal: AbortSignal) => Promise<boolean>
  readonly log: Logger
  readonly now: () => number
  /** Ends running turns, which stay in the store, and starts no more. */
  readonly stopping: AbortSignal
}

/** What a turn takes of what waits: the oldest messages as far as one sender wrote them, or all together. */
export type Take = 'burst' | 'all'

interface Lane {
  readonly conversation: Conversation
  /** Who writes the burst that is gathered. */
  senderId?: string
  /** Set while a burst is gathered. */
  timer?: NodeJS.Timeout
  readonly burstSinceMs: number
  /** Set while turns run. */
  running?: Promise<void>
  /** A message came while a turn ran. */
  again: boolean
  /** Ends the turn that runs. */
  turn?: AbortController
}

/** Why a turn's signal fired, when a person stopped it: the turn is over, and not taken up again. */
export const turnStopped = new MoltbotError('turn-stopped', 'stopped by the person')

/** Turns of one account that run at the same time; more wait their turn. */
const maxTurnsAtOnce = 16
/** A burst that does not end is answered after this many debounce times. */
const maxDebounceRounds = 10

export class Lanes {
  readonly #options: LanesOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #slots = pLimit(maxTurnsAtOnce)

  constructor(options: LanesOptions) {
    this.#options = options
    const clear = () => {
      for (const { timer } of this.#lanes.values()) clearTimeout(timer)
    }
    options.stopping.addEventListener('abort', clear, { once: true })
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
    if (this.#options.stopping.aborted) return
    const lane = this.#laneOf(conversation)
    if (lane.running !== undefined) {
      lane.again = true
      return
    }
    clearTimeout(lane.timer)
    const waitMs = arrival === undefined ? 0 : this.#gatherMs(lane, arrival)
    if (waitMs <= 0) this.#start(lane)
    else lane.timer = setTimeout(() => this.#start(lane), waitMs)
  }

  /** Ends the turn that runs in this conversation, for good. False: none does. */
  abort(conversation: Conversation): boolean {
    const turn = this.#lanes.get(conversationKey(conversation))?.turn
    turn?.abort(turnStopped)
    return turn !== undefined
  }

  /** Resolves when no turn runs any more, after `stopping` has aborted. Whether it ever does is up to the host's agent. */
  async ended(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.running))
  }

  #laneOf(conversation: Conversation): Lane {
    const key = conversationKey(conversation)
    const known = this.#lanes.get(key)
    if (known !== undefined) return known
    const lane: Lane = { conversation, burstSinceMs: this.#options.now(), again: false }
    this.#lanes.set(key, lane)
    return lane
  }

  #gatherMs(lane: Lane, { senderId, atOnce }: Arrival): number {
    lane.senderId ??= senderId
    if (atOnce || lane.senderId !== senderId) return 0
    const debounceMs = this.#options.debounceMs()
    const gatheredMs = this.#options.now() - lane.burstSinceMs
    return Math.min(debounceMs, debounceMs * maxDebounceRounds - gatheredMs)
  }

  #start(lane: Lane): void {
    const { conversation } = lane
    lane.running = this.#run(lane)
      .catch((error: unknown) => this.#fail(conversation, error))
      .finally(() => {
        this.#lanes.delete(conversationKey(conversation))
        // Between the last look and this line another message may have come.
        if (lane.again) this.wake(conversation)
      })
  }

  #fail(conversation: Conversation, error: unknown): void {
    const { log, stopping } = this.#options
    if (stopping.aborted) return
    log.error(
      { conversation: conversation.id, error: messageOf(error) },
      'Answering paused: the store failed',
    )
    void pause(storeRetryMs, stopping).then(() => this.wake(conversation))
  }

  async #run(lane: Lane): Promise<void> {
    const { stopping } = this.#options
    let take: Take = 'burst'
    do {
      lane.again = false
      // Each later pass takes together what came during the one before.
      while (!stopping.aborted && (await this.#pass(lane, take))) take = 'all'
    } while (lane.again && !stopping.aborted)
  }

  async #pass(lane: Lane, take: Take): Promise<boolean> {
    const { conversation } = lane
    const { ready, answer, stopping } = this.#options
    const turn = new AbortController()
    const signal = AbortSignal.any([stopping, turn.signal])
    await ready(conversation, stopping)
    try {
      lane.turn = turn
      return await this.#slots(() => answer(conversation, take, signal))
    } finally {
      delete lane.turn
    }
  }
}
