/**
 * From the backend to the consumer without a gap: what arrives is stored, handed over, and stays stored until it is
 * acknowledged. While the store fails, messages stay in memory and the backend is not asked for more.
 */

import { lifetimeWithin } from '../clock.ts'
import { ILinkError, isSessionExpired, refusedLocally } from '../errors.ts'
import { storeLimits } from '../limits.ts'
import { type Received, receive } from '../schema/raw-message.ts'
import type { MessageStore } from '../store/messages.ts'
import { type StorePatience, untilStored } from '../store/until-stored.ts'
import type { BotWire } from '../wire/client.ts'
import { pollLoop } from './poll-loop.ts'

export interface ReceiverEvents {
  /** @returns false when the consumer threw: the message is not acknowledged */
  message(id: string): boolean
  heartbeat(data: string): void
  problem(error: ILinkError): void
}

/** Messages of one answer of the backend, as it gave them. Plain data, for a program that hands them on as JSON. */
export interface Unstored {
  /** The bot that they are for. */
  readonly botId: string
  readonly messages: readonly unknown[]
}

export interface ReceiverPorts extends StorePatience {
  store: MessageStore
  events: ReceiverEvents
  /** Only the consumer acknowledges. Otherwise a message is acknowledged once it was emitted. */
  manualAck: boolean
  /** Called with what was received and cannot be stored any more when the puppet ends. */
  onUnstored: ((unstored: Unstored) => void) | undefined
  /** Milliseconds since the epoch, by the backend's clock. */
  backendNow(): number
  /** Time between heartbeats while nothing is polled. */
  heartbeatMs: number
}

export class Receiver {
  readonly #ports: ReceiverPorts
  /** How far the hand-over of stored messages has come. */
  #handedOverTo: string | undefined
  #isHandedOver = false
  #isReached = true
  #problem: ILinkError | undefined

  constructor(ports: ReceiverPorts) {
    this.#ports = ports
  }

  /** Whether the latest poll was answered; true before the first one. */
  get isReached(): boolean {
    return this.#isReached
  }

  /** Why nothing can be received. */
  get problem(): ILinkError | undefined {
    return this.#problem
  }

  /** Hands over what was received and not acknowledged before the last stop or crash; once. */
  async handOverStored(): Promise<void> {
    if (this.#isHandedOver) return
    const handOver = async () => {
      for await (const [key, raw] of this.#ports.store.stored(this.#handedOverTo)) {
        if (this.#ports.stopped.aborted) return
        this.#handedOverTo = key
        this.#handOver(raw.id)
      }
      this.#isHandedOver = true
    }
    await this.#untilStored(handOver)
  }

  /** Polls until `life` aborts or the session expires. */
  async poll(wire: BotWire, botId: string, life: AbortSignal): Promise<void> {
    const { store, events, clock, random } = this.#ports
    await pollLoop(
      {
        poll: wire.updates.bind(wire),
        cursor: () => store.cursor,
        reach: (signal) => reach(wire, signal),
        ready: (signal) => this.#ready(signal),
        accept: async (messages, cursor) => {
          // What comes after a logout belongs to no session.
          if (!life.aborted || this.#ports.stopped.aborted) await this.#accept(messages, cursor, botId)
        },
        onTurn: (error) => {
          this.#problem = error
          this.#isReached = error === undefined || error.code === 'answer-too-large'
          if (!life.aborted) events.heartbeat(error === undefined ? 'polled' : `poll failed: ${error.code}`)
        },
        onProblem: (error) => events.problem(error),
        clock,
        random,
      },
      life,
    )
    this.#isReached = true
    this.#problem = undefined
  }

  /** Takes what another puppet of the bot has received and could not store; the cursor stays. @throws ILinkError */
  async receiveAgain({ botId, messages }: Unstored, ownBotId: string): Promise<void> {
    if (botId !== ownBotId)
      throw refusedLocally('invalid-argument', `The messages are for another bot, ${botId}`, false)
    const nowMs = this.#ports.backendNow()
    const batch = messages.map((message) => receive(message, botId, nowMs))
    for (const { id } of await this.#ports.store.accept(batch, undefined, 'durable')) this.#handOver(id)
  }

  /**
   * A poll tells the backend that everything before its cursor may be forgotten. A consumer that acknowledges stores
   * messages itself, so the next poll waits for all of its acknowledgements; for others, the store has them.
   */
  get #mustWait(): boolean {
    const { store, manualAck } = this.#ports
    return store.pending.size >= (manualAck ? 1 : storeLimits.maxPending)
  }

  async #ready(signal: AbortSignal): Promise<void> {
    const { store, clock, heartbeatMs, events } = this.#ports
    while (this.#mustWait && !signal.aborted) {
      const wait = lifetimeWithin(signal)
      const unwatch = store.pending.watch(() => {
        if (!this.#mustWait) wait.end()
      })
      await clock.sleep(heartbeatMs, wait.signal)
      unwatch()
      wait.dispose()
      if (this.#mustWait && !signal.aborted)
        events.heartbeat(`waiting for ${store.pending.size} acknowledgements`)
    }
  }

  async #accept(messages: readonly unknown[], cursor: string | undefined, botId: string): Promise<void> {
    const { store, manualAck, backendNow, stopped, onUnstored } = this.#ports
    const nowMs = backendNow()
    const batch: Received[] = messages.map((message) => receive(message, botId, nowMs))
    const durability = manualAck ? 'relaxed' : 'durable'
    const storing = this.#untilStored(() => store.accept(batch, cursor, durability))
    const fresh = await storing.catch((error: unknown) => {
      if (messages.length > 0) onUnstored?.({ botId, messages })
      throw error
    })
    for (const { id } of fresh) {
      if (stopped.aborted) return
      this.#handOver(id)
    }
  }

  /** While the store fails, that is why nothing is received; heartbeats go on meanwhile. */
  async #untilStored<T>(work: () => Promise<T>): Promise<T> {
    const { events } = this.#ports
    const problem = (error: ILinkError) => {
      this.#problem = error
      events.problem(error)
    }
    const result = await untilStored(work, { ...this.#ports, events: { ...events, problem } })
    this.#problem = undefined
    return result
  }

  #handOver(id: string): void {
    const { events, manualAck, store } = this.#ports
    if (events.message(id) && !manualAck) store.pending.acknowledge(id)
  }
}

/** A backend that refuses the call, or does not know it, has answered. @throws ILinkError where none did */
const reach = async (wire: BotWire, signal: AbortSignal): Promise<void> => {
  try {
    await wire.notify('start', signal)
  } catch (error) {
    const isRefusal = error instanceof ILinkError && error.certain && error.code !== 'network'
    if (!isRefusal || isSessionExpired(error)) throw error
  }
}
