/**
 * The one channel of an OpenClaw process and its accounts. OpenClaw starts and stops each account by itself; the channel
 * has one store for all of them, so it is opened with the first account and closed after the last.
 */

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
  config: Config
}

interface Listener {
  readonly onStatus: (status: AccountStatus) => void
  /** A QR code to scan. */
  readonly onCode?: (url: string) => void
}

export class Accounts<Config> {
  readonly #options: AccountsOptions<Config>
  readonly #queue = new Queue()
  readonly #running = new Set<string>()
  readonly #listeners = new Map<string, Listener>()
  #open: Open<Config> | undefined

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
    await this.#queue.run(async () => {
      if (signal.aborted) return
      this.#listeners.set(accountId, listener)
      const { channel } = await this.#opened(config)
      this.#running.add(accountId)
      // One that does not start is tried again by the channel, and says so in its status.
      await channel.startAccount(accountId).catch((error: unknown) => {
        this.#open?.host.log.error({ accountId, error: messageOf(error) }, 'The account did not start')
      })
    })
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await this.#queue.run(() => this.#stop(accountId))
  }

  /** Resolves when all that was asked for so far has been done. */
  async ready(): Promise<void> {
    await this.#queue.idle()
  }

  /** Undefined where the account does not run in this process. */
  async snapshot(accountId: string): Promise<AccountSnapshot | undefined> {
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

  async #opened(config: Config): Promise<Open<Config>> {
    const open = this.#open
    if (open !== undefined) {
      await open.channel.reconfigure(config)
      open.config = config
      return open
    }
    const { plugin, ...options } = this.#options
    const host = createOpenClawHost({ ...options, report: (event) => this.#report(event) })
    // Fails with `locked` where another process runs the channel: OpenClaw loads the plugin in each of its commands too.
    const channel = await plugin.create(host, config)
    this.#open = { channel, host, config }
    await takeInterrupted(options.runtime, host.log)
    return this.#open
  }

  async #stop(accountId: string): Promise<void> {
    this.#running.delete(accountId)
    this.#listeners.delete(accountId)
    const open = this.#open
    if (open === undefined) return
    if (this.#running.size > 0) return open.channel.stopAccount(accountId)
    this.#open = undefined
    try {
      const stop = () => open.channel.stop({ deadlineMs: closeDeadlineMs })
      await withDeadline(stop, { ms: closeDeadlineMs + closeGraceMs, otherwise: 'the channel did not stop' })
    } catch (error) {
      open.host.log.error({ error: messageOf(error) }, 'The channel did not stop in order')
    }
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
