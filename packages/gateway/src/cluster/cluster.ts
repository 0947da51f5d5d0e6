/**
 * Several gateways that share the accounts of one configuration over one database: which accounts this one serves, what
 * the others do, and how one reaches the other.
 */

import type { AccountHolds, AccountStatus, Logger } from '@moltbot/channel-sdk'
import { messageOf, withDeadline } from '@moltbot/channel-sdk'
import type { SqlDatabase } from '@moltbot/channel-sdk/sql'
import { PostgresDatabase } from '../postgres/database.ts'
import type { PostgresSettings } from '../postgres/settings.ts'
import { type ClusterView, clusterView } from './cluster-view.ts'
import { Commands, commandsChannel } from './commands.ts'
import { HandOvers } from './hand-overs.ts'
import { HoldRows } from './hold-rows.ts'
import { type AccountRunner, Holding } from './holding.ts'
import { accountIdIn, keyOf } from './key.ts'
import { changesChannel, type Member, Members, type OwnFacts } from './members.ts'
import { Membership } from './membership.ts'
import { clusterMigrations, clusterSchema } from './migrations.ts'
import { News, newsChannel } from './news.ts'
import { Reports } from './reports.ts'
import { withinTime } from './within-time.ts'

export interface ClusterOptions {
  /** Its own connections: what the stores do must not delay a beat. */
  readonly db: SqlDatabase & Pick<PostgresDatabase, 'close' | 'reconnect'>
  /** Differs from that of every other gateway, and stays the same over restarts. */
  readonly name: string
  readonly version: string
  readonly leaseMs: number
  readonly facts: () => OwnFacts
  readonly runner: AccountRunner
  readonly turnsMs: () => number
  /** Does what another gateway asks. */
  readonly run: (request: unknown) => Promise<unknown>
  /** Gives up the connections of the stores, on which statements may wait for an answer that never comes. */
  readonly reconnect: () => void
  /** Something happened to accounts, at this gateway or at another one. */
  readonly onNews: () => void
  readonly log: Logger
}

/** How long a query may take, as a part of the lease's time. */
const queryPartOfLease = 1 / 3
/** Those that a cut network has taken, until the driver notices, and one to go on with. */
const poolSize = 4
/** For leaving, of which the others learn by themselves where it fails. */
const leaveTimeoutMs = 1_000

/** Connects, and does nothing before it is started. */
export function openCluster(database: PostgresSettings, options: Omit<ClusterOptions, 'db'>): Cluster {
  const statementTimeoutMs = Math.ceil(options.leaseMs * queryPartOfLease)
  return new Cluster({ ...options, db: new PostgresDatabase({ ...database, poolSize, statementTimeoutMs }) })
}

export class Cluster {
  readonly #options: ClusterOptions
  readonly #members: Members
  readonly #membership: Membership
  readonly #holding: Holding
  readonly #commands: Commands
  readonly #reports: Reports
  readonly #handOvers: HandOvers
  readonly #news: News
  readonly #life = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** See `HoldingOptions`. */
  #accounts: readonly string[] = []
  readonly #joined = Promise.withResolvers<void>()
  #unlisten: readonly (() => void)[] = []
  /** The change after which the holds were read last. */
  #readFor: string | undefined
  #hasRun = false
  #different = ''

  constructor(options: ClusterOptions) {
    const { db, name, version, leaseMs, facts, runner, turnsMs, run, reconnect, log } = options
    this.#options = options
    const bounded = withinTime(db, leaseMs * queryPartOfLease)
    const rows = new HoldRows(bounded)
    const members = new Members(bounded)
    this.#members = members
    this.#membership = new Membership({
      members,
      name,
      version,
      leaseMs,
      facts,
      prepare: () => db.migrate(clusterSchema, clusterMigrations),
      onChange: () => this.#look(),
      onFailure: () => db.reconnect(),
      onRecovered: reconnect,
      onNewServer: () => {
        log.warn(
          { event: 'cluster.new-server' },
          'The database was started again; the accounts are restarted',
        )
        this.#holding.restartAll()
      },
      log,
    })
    this.#holding = new Holding({
      rows,
      membership: this.#membership,
      runner,
      configured: () => this.#accounts,
      turnsMs,
      log,
    })
    this.#commands = new Commands({ db: bounded, members, id: () => this.#membership.id, run, log })
    this.#reports = new Reports({ holding: this.#holding, rows, log })
    this.#news = new News(members, log)
    this.#handOvers = new HandOvers({
      holderOf: (account) => this.#holding.holderOf(account),
      ask: (id, request) => (id === this.#membership.id ? run(request) : this.#commands.ask(id, request)),
      life: this.#life.signal,
      log,
    })
  }

  /**
   * Resolves when the accounts are started that it should serve and that no other gateway holds, which needs the database;
   * or when it is closed.
   * @param accounts `channel/account` of those that may be served
   */
  async start(accounts: readonly string[]): Promise<void> {
    this.#accounts = accounts
    this.#listen()
    this.#running = this.#membership.run(this.#life.signal)
    await this.#joined.promise
    await this.#holding.started()
  }

  /** See `AccountHolds`, for the accounts of one channel. */
  holdsOf(channelId: string): AccountHolds {
    return {
      termOf: (accountId) => this.#holding.termOf(keyOf(channelId, accountId)),
      mayAct: (accountId) => this.#holding.mayAct(keyOf(channelId, accountId)),
      handOver: (accountId, received) =>
        void this.#handOvers.add(keyOf(channelId, accountId), { receiveAgain: { accountId, received } }),
    }
  }

  /** The configuration has other accounts now. @param touched of which it has changed: one that was stopped is started */
  async reconfigured(accounts: readonly string[], touched: readonly string[]): Promise<void> {
    this.#accounts = accounts
    await this.#holding.reconcile()
    const stopped = touched.filter(
      (account) => accounts.includes(account) && this.#holding.isStopped(account),
    )
    // Those that another gateway holds are its own matter.
    await Promise.allSettled(stopped.map((account) => this.#holding.setStopped(account, false)))
  }

  /** An account that runs here is in another state. */
  noteStatus(channelId: string, status: AccountStatus): void {
    this.#reports.note(keyOf(channelId, status.accountId), status)
  }

  /** Whether this gateway serves no account any more, until it is asked to again. @throws what the database says */
  async drain(isDraining: boolean): Promise<void> {
    await this.#members.drain(this.#membership.id, isDraining)
    await this.#membership.beat()
  }

  /** See `Holding.setStopped`. */
  setStopped(channelId: string, accountId: string, isStopped: boolean): Promise<void> {
    return this.#holding.setStopped(keyOf(channelId, accountId), isStopped)
  }

  isStopped(channelId: string, accountId: string): boolean {
    return this.#holding.isStopped(keyOf(channelId, accountId))
  }

  /** The gateway that serves an account; undefined where none does. */
  holderOf(
    channelId: string,
    accountId: string,
  ): { readonly id: string; readonly name: string; readonly isThis: boolean } | undefined {
    const id = this.#holding.holderOf(keyOf(channelId, accountId))
    const name = this.#membership.members.find((member) => member.id === id)?.name
    return id === undefined || name === undefined
      ? undefined
      : { id, name, isThis: id === this.#membership.id }
  }

  /** Ids of the accounts that may be served, and are not by this gateway. */
  elsewhere(): readonly string[] {
    return this.#accounts.filter((account) => !this.#holding.mayAct(account)).map(accountIdIn)
  }

  /** The others, by id. */
  get others(): readonly Member[] {
    return this.#membership.members.filter(({ id }) => id !== this.#membership.id)
  }

  /** See `Commands.ask`. */
  ask(gatewayId: string, request: unknown): Promise<unknown> {
    return this.#commands.ask(gatewayId, request)
  }

  /** The latest state of each account that another gateway serves, by `channel/account`. Never rejects. */
  statuses(): Promise<ReadonlyMap<string, AccountStatus>> {
    return this.#reports.ofOthers(this.#membership.id)
  }

  view(): ClusterView {
    return clusterView({
      name: this.#options.name,
      configHash: this.#options.facts().configHash,
      membership: this.#membership,
      counts: this.#holding.counts(),
    })
  }

  /** Something happened to an account that runs here. */
  noteEvent(): void {
    if (this.others.length > 0) this.#news.note()
  }

  /** Gives every account back, each as soon as its turns have ended. Resolves when none runs, or after the deadline. */
  async end(deadlineMs: number): Promise<void> {
    const ending = (signal: AbortSignal) => this.#holding.end(signal)
    await withDeadline(ending, { ms: deadlineMs }).catch(() => undefined)
  }

  /** Nothing of any account runs any more. Never rejects. */
  async close(): Promise<void> {
    this.#life.abort()
    this.#joined.resolve()
    for (const end of this.#unlisten) end()
    const leave = async () => {
      await this.#running
      await this.#membership.leave()
      await this.#options.db.close()
    }
    await withDeadline(leave, { ms: leaveTimeoutMs }).catch((error: unknown) => {
      this.#options.log.warn(
        { error: messageOf(error) },
        'The other gateways learn by themselves that this one has ended',
      )
    })
  }

  #listen(): void {
    const { db, onNews } = this.#options
    this.#unlisten = [
      db.listen(changesChannel, () => this.#membership.wake()),
      db.listen(newsChannel, onNews),
      db.listen(commandsChannel, () => void this.#commands.look()),
    ]
  }

  /** After each beat, and when the membership may lapse. */
  async #look(): Promise<void> {
    const { members, mayRun, hasCommands, change } = this.#membership
    if (mayRun && change !== this.#readFor) await this.#read(change)
    const reconciled = this.#holding.reconcile()
    // Accounts are stopped now, and what they wait for does not come.
    if (this.#hasRun && !mayRun) this.#options.reconnect()
    this.#hasRun = mayRun
    await reconciled
    if (mayRun) this.#joined.resolve()
    this.#compare()
    this.#commands.prune(new Set(members.map((member) => member.id)))
    if (mayRun && hasCommands) await this.#commands.look()
  }

  /** Each gateway with another configuration is logged once. */
  #compare(): void {
    const { facts, log } = this.#options
    const { configHash } = facts()
    const different = this.others.filter((one) => one.configHash !== configHash).map(({ name }) => name)
    const text = different.join(', ')
    if (text !== '' && text !== this.#different)
      log.warn(
        { event: 'cluster.config-differs', gateways: text },
        'Other gateways use another configuration',
      )
    this.#different = text
  }

  async #read(change: string | undefined): Promise<void> {
    try {
      await this.#holding.refresh()
      this.#readFor = change
    } catch (error) {
      this.#options.log.warn({ error: messageOf(error) }, 'Who holds which account could not be read')
    }
  }
}
