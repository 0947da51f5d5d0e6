/**
 * "… is typing", which WeChat hides again after some seconds: a ticket per person, refreshed while typing is on, switched
 * off at the end. Failures are logged and never reach a caller.
 */

import { backoffMs, type Clock, type Random } from '../clock.ts'
import { typing as limits } from '../limits.ts'

/** What typing needs of a logged-in bot. */
export interface TypingWire {
  typingTicket(userId: string, contextToken: string | undefined, signal?: AbortSignal): Promise<string>
  typing(userId: string, ticket: string, on: boolean, signal?: AbortSignal): Promise<void>
}

export interface TypingPorts {
  /** Undefined while not logged in. */
  wire(): TypingWire | undefined
  contextToken(userId: string): Promise<string | undefined>
  onFailure(error: unknown): void
  clock: Clock
  random: Random
}

interface Ticket {
  value?: string
  /** Not asked for again before this. */
  renewAtMs: number
  failures: number
}

export class Typing {
  readonly #ports: TypingPorts
  readonly #tickets = new Map<string, Ticket>()
  readonly #active = new Map<string, AbortController>()
  /** The latest call for a person: calls are made in order, so that off never overtakes on. */
  readonly #tails = new Map<string, Promise<void>>()

  constructor(ports: TypingPorts) {
    this.#ports = ports
  }

  async set(userId: string, on: boolean): Promise<void> {
    if (on === this.#active.has(userId)) return
    if (on && this.#active.size >= limits.maxActive) return
    if (!on) return await this.#switchOff(userId)
    const controller = new AbortController()
    this.#active.set(userId, controller)
    await this.#inOrder(userId, () => this.#show(userId, true, controller.signal))
    void this.#keepAlive(userId, controller)
  }

  /** Switches everything off; `signal` bounds the wait. */
  async stop(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#active.keys()].map((userId) => this.#switchOff(userId, signal)))
    this.#tickets.clear()
  }

  async #switchOff(userId: string, signal?: AbortSignal): Promise<void> {
    this.#active.get(userId)?.abort()
    this.#active.delete(userId)
    await this.#inOrder(userId, () => this.#show(userId, false, signal))
  }

  async #keepAlive(userId: string, { signal }: AbortController): Promise<void> {
    const { clock } = this.#ports
    const endsAtMs = clock.now() + limits.maxOnMs
    while (!signal.aborted) {
      await clock.sleep(limits.keepAliveMs, signal)
      if (signal.aborted) return
      if (clock.now() >= endsAtMs) return await this.#switchOff(userId)
      await this.#inOrder(userId, () => this.#show(userId, true, signal))
    }
  }

  async #inOrder(userId: string, work: () => Promise<void>): Promise<void> {
    const tail = (this.#tails.get(userId) ?? Promise.resolve()).then(work).catch(this.#ports.onFailure)
    this.#tails.set(userId, tail)
    await tail
    if (this.#tails.get(userId) === tail) this.#tails.delete(userId)
  }

  async #show(userId: string, on: boolean, signal?: AbortSignal): Promise<void> {
    const wire = this.#ports.wire()
    if (wire === undefined || signal?.aborted) return
    const ticket = on ? await this.#ticket(wire, userId, signal) : this.#tickets.get(userId)?.value
    if (ticket === undefined) return
    await wire.typing(userId, ticket, on, signal).catch((error: unknown) => {
      // What was cut off may have been shown, so that switching off still needs the ticket.
      if (signal?.aborted) return
      this.#forget(userId)
      throw error
    })
  }

  async #ticket(wire: TypingWire, userId: string, signal?: AbortSignal): Promise<string | undefined> {
    const { clock, random, contextToken } = this.#ports
    const known = this.#tickets.get(userId)
    if (known !== undefined && clock.now() < known.renewAtMs) return known.value
    try {
      const value = await wire.typingTicket(userId, await contextToken(userId), signal)
      this.#keep(userId, { value, renewAtMs: clock.now() + random() * limits.ticketTtlMs, failures: 0 })
      return value
    } catch (error) {
      if (signal?.aborted) return undefined
      this.#keep(userId, this.#failed(known))
      throw error
    }
  }

  #failed(known: Ticket | undefined): Ticket {
    const { clock, random } = this.#ports
    const failures = (known?.failures ?? 0) + 1
    const renewAtMs = clock.now() + backoffMs(failures, limits.backoff, random)
    return { ...known, renewAtMs, failures }
  }

  /** A ticket that did not work is requested again, later. */
  #forget(userId: string): void {
    const { value: _, ...rest } = this.#failed(this.#tickets.get(userId))
    this.#keep(userId, rest)
  }

  #keep(userId: string, ticket: Ticket): void {
    this.#tickets.delete(userId)
    this.#tickets.set(userId, ticket)
    const oldest = this.#tickets.keys().next().value
    if (this.#tickets.size > limits.maxTickets && oldest !== undefined) this.#tickets.delete(oldest)
  }
}
