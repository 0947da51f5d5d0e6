/**
 * The one channel of an OpenClaw process and its accounts. The channel has one store for all accounts, so it is opened
 * with the first and closed after the last.
 *
 * For nearly every change of its configuration OpenClaw stops all accounts of a channel and starts them again. So an
 * account that is let go runs on for a moment: if it is taken again by then, and its configuration is the same, it has
 * kept its connection and its login.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type AccountEvent,
  type AccountSnapshot,
  type AccountStatus,
  type Channel,
  type ChannelHost,
  type ChannelPlugin,
  MoltbotError,
  messageOf,
  pause,
  Queue,
  withDeadline,
} from '@moltbot/channel-sdk'
import { createOpenClawHost, type HostOptions } from './channel-host.ts'
import { takeInterrupted } from './interrupted.ts'

/** How long an account runs on after it was let go. */
const handoverMs = 2_000
const closeDeadlineMs = 2_000
/** What the channel gets beyond its deadline. */
const closeGraceMs = 200
const statusPollMs = 250

export interface AccountsOptions<Config> extends Omit<HostOptions, 'report'> {
  readonly plugin: Pick<ChannelPlugin<Config>, 'create'>
}

interface Open<Config> {
  readonly channel: Channel<Config>
  readonly host: ChannelHost
}

interface Listener {
  readonly onStatus: (status: AccountStatus) => void
  /** A QR code to scan. */
  readonly onCode?: (url: string) => void
}

/** Who wants an account to run: the host, or a login. An account with no holder is about to be stopped. */
interface Claim {
  readonly holders: Set<symbol>
  end?: NodeJS.Timeout
}

/** Lets an account go, which `hold` has taken. */
export type LetGo = (afterMs?: number) => Promise<void>

export class Accounts<Config> {
  readonly #options: AccountsOptions<Config>
  readonly #queue = new Queue()
  readonly #claims = new Map<string, Claim>()
  readonly #listeners = new Map<string, Listener>()
  #open: Open<Config> | undefined
  #isClosing = false
  /**
   * Runs work in the asynchronous context in which the host runs accounts. What an account does in the context of an RPC
   * that has ended, the host refuses as if the gateway were ending.
   */
  #inContext: <Result>(work: () => Result) => Result = (work) => work()

  constructor(options: AccountsOptions<Config>) {
    this.#options = options
  }

  /** The channel, while an account runs in this process. @throws `account-not-running` */
  get channel(): Channel<Config> {
    if (this.#open !== undefined) return this.#open.channel
    throw new MoltbotError('account-not-running', 'no account of the WeChat channel runs in this process')
  }

  /** Runs an account until `signal` aborts. @throws what keeps it from starting */
  async run(accountId: string, config: Config, signal: AbortSignal, listener: Listener): Promise<void> {
    this.#inContext = AsyncLocalStorage.snapshot()
    const letGo = await this.hold(accountId, config, listener)
    if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    }
    const stopped = letGo()
    if (this.#isClosing) await stopped
  }

  /** Starts an account unless it runs, and keeps it running until it is let go. @throws what keeps it from starting */
  async hold(accountId: string, config: Config, listener?: Listener): Promise<LetGo> {
    const holder = Symbol(accountId)
    const { holders } = this.#claim(accountId)
    holders.add(holder)
    const letGo: LetGo = (afterMs) => this.#letGo(accountId, holder, afterMs)
    try {
      await this.#queue.run(() => this.#inContext(() => this.#start(accountId, config, listener)))
      return letGo
    } catch (error) {
      await letGo(0)
      throw error
    }
  }

  /** From now on accounts stop as soon as they are let go. Resolves when those that were let go before have stopped. */
  async close(): Promise<void> {
    this.#isClosing = true
    for (const [accountId, { holders }] of this.#claims) if (holders.size === 0) void this.#end(accountId)
    await this.ready()
  }

  /** Takes back `close`: the host goes on. */
  reopen(): void {
    this.#isClosing = false
  }

  /** Resolves when all that was asked for so far has been done. */
  async ready(): Promise<void> {
    await this.#queue.idle()
  }

  /** Undefined where the account does not run in this process. */
  async snapshot(accountId: string): Promise<AccountSnapshot | undefined> {
    if (!this.#claims.has(accountId)) return undefined
    return this.#open?.channel.account(accountId).catch(() => undefined)
  }

  /** Resolves with the account's status as soon as `isDone`, or the last one after `timeoutMs`. */
  async until(accountId: string, isDone: (status: AccountSnapshot) => boolean, timeoutMs: number) {
    const endMs = performance.now() + timeoutMs
    for (;;) {
      const status = await this.snapshot(accountId)
      if (status === undefined || isDone(status) || performance.now() >= endMs) return status
      await pause(statusPollMs)
    }
  }

  async #start(accountId: string, config: Config, listener: Listener | undefined): Promise<void> {
    if (listener !== undefined) this.#listeners.set(accountId, listener)
    const { channel, host } = await this.#opened(config)
    // One that does not start is tried again by the channel, and reports that in its status.
    await channel.startAccount(accountId).catch((error: unknown) => {
      host.log.error({ accountId, error: messageOf(error) }, 'The account did not start')
    })
    // An account that kept running has nothing new to report to its new listener.
    const status = await this.snapshot(accountId)
    if (status !== undefined) this.#report({ type: 'state', account: status })
  }

  async #opened(config: Config): Promise<Open<Config>> {
    if (this.#open !== undefined) {
      const changed = await this.#open.channel.reconfigure(config)
      // The channel starts what has changed. What the host does not start as well is stopped again.
      for (const accountId of changed) if (!this.#claims.has(accountId)) this.#endLater(accountId, handoverMs)
      return this.#open
    }
    const { plugin, ...options } = this.#options
    const host = createOpenClawHost({ ...options, report: (event) => this.#report(event) })
    // Fails with `locked` where another process runs the channel: OpenClaw loads the plugin in each of its commands too.
    const channel = await plugin.create(host, config)
    this.#open = { channel, host }
    await takeInterrupted(options.runtime, host.log)
    return this.#open
  }

  #claim(accountId: string): Claim {
    const claim = this.#claims.get(accountId) ?? { holders: new Set() }
    this.#claims.set(accountId, claim)
    return claim
  }

  async #letGo(accountId: string, holder: symbol, afterMs = handoverMs): Promise<void> {
    const { holders } = this.#claim(accountId)
    holders.delete(holder)
    if (holders.size > 0) return
    if (afterMs === 0 || this.#isClosing) await this.#end(accountId)
    else this.#endLater(accountId, afterMs)
  }

  #endLater(accountId: string, afterMs: number): void {
    const claim = this.#claim(accountId)
    clearTimeout(claim.end)
    claim.end = setTimeout(() => void this.#end(accountId), afterMs)
  }

  /** Stops an account that nobody holds. Never rejects. */
  async #end(accountId: string): Promise<void> {
    await this.#queue.run(async () => {
      const claim = this.#claims.get(accountId)
      if (claim === undefined || claim.holders.size > 0) return
      clearTimeout(claim.end)
      this.#claims.delete(accountId)
      this.#listeners.delete(accountId)
      if (this.#open === undefined) return
      const { channel, host } = this.#open
      const stop = this.#claims.size > 0 ? () => channel.stopAccount(accountId) : () => this.#closeChannel()
      await stop().catch((error: unknown) => {
        host.log.error({ accountId, error: messageOf(error) }, 'The account did not stop in order')
      })
    })
  }

  async #closeChannel(): Promise<void> {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    const stop = () => open.channel.stop({ deadlineMs: closeDeadlineMs })
    await withDeadline(stop, { ms: closeDeadlineMs + closeGraceMs, otherwise: 'the channel did not stop' })
  }

  /** Never throws, whatever the host or the disk does. */
  #report(event: AccountEvent): void {
    try {
      if (event.type === 'state') this.#listeners.get(event.account.accountId)?.onStatus(event.account)
      if (event.type === 'qr') this.#listeners.get(event.accountId)?.onCode?.(event.url)
    } catch (error) {
      this.#open?.host.log.error({ error: messageOf(error) }, 'The state of an account was not reported')
    }
  }
}
