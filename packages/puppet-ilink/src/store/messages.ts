/**
 * What is stored of messages. A batch, the send windows that it opens and the cursor after it are one write, made
 * before any of its messages is emitted; until a message is acknowledged, it is handed over again after every restart.
 */

import { z } from 'zod'
import { storeLimits } from '../limits.ts'
import { type RawMessage, type Received, rawMessage } from '../schema/raw-message.ts'
import { type Entries, jsonOf, keyOf } from './entries.ts'
import { Pending } from './pending.ts'
import type { Durability, StateChange } from './state-store.ts'
import type { SendWindows } from './windows.ts'

const readMessage = jsonOf(rawMessage)
const readText = jsonOf(z.string())

export interface MessageStorePorts {
  entries: Entries
  windows: SendWindows
  now(): number
  /** How long messages are stored for lookups, milliseconds; undefined: as long as there is room. */
  keepMessagesMs: number | undefined
  /** Called when something could not be stored that no message depends on. */
  onFailure(error: unknown): void
}

export class MessageStore {
  readonly #ports: MessageStorePorts
  readonly pending: Pending
  /** The latest messages, oldest first. */
  readonly #recent = new Map<string, RawMessage>()
  #cursor = ''
  #botId = ''
  #prunedAtMs = Number.NEGATIVE_INFINITY
  /** Nothing was stored since. */
  #isPruned = false

  constructor(ports: MessageStorePorts) {
    this.#ports = ports
    this.pending = new Pending(() => void this.flush().catch(ports.onFailure))
  }

  /** Reads what was stored of the session. Call it once, before anything else. */
  async load(): Promise<void> {
    const meta = await this.#ports.entries.read('meta', ['cursor', 'bot'], readText)
    this.#cursor = meta.get('cursor') ?? ''
    this.#botId = meta.get('bot') ?? ''
  }

  /** Where the next poll continues; empty at the very beginning. */
  get cursor(): string {
    return this.#cursor
  }

  /** Makes this store `botId`'s: what belongs to another bot's session is dropped, its messages stay. */
  async claim(botId: string): Promise<void> {
    if (this.#botId === botId) return
    const { entries } = this.#ports
    await entries.write([...endOfSession, entries.put('meta', 'bot', JSON.stringify(botId))], 'durable')
    this.#forgetSession()
    this.#botId = botId
  }

  /** Forgets what belongs to a session that has ended: cursor, context tokens, counted sends. */
  async endSession(): Promise<void> {
    await this.#ports.entries.write(endOfSession, 'durable')
    this.#forgetSession()
  }

  /**
   * Stores a batch and the cursor after it. When it rejects, nothing is stored, and the same call can be repeated.
   * @param cursor undefined or empty keeps the old one
   * @returns the messages that were not seen before, in their order
   */
  async accept(
    batch: readonly Received[],
    cursor: string | undefined,
    durability: Durability,
  ): Promise<RawMessage[]> {
    const fresh = await this.#unseen(batch)
    const arrivals = fresh.map(({ raw }) => ({ raw, key: this.pending.nextKey() }))
    const changes = [
      ...arrivals.flatMap(({ raw, key }) => this.#arrival(raw, key)),
      ...(await this.#openedWindows(batch, new Set(fresh))),
      ...this.#cursorChange(cursor),
    ]
    if (changes.length > 0) await this.#writeWithAcks(changes, durability)
    this.#cursor = cursor || this.#cursor
    for (const { raw, key } of arrivals) {
      this.pending.add(raw.id, key)
      this.#remember(raw)
    }
    this.#prune()
    return fresh.map(({ raw }) => raw)
  }

  /**
   * Remembers a message of our own, for lookups and quotes; it never waits for an acknowledgement. It can be found as
   * soon as this has been called. Never rejects.
   * @param isRepeated its client id was used before, so the backend may have given it the id of the first send
   * @returns whether the message is new
   */
  async keepSent(raw: RawMessage, isRepeated: boolean): Promise<boolean> {
    const { entries, onFailure } = this.#ports
    const isRecent = this.#recent.has(raw.id)
    this.#remember(raw)
    try {
      const isKnown = isRecent || (isRepeated && (await entries.known('seen', [keyOf(raw.id)])).size > 0)
      await this.#writeWithAcks(
        [entries.put('message', keyOf(raw.id), JSON.stringify(raw)), this.#seen(raw)],
        'relaxed',
      )
      return !isKnown
    } catch (error) {
      onFailure(error)
      return !isRecent
    }
  }

  /** Every unacknowledged message that is stored, oldest first. @param after key to continue after */
  async *stored(after?: string): AsyncGenerator<readonly [key: string, raw: RawMessage]> {
    for await (const [key, raw] of this.#ports.entries.all('pending', readMessage, after)) {
      this.pending.add(raw.id, key)
      this.#remember(raw)
      yield [key, raw]
    }
  }

  /** Deletes the stored copy of a message, which can no longer be looked up afterwards. Never rejects. */
  async forget(id: string): Promise<void> {
    this.#recent.delete(id)
    const removal: StateChange = { kind: 'message', key: keyOf(id), value: undefined }
    await this.#writeWithAcks([removal], 'relaxed').catch(this.#ports.onFailure)
  }

  async find(id: string): Promise<RawMessage | undefined> {
    const known = this.#recent.get(id)
    if (known !== undefined) return known
    const key = keyOf(id)
    return (await this.#ports.entries.read('message', [key], readMessage)).get(key)
  }

  /** The same from memory alone. */
  findRecent(id: string): RawMessage | undefined {
    return this.#recent.get(id)
  }

  /** Stores the acknowledgements that no other write has taken along. */
  async flush(): Promise<void> {
    await this.#writeWithAcks([], 'relaxed')
  }

  /** In their order, each id once. */
  async #unseen(batch: readonly Received[]): Promise<Received[]> {
    if (batch.length === 0) return []
    const byId = new Map<string, Received>()
    for (const received of batch) if (!byId.has(received.raw.id)) byId.set(received.raw.id, received)
    const keys = [...byId.keys()].map(keyOf)
    const seen = await this.#ports.entries.known('seen', keys)
    return [...byId.values()].filter(({ raw }) => !seen.has(keyOf(raw.id)))
  }

  async #openedWindows(batch: readonly Received[], fresh: ReadonlySet<Received>): Promise<StateChange[]> {
    const { windows } = this.#ports
    const userIds = batch.flatMap(({ raw, contextToken }) => (contextToken ? [raw.conversationId] : []))
    const held = await windows.ofAll([...new Set(userIds)])
    const byUser = new Map(held.map((window) => [window.userId, window]))
    const changed = batch.flatMap((received) => {
      const { raw, contextToken } = received
      const window = byUser.get(raw.conversationId)
      if (window === undefined || contextToken === undefined) return []
      return windows.received(window, contextToken, raw.atMs, fresh.has(received)) ? [window] : []
    })
    return [...new Set(changed)].flatMap((window) => windows.change(window))
  }

  #arrival(raw: RawMessage, key: string): StateChange[] {
    const { entries } = this.#ports
    const value = JSON.stringify(raw)
    return [entries.put('pending', key, value), entries.put('message', keyOf(raw.id), value), this.#seen(raw)]
  }

  #seen({ id }: RawMessage): StateChange {
    return this.#ports.entries.put('seen', keyOf(id), '')
  }

  #cursorChange(cursor: string | undefined): StateChange[] {
    if (!cursor || cursor === this.#cursor) return []
    return [this.#ports.entries.put('meta', 'cursor', JSON.stringify(cursor))]
  }

  async #writeWithAcks(changes: readonly StateChange[], durability: Durability): Promise<void> {
    const removals = this.pending.takeRemovals()
    if (changes.length + removals.length === 0) return
    try {
      await this.#ports.entries.write([...changes, ...removals], durability)
    } catch (error) {
      this.pending.restore(removals)
      throw error
    }
  }

  #remember(raw: RawMessage): void {
    this.#isPruned = false
    this.#recent.set(raw.id, raw)
    const [oldest] = this.#recent.keys()
    if (this.#recent.size > storeLimits.cachedMessages && oldest !== undefined) this.#recent.delete(oldest)
  }

  #forgetSession(): void {
    this.#cursor = ''
    this.#ports.windows.forget()
  }

  /** Runs beside everything else: nothing waits for it. */
  #prune(): void {
    const { entries, now, keepMessagesMs, onFailure } = this.#ports
    const nowMs = now()
    const oldest = keepMessagesMs === undefined ? {} : { beforeMs: nowMs - keepMessagesMs }
    const everyMs = this.#isPruned ? storeLimits.pruneAtRestEveryMs : storeLimits.pruneEveryMs
    if (nowMs - this.#prunedAtMs < everyMs) return
    this.#prunedAtMs = nowMs
    this.#isPruned = true
    const prune = async () => {
      await entries.prune('seen', { beforeMs: nowMs - storeLimits.seenTtlMs, keep: storeLimits.maxSeen })
      await entries.prune('message', { ...oldest, keep: storeLimits.recentMessages })
      await entries.prune('window', { keep: storeLimits.maxWindows })
      await entries.prune('damaged', { keep: storeLimits.maxDamaged })
    }
    prune().catch(onFailure)
  }
}

const endOfSession: readonly StateChange[] = [
  { kind: 'meta', key: 'cursor', value: undefined },
  { kind: 'window', key: undefined },
]
