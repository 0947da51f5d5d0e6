/**
 * The accounts that this gateway serves: takes those that it should serve and nobody holds, starts them, and stops and gives
 * back those that another should serve. What runs here ends before the membership does.
 */

import {
  type AccountStatus,
  type Logger,
  MoltbotError,
  messageOf,
  type StopOptions,
} from '@moltbot/channel-sdk'
import { nextStep } from './hold.ts'
import type { HoldRow, HoldRows } from './hold-rows.ts'
import type { Membership } from './membership.ts'
import { Places } from './places.ts'

/** How accounts are started and stopped here; both end by themselves, and `stop` within its deadline. */
export interface AccountRunner {
  start(account: string): Promise<void>
  stop(account: string, options: StopOptions): Promise<void>
}

export interface HoldingOptions {
  readonly rows: HoldRows
  readonly membership: Pick<Membership, 'id' | 'members' | 'mayRun' | 'mayAct' | 'actMs'>
  readonly runner: AccountRunner
  /** `channel/account` of those that the configuration has and that are enabled. */
  readonly configured: () => readonly string[]
  /** For turns that run, when an account moves to another gateway. */
  readonly turnsMs: () => number
  readonly log: Logger
}

/** For a stop that nothing forces. */
const calmStopMs = 2_000
/** What a stop that the membership's end forces leaves of its time. */
const reserveMs = 100

const none: readonly string[] = []

type Here = 'running' | 'leaving' | 'stopping'

export class Holding {
  readonly #options: HoldingOptions
  #rows = new Map<string, HoldRow>()
  readonly #here = new Map<string, Here>()
  readonly #starts = new Set<Promise<void>>()
  readonly #stops = new Map<string, Promise<void>>()
  readonly #places = new Places()
  #isEnding = false
  #running: Promise<void> | undefined
  #again = false

  constructor(options: HoldingOptions) {
    this.#options = options
  }

  /** The hold's number, where the account should run here; not any more once it is about to end. */
  termOf(account: string): number | undefined {
    const mayStart = this.#here.get(account) === 'running' && this.#isMine(account)
    return mayStart && this.#options.membership.mayRun ? this.#rows.get(account)?.term : undefined
  }

  mayAct(account: string): boolean {
    return this.#isMine(account) && this.#options.membership.mayAct()
  }

  /** The id of the gateway that holds the account, by the latest word of the database. */
  holderOf(account: string): string | undefined {
    return this.#rows.get(account)?.gatewayId ?? undefined
  }

  isStopped(account: string): boolean {
    return this.#rows.get(account)?.isStopped === true
  }

  /** How many accounts each gateway holds, by its id. */
  counts(): ReadonlyMap<string, number> {
    const ids = [...this.#rows.values()].flatMap(({ gatewayId }) => gatewayId ?? [])
    return new Map([...Map.groupBy(ids, (id) => id)].map(([id, all]) => [id, all.length]))
  }

  /** Reads who holds what. @throws what the database says */
  async refresh(): Promise<void> {
    const rows = await this.#options.rows.all()
    this.#rows = new Map(rows.map((row) => [row.account, row]))
  }

  /** Does for every account what is next. Resolves when the database has been asked; stops go on. Never rejects. */
  reconcile(): Promise<void> {
    this.#act()
    this.#again = true
    this.#running ??= this.#reconcileAll()
    return this.#running
  }

  /** Resolves when every start that is under way has ended, well or not. */
  async started(): Promise<void> {
    await Promise.all(this.#starts)
  }

  /** Starts an account that was stopped, or stops it until it is started, whoever holds it then. @throws `lease-lost` */
  async setStopped(account: string, isStopped: boolean): Promise<void> {
    const { rows, membership } = this.#options
    const row = this.#rows.get(account)
    if (row === undefined || !this.#isMine(account)) throw notHeld(account)
    if (!(await rows.setStopped(membership.id, account, isStopped))) throw notHeld(account)
    this.#rows.set(account, { ...row, isStopped })
    await this.reconcile()
    await this.#settled(account)
  }

  /** Has every account that runs here read again what is stored. */
  restartAll(): void {
    for (const [account, here] of this.#here) if (here === 'running') this.#stop(account, 'stopping')
  }

  /** Publishes states of accounts that it holds. @throws what the database says */
  async report(statuses: ReadonlyMap<string, AccountStatus>): Promise<void> {
    const mine = new Map([...statuses].filter(([account]) => this.#isMine(account)))
    if (mine.size > 0) await this.#options.rows.report(this.#options.membership.id, mine)
  }

  /** Ends every account, each given back as soon as nothing of it runs. Resolves when nothing runs, or `signal` aborts. */
  async end(signal: AbortSignal): Promise<void> {
    this.#isEnding = true
    const { promise: aborted, resolve } = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => resolve(), { once: true })
    await this.reconcile()
    while (this.#here.size > 0 && !signal.aborted) await Promise.race([this.#nextChange(), aborted])
    await Promise.race([this.reconcile(), aborted])
  }

  async #nextChange(): Promise<void> {
    await Promise.race(this.#stops.values())
  }

  async #settled(account: string): Promise<void> {
    await this.#stops.get(account)
  }

  async #reconcileAll(): Promise<void> {
    while (this.#again) {
      this.#again = false
      await this.#once().catch((error: unknown) => {
        // The next look tries again.
        this.#options.log.warn({ error: messageOf(error) }, 'The holds of accounts could not be changed')
      })
    }
    // In the same step as the last look at `#again`: who asks later begins anew.
    this.#running = undefined
  }

  /** What does not wait for the database: above all what has to end. */
  #act(): void {
    const steps = this.#steps()
    for (const account of steps.get('stop') ?? []) this.#stop(account, 'stopping')
    for (const account of steps.get('leave') ?? []) this.#stop(account, 'leaving')
    for (const account of steps.get('start') ?? []) this.#start(account)
  }

  async #once(): Promise<void> {
    const { rows, membership, log } = this.#options
    const { id } = membership
    const steps = this.#steps()
    const free = steps.get('give-back') ?? []
    if (free.length > 0) {
      await rows.giveBack(id, free)
      for (const account of free) this.#note(account, { gatewayId: null })
      log.info({ event: 'cluster.given-back', accounts: free.length }, 'Accounts were given back')
    }
    const wanted = steps.get('take') ?? []
    if (wanted.length === 0) return
    const taken = await rows.take(id, wanted)
    for (const row of taken) this.#rows.set(row.account, row)
    if (taken.length > 0) log.info({ event: 'cluster.taken', accounts: taken.length }, 'Accounts were taken')
    // Another was faster: who, shows the next look.
    if (taken.length < wanted.length) await this.refresh()
    this.#act()
  }

  #steps(): Map<string, string[]> {
    const { id, members, mayRun } = this.#options.membership
    const wanted = this.#places.of(id, members, this.#isEnding ? none : this.#options.configured())
    const mine = [...this.#rows.values()].filter(({ gatewayId }) => gatewayId === id)
    const all = new Set([...wanted, ...mine.map(({ account }) => account), ...this.#here.keys()])
    return Map.groupBy(all, (account) => {
      const row = this.#rows.get(account)
      const gatewayId = row?.gatewayId ?? undefined
      return nextStep({
        isWanted: wanted.has(account),
        holder: gatewayId === undefined ? 'nobody' : gatewayId === id ? 'this' : 'another',
        mayRun,
        isStopped: row?.isStopped === true,
        here: this.#here.get(account) ?? 'nothing',
      })
    })
  }

  #start(account: string): void {
    this.#here.set(account, 'running')
    const { runner, log } = this.#options
    const started: Promise<void> = runner
      .start(account)
      .catch((error: unknown) => log.error({ account, error: messageOf(error) }, 'Account did not start'))
      .finally(() => this.#starts.delete(started))
    this.#starts.add(started)
  }

  #stop(account: string, how: 'leaving' | 'stopping'): void {
    const { membership, runner, turnsMs, log } = this.#options
    this.#here.set(account, how)
    const turns = how === 'leaving' ? turnsMs() : 0
    const ms =
      this.#isMine(account) && membership.mayRun
        ? calmStopMs
        : Math.min(calmStopMs, Math.max(0, membership.actMs - reserveMs))
    const stopped: Promise<void> = runner
      .stop(account, { deadlineMs: turns + ms, turnsMs: turns })
      .catch((error: unknown) =>
        log.error({ account, error: messageOf(error) }, 'Account did not stop cleanly'),
      )
      .then(() => {
        // A stop that is to end at once has overtaken this one, and ends it.
        if (this.#stops.get(account) !== stopped) return
        this.#stops.delete(account)
        this.#here.delete(account)
        void this.reconcile()
      })
    this.#stops.set(account, stopped)
  }

  #isMine(account: string): boolean {
    return this.#rows.get(account)?.gatewayId === this.#options.membership.id
  }

  #note(account: string, change: Partial<HoldRow>): void {
    const row = this.#rows.get(account)
    if (row !== undefined) this.#rows.set(account, { ...row, ...change })
  }
}

const notHeld = (account: string) =>
  new MoltbotError('account-not-running', `no gateway serves account ${account} at present`, {
    retryable: true,
  })
