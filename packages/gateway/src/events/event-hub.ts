/**
 * What happens to accounts, for clients that listen. The latest events are kept, so that a client that lost its connection
 * goes on where it was.
 */

import { randomUUID } from 'node:crypto'
import { type AccountEvent, MoltbotError } from '@moltbot/channel-sdk'

/** What became of a message that a program has pushed. */
export interface PushEvent {
  readonly type: 'push'
  readonly accountId: string
  readonly id: string
  /** Its name in the configuration. */
  readonly target: string
  readonly state: string
  /** Empty where there is nothing to say. */
  readonly reason: string
}

export type PublishedEvent = AccountEvent | PushEvent

export interface GatewayEvent {
  /** Tells it from every other event, those of an earlier process included. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly atMs: number
  readonly channel: string
  readonly event: PublishedEvent
}

export interface EventHubOptions {
  /** How many of the latest events are kept. Defaults to 1,000. */
  readonly kept?: number
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** Hears what a listener threw; the others get the event nevertheless. */
  readonly onError: (error: unknown) => void
}

type Listener = (event: GatewayEvent) => void

interface Client {
  readonly onEvent: Listener
  readonly onMissed: () => void
}

/** Each of them costs a connection, and memory for what it has not read yet. */
export const maxListeners = 20

export class EventHub {
  readonly #options: Required<EventHubOptions>
  readonly #run = randomUUID()
  /** Oldest first. */
  readonly #latest: GatewayEvent[] = []
  readonly #clients = new Set<Client>()
  #published = 0

  constructor({ kept = 1_000, now = Date.now, onError }: EventHubOptions) {
    this.#options = { kept, now, onError }
  }

  /** Never throws. */
  publish(channel: string, event: PublishedEvent): void {
    const { kept, now } = this.#options
    const published = { id: `${this.#run}-${++this.#published}`, atMs: now(), channel, event }
    this.#latest.push(published)
    if (this.#latest.length > kept) this.#latest.shift()
    this.#tell(({ onEvent }) => onEvent(published))
  }

  /** Something happened whose events do not come here, as at another gateway. Never throws. */
  missed(): void {
    this.#tell(({ onMissed }) => onMissed())
  }

  /** What came after the event with this id, oldest first; undefined where not all of it is kept. */
  after(id: string): readonly GatewayEvent[] | undefined {
    const at = this.#latest.findIndex((kept) => kept.id === id)
    return at < 0 ? undefined : this.#latest.slice(at + 1)
  }

  /**
   * Calls `onEvent` for each event from now on, and `onMissed` whenever there may have been others.
   * @returns ends it
   * @throws `too-many-listeners`
   */
  listen(onEvent: Listener, onMissed: () => void = () => undefined): () => void {
    if (this.#clients.size >= maxListeners)
      throw new MoltbotError('too-many-listeners', `at most ${maxListeners} clients can listen at a time`)
    const client = { onEvent, onMissed }
    this.#clients.add(client)
    return () => void this.#clients.delete(client)
  }

  #tell(tell: (client: Client) => void): void {
    for (const client of this.#clients) {
      try {
        tell(client)
      } catch (error) {
        this.#options.onError(error)
      }
    }
  }
}
