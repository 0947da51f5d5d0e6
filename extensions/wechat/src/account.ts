/**
 * One configured account: one run after another, each begun when the one before has ended. Starts, stops and changes of
 * the configuration go through one queue; a stop also cuts short what is ahead of it.
 */

import {
  type AccountSnapshot,
  type AccountStatus,
  type ExplainedDecision,
  type ExplainRequest,
  MoltbotError,
  messageOf,
  pause,
  Queue,
  type SendForecast,
  withDeadline,
} from '@moltbot/channel-sdk'
import { AccountRun, type RunOptions } from './account-run.ts'
import type { ResolvedAccount } from './config/resolve.ts'
import { explainMessage } from './inbound/explain.ts'
import type { Store } from './store/store.ts'
import { crashDeaths } from './turns/deaths.ts'
import { initialStatus } from './wechaty/status.ts'

export interface AccountOptions extends Omit<RunOptions, 'store'> {
  readonly store: Store
}

/** For a stop that names no deadline of its own. */
const defaultStopMs = 2_000
/** Between a start that failed, in the store for example, and the next. */
const startAgainMs = 30_000
const sharedStartAgainMs = 2_000

export class Account {
  readonly #options: AccountOptions
  readonly #queue = new Queue()
  #resolved: ResolvedAccount
  #run: AccountRun | undefined
  /** Where it stands while nothing runs. */
  #idle: AccountStatus
  /** Ends the start that is under way, or that is to be tried again. */
  #starting = new AbortController()
  /** Resolves when nothing of the latest run is left. */
  #gone: Promise<void> = Promise.resolve()
  #isClosed = false
  /** The store's lease was taken once. */
  #hasOpened = false

  constructor(options: AccountOptions) {
    this.#options = options
    this.#resolved = options.account
    this.#idle = initialStatus(options.account, options.now())
  }

  get resolved(): ResolvedAccount {
    return this.#resolved
  }

  /** The present run. @throws an error with this code where there is none */
  require(code: string): AccountRun {
    if (this.#run !== undefined) return this.#run
    const { id } = this.#resolved
    throw new MoltbotError(code, `account "${id}" is not running: ${this.#idle.reason}`, { retryable: true })
  }

  explain(request: ExplainRequest): Promise<ExplainedDecision> {
    if (this.#run !== undefined) return this.#run.explain(request)
    const { id } = this.#resolved
    const { pairing } = this.#options.host
    return explainMessage(this.#resolved, request, {
      bot: undefined,
      idStability: 'stable',
      isApproved: (senderId, loginId) => pairing.isApproved(id, senderId, loginId),
      isOwnBot: (senderId) => this.#options.ownBots.accountOf(senderId) !== undefined,
      leftOut: async () => undefined,
      turns: undefined,
      sending: undefined,
    })
  }

  /** See `Channel.forecast`. */
  async forecast(to: string): Promise<SendForecast> {
    const { id, enabled } = this.#resolved
    if (!enabled)
      return { outcome: 'refused', code: 'account-disabled', reason: `account "${id}" is disabled` }
    if (this.#run !== undefined) return this.#run.forecast(to)
    const { reason, sinceMs } = this.#idle
    return {
      outcome: 'queued',
      wait: { cause: 'offline', sinceMs, reason: `the account is not running: ${reason}` },
    }
  }

  /** See `AccountRun.recheck`. An account that does not run checks at its next start. */
  async recheck(): Promise<void> {
    await this.#run?.recheck()
  }

  async snapshot(): Promise<AccountSnapshot> {
    const { name: _, ...snapshot } = await (this.#run?.snapshot() ?? this.#idleSnapshot())
    const { name } = this.#resolved
    return { ...snapshot, ...(name !== undefined && { name }) }
  }

  async #idleSnapshot(): Promise<AccountSnapshot> {
    const outbox = await this.#options.store.outboxCounts(this.#resolved.id)
    return { ...this.#idle, outbox, setAside: 0 }
  }

  /** Takes a configuration that differs in its label only. */
  rename(account: ResolvedAccount): void {
    this.#resolved = account
  }

  /**
   * Resolves when it is supervised; it need not be online. A start of a running account does nothing. One that fails is
   * tried again until the account is stopped.
   */
  start(): Promise<void> {
    return this.#queue.run(() => this.#start())
  }

  /** Ends it within the deadline. A stop of a stopped account does nothing. @param turnsMs see `AccountRun.stop` */
  async stop(deadlineMs = defaultStopMs, turnsMs = 0): Promise<void> {
    const stopped = this.#overtaking(() => this.#stop(deadlineMs, turnsMs))
    // What is ahead in the queue may have been given more time than this stop has.
    await withDeadline(() => stopped, { ms: deadlineMs }).catch(() => this.#run?.stop(0))
  }

  /** As `stop`, for good: no start that is still to come has an effect. */
  close(deadlineMs: number, turnsMs: number): Promise<void> {
    this.#isClosed = true
    return this.stop(deadlineMs, turnsMs)
  }

  /** Stops it, and starts it with another configuration, where that is enabled. */
  reconfigure(account: ResolvedAccount): Promise<void> {
    return this.#overtaking(async () => {
      await this.#stop(defaultStopMs)
      this.#resolved = account
      this.#idle = initialStatus(account, this.#options.now())
      await this.#start()
    })
  }

  #overtaking(work: () => Promise<void>): Promise<void> {
    this.#starting.abort(new MoltbotError('stopping', 'the account is being stopped'))
    return this.#queue.run(work)
  }

  async #start(): Promise<void> {
    if (this.#run !== undefined || this.#isClosed || !this.#resolved.enabled || !this.#isOurs) return
    this.#starting.abort()
    this.#starting = new AbortController()
    const { signal } = this.#starting
    try {
      // Two puppets of one account at a time would take each other's messages.
      await withDeadline(() => this.#gone, { signal })
      const store = await withDeadline(() => this.#open(signal), { signal })
      this.#run = new AccountRun({ ...this.#options, account: this.#resolved, store })
      const started = this.#run.start()
      await withDeadline(() => started, { signal })
    } catch (error) {
      if (signal.aborted) return // The stop that aborted it ends the run.
      await this.#stop(defaultStopMs)
      this.#note({ state: 'failed', reason: messageOf(error), nextAction: 'wait' })
      void this.#startAgain(signal)
      throw error
    }
  }

  async #startAgain(signal: AbortSignal): Promise<void> {
    // Where others share the accounts, they share a store too, which fails for moments.
    const isDue = await pause(
      this.#options.host.holds === undefined ? startAgainMs : sharedStartAgainMs,
      signal,
    )
    // A failure is in the account's state already, and another attempt follows.
    if (isDue) await this.start().catch(() => undefined)
  }

  /** Does this process serve the account, and no other one? */
  get #isOurs(): boolean {
    const { holds } = this.#options.host
    return holds === undefined || holds.termOf(this.#resolved.id) !== undefined
  }

  /** A lease that comes too late is given back. */
  async #open(signal: AbortSignal) {
    const { store, runId, host } = this.#options
    const term = host.holds?.termOf(this.#resolved.id)
    // Only the first lease that is taken can follow the end of another process.
    const deaths = host.hasCrashed && !this.#hasOpened ? crashDeaths : 1
    const account = await store.openAccount(this.#resolved.id, runId, deaths, term)
    this.#hasOpened = true
    if (signal.aborted) await account.release()
    return account
  }

  async #stop(deadlineMs: number, turnsMs = 0): Promise<void> {
    const run = this.#run
    if (run === undefined) return
    await run.stop(deadlineMs, turnsMs)
    this.#gone = run.gone
    this.#idle = run.status
    this.#run = undefined
  }

  #note(change: Pick<AccountStatus, 'state' | 'reason' | 'nextAction'>): void {
    // Another attempt that failed for the same reason is no news.
    if (this.#idle.state === change.state && this.#idle.reason === change.reason) return
    this.#idle = { ...this.#idle, ...change, sinceMs: this.#options.now() }
    this.#options.host.report({ type: 'state', account: this.#idle })
  }
}
