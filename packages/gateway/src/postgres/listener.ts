/**
 * Notifications of the database server, over one connection of their own that is made again when it is lost. A
 * notification only wakes: after a new connection everybody is woken, since some may have been missed. Nothing is written to
 * such a connection, so one that a firewall has forgotten would seem alive: it is tried now and then.
 */

import { Queue } from '@moltbot/channel-sdk'
import pg from 'pg'
import { Sockets } from './sockets.ts'

const firstPauseMs = 500
const longestPauseMs = 10_000
/** A server that has nothing to say sounds like a network that loses every packet. */
const defaultAskEveryMs = 5_000
const channelName = /^[a-z][a-z0-9_]{0,62}$/

interface Handler {
  readonly wake: () => void
  /** Is told when notifications arrive, and when they may be missed from then on. */
  readonly watch: (isLive: boolean) => void
}

export class Listener {
  readonly #config: pg.ClientConfig
  readonly #handlers = new Map<string, Set<Handler>>()
  readonly #sockets = new Sockets()
  readonly #asking: NodeJS.Timeout
  /** A connection takes one statement at a time. */
  readonly #statements = new Queue()
  #client: pg.Client | undefined
  #again: NodeJS.Timeout | undefined
  #pauseMs = firstPauseMs
  #isClosed = false

  constructor(config: pg.ClientConfig, askEveryMs = defaultAskEveryMs) {
    this.#config = { ...config, query_timeout: askEveryMs, stream: this.#sockets.make }
    this.#asking = setInterval(() => void this.#ask(), askEveryMs).unref()
  }

  /** Gives its connection up, and makes another. */
  reconnect(): void {
    this.#sockets.destroy()
  }

  on(channel: string, wake: () => void, watch: Handler['watch'] = () => undefined): () => void {
    if (!channelName.test(channel)) throw new TypeError(`"${channel}" is no name of a channel`)
    const handler = { wake, watch }
    const handlers = this.#handlers.get(channel) ?? new Set()
    this.#handlers.set(channel, handlers.add(handler))
    if (this.#client === undefined && this.#again === undefined) this.#connect()
    else
      void this.#run(`LISTEN ${channel}`).then(
        (hasRun) => hasRun && watch(true),
        () => undefined, // The connection is lost.
      )
    return () => void handlers.delete(handler)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#again)
    clearInterval(this.#asking)
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => undefined)
  }

  #connect(): void {
    this.#again = undefined
    const client = new pg.Client(this.#config)
    this.#client = client
    client.on('error', () => undefined) // `end` follows.
    client.once('end', () => this.#lost(client))
    client.on('notification', ({ channel }) => this.#wake(channel))
    this.#statements.run(() => this.#subscribe(client)).catch(() => this.#lost(client))
  }

  async #subscribe(client: pg.Client): Promise<void> {
    await client.connect()
    await client.query([...this.#handlers.keys()].map((channel) => `LISTEN ${channel}`).join('; '))
    this.#pauseMs = firstPauseMs
    this.#tell(true)
    for (const channel of this.#handlers.keys()) this.#wake(channel)
  }

  async #ask(): Promise<void> {
    await this.#run('SELECT 1').catch(() => this.reconnect())
  }

  /** @returns false: there is no connection at present */
  async #run(statement: string): Promise<boolean> {
    const result = await this.#statements.run(async () => this.#client?.query(statement))
    return result !== undefined
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client || this.#isClosed) return
    this.#client = undefined
    this.#tell(false)
    void client.end().catch(() => undefined)
    this.#again = setTimeout(() => this.#connect(), this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
  }

  #tell(isLive: boolean): void {
    for (const handlers of this.#handlers.values()) for (const { watch } of handlers) watch(isLive)
  }

  #wake(channel: string): void {
    for (const { wake } of this.#handlers.get(channel) ?? []) wake()
  }
}
