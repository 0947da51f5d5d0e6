/**
 * The running channel: its accounts by id, over one store. Small; each room does its own work.
 */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  type AccountSnapshot,
  type Channel,
  type ChannelHost,
  DiskBudget,
  type ExplainedDecision,
  type ExplainRequest,
  type ForecastQuery,
  MoltbotError,
  messageOf,
  type OpenedFile,
  type ReceivedFileQuery,
  type ReceivedPage,
  type ReceivedQuery,
  type SendForecast,
  type SendOutcome,
  type SendReceipt,
  type SendRequest,
  type StopOptions,
  withDeadline,
} from '@moltbot/channel-sdk'
import type { FileLock } from '@moltbot/channel-sdk/lock'
import { logDamage } from '@moltbot/channel-sdk/sqlite'
import type { AddressRules } from '@moltbot/channel-sdk/url-guard'
import pLimit from 'p-limit'
import { Account, type AccountOptions } from './account.ts'
import type { AccountRun } from './account-run.ts'
import { defaultAccountId, resolveAccounts, writtenAccounts } from './config/resolve.ts'
import type { WechatConfig } from './config/schema.ts'
import { startHousekeeping } from './housekeeping.ts'
import { OwnBots } from './inbound/own-bots.ts'
import { operatorOutbox } from './operator-outbox.ts'
import { operatorWebhooks } from './operator-webhooks.ts'
import { outcomeOf } from './outbound/confirm.ts'
import { groupOf } from './outbound/message-groups.ts'
import { approvedNotice, inLanguage } from './outbound/notices.ts'
import { withFiles } from './received-files.ts'
import { SteadyClock } from './steady-clock.ts'
import type { SetAside } from './store/account-rows.ts'
import { takeChannelLock } from './store/channel-lock.ts'
import { openPostgresStore } from './store/postgres/store.ts'
import { openShownFiles, type ShownFiles } from './store/shown-files.ts'
import { openSqliteStore, storeFile } from './store/sqlite-store.ts'
import type { Store } from './store/store.ts'

export const channelId = 'wechat'

/** Part of a stop's deadline, beyond the time for running turns, that the accounts may use; the store closes in the rest. */
const accountsPartOfStop = 0.8

/** Room for all files, under a host that knows no cap. */
const defaultDiskBytes = 4 * 1024 ** 3

/** Attempts to deliver events to webhooks that are under way at a time. */
const maxWebhookAttempts = 32

/** What of the world around can be replaced. */
export interface Surroundings extends Pick<AccountOptions, 'createPuppet'> {
  /** Where URLs in replies may lead. Defaults to the public internet. */
  readonly addresses?: AddressRules
}

/** @throws `locked` while another process runs the channel on this host's folder; `database-too-new` */
export async function createChannel(
  host: ChannelHost,
  config: WechatConfig,
  surroundings: Surroundings = {},
): Promise<Channel<WechatConfig>> {
  const lock = takeChannelLock(host.stateDir)
  try {
    return await openChannel(host, config, surroundings, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

async function openChannel(
  host: ChannelHost,
  config: WechatConfig,
  { addresses, ...surroundings }: Surroundings,
  lock: FileLock,
): Promise<Channel<WechatConfig>> {
  const { log } = host
  const store = await openStore(host)
  const clock = new SteadyClock({ moveTimes: (byMs, onMoved) => store.moveTimes(byMs, onMoved), log })
  const { now, onSet: onClockSet } = clock
  const runId = randomUUID()
  const ownBots = new OwnBots()
  const rules = { proxyFor: host.proxyFor, ...addresses }
  const disk = host.mediaDisk ?? new DiskBudget(() => defaultDiskBytes)
  const folder = join(host.stateDir, 'shown')
  const shown = openShownFiles({ folder, disk, log, isKept: () => host.showsFiles === true })
  const shared = {
    ...surroundings,
    shown,
    now,
    onClockSet,
    random: Math.random,
    channelId,
    host,
    store,
    addresses: rules,
    runId,
    ownBots,
    disk,
    webhookAttempts: pLimit(maxWebhookAttempts),
  }
  return new WechatChannel(shared, clock, config, lock)
}

/** In the host's database, where it has one. */
async function openStore({ database, stateDir, log }: ChannelHost): Promise<Store> {
  const options = {
    onSetAside: (row: SetAside) =>
      log.error({ ...row, event: 'store.set-aside' }, 'A row of the store is unreadable; it was set aside'),
  }
  if (database !== undefined) return openPostgresStore(database, options)
  const { store, damage } = openSqliteStore(storeFile(stateDir), options)
  logDamage(damage, log)
  return store
}
type Shared = Omit<AccountOptions, 'account'> & { readonly shown: ShownFiles }

class WechatChannel implements Channel<WechatConfig> {
  readonly #shared: Shared
  readonly outbox = operatorOutbox((accountId) => this.#running(accountId).desk)
  readonly webhooks = operatorWebhooks((accountId) => this.#running(accountId).webhooks)
  readonly #clock: SteadyClock
  readonly #lock: FileLock
  readonly #endHousekeeping: () => void
  #config: WechatConfig
  /** In the configuration's order. */
  #accounts: ReadonlyMap<string, Account>
  #stopped: Promise<void> | undefined

  constructor(shared: Shared, clock: SteadyClock, config: WechatConfig, lock: FileLock) {
    this.#shared = shared
    this.#clock = clock
    this.#lock = lock
    this.#config = config
    const accounts = resolveAccounts(config).map((account) => new Account({ ...shared, account }))
    this.#accounts = byId(accounts)
    const { store, host, shown } = shared
    const resolved = () => [...this.#accounts.values()].map((account) => account.resolved)
    this.#endHousekeeping = startHousekeeping({ store, shown, log: host.log, accounts: resolved })
  }

  get defaultAccountId(): string | undefined {
    return defaultAccountId(this.#config)
  }

  get accountIds(): readonly string[] {
    return [...this.#accounts.keys()]
  }

  async account(accountId: string): Promise<AccountSnapshot> {
    return this.#known(accountId).snapshot()
  }

  accounts(): Promise<readonly AccountSnapshot[]> {
    return Promise.all([...this.#accounts.values()].map((account) => account.snapshot()))
  }

  async reconfigure(config: WechatConfig): Promise<readonly string[]> {
    if (this.#stopped !== undefined) throw new MoltbotError('stopping', 'the channel is being stopped')
    const touched = touchedAccounts(this.#config, config)
    const before = this.#accounts
    const resolved = resolveAccounts(config)
    // An account keeps its queue: whatever is under way for it ends before what is new begins.
    this.#accounts = byId(
      resolved.map((account) => before.get(account.id) ?? new Account({ ...this.#shared, account })),
    )
    this.#config = config
    const gone = [...before.values()].filter(({ resolved: { id } }) => !this.#accounts.has(id))
    for (const { resolved } of gone) this.#shared.ownBots.forget(resolved.id)
    const changed = resolved.filter(({ id }) => touched.includes(id))
    for (const account of resolved)
      if (!touched.includes(account.id)) this.#accounts.get(account.id)?.rename(account)
    const done = await Promise.allSettled([
      ...gone.map((account) => account.stop()),
      ...changed.map((account) => this.#accounts.get(account.id)?.reconfigure(account)),
    ])
    for (const one of done) if (one.status === 'rejected') throw one.reason
    return touched
  }

  async startAccount(accountId: string): Promise<void> {
    await this.#enabled(accountId).start()
  }

  async stopAccount(accountId: string, options?: StopOptions): Promise<void> {
    await this.#accounts.get(accountId)?.stop(options?.deadlineMs, options?.turnsMs)
  }

  async submitVerifyCode(accountId: string, code: string): Promise<void> {
    this.#enabled(accountId).require('no-code-wanted').submitVerifyCode(code)
  }

  async send(request: SendRequest): Promise<SendReceipt> {
    return this.#running(request.accountId).manual.send(request)
  }

  async forecast({ accountId, to }: ForecastQuery): Promise<SendForecast> {
    const account = this.#accounts.get(accountId)
    if (account !== undefined) return account.forecast(to)
    return { outcome: 'refused', code: 'account-unknown', reason: this.#unknown(accountId).message }
  }

  async outcome(accountId: string, id: string): Promise<SendOutcome | undefined> {
    this.#known(accountId)
    return outcomeOf(await this.#shared.store.progress(accountId, groupOf(id)))
  }

  async logout(accountId: string): Promise<void> {
    await this.#enabled(accountId).require('not-logged-in').logout()
  }

  async probe(accountId: string): Promise<void> {
    await this.#enabled(accountId).require('not-logged-in').probe()
  }

  async explain(request: ExplainRequest): Promise<ExplainedDecision> {
    return this.#enabled(request.accountId).explain(request)
  }

  async admissionsChanged(accountId: string): Promise<void> {
    await this.#accounts.get(accountId)?.recheck()
  }

  async notifyApproved(accountId: string, senderId: string): Promise<void> {
    const account = this.#enabled(accountId)
    const text = inLanguage(approvedNotice, account.resolved.replyLanguage, '')
    await account.require('account-not-running').manual.tell(senderId, text)
  }

  async receiveAgain(accountId: string, received: string): Promise<void> {
    await this.#running(accountId).receiveAgain(received)
  }

  async received(query: ReceivedQuery): Promise<ReceivedPage> {
    this.#known(query.accountId)
    const { messages, ...rest } = await this.#shared.store.received(query)
    const withTheirs = messages.map((message) => withFiles(message, query.accountId, this.#shared.shown))
    return { messages: await Promise.all(withTheirs), ...rest }
  }

  async receivedFile(query: ReceivedFileQuery): Promise<OpenedFile | undefined> {
    this.#known(query.accountId)
    return this.#shared.shown.open(query)
  }

  stop(options: StopOptions): Promise<void> {
    this.#stopped ??= this.#stop(options)
    return this.#stopped
  }

  async #stop({ deadlineMs, turnsMs = 0 }: StopOptions): Promise<void> {
    const { store, host, shown } = this.#shared
    const endMs = performance.now() + deadlineMs
    this.#endHousekeeping()
    const accountsMs = turnsMs + (deadlineMs - turnsMs) * accountsPartOfStop
    await Promise.all([...this.#accounts.values()].map((account) => account.close(accountsMs, turnsMs)))
    this.#clock.end()
    shown.close()
    const ms = Math.max(0, endMs - performance.now())
    await withDeadline(() => store.close(), { ms, otherwise: 'the store did not close' }).catch(
      (error: unknown) => host.log.error({ error: messageOf(error) }, 'The store was left open'),
    )
    this.#lock.release()
  }

  #running(accountId: string): AccountRun {
    return this.#enabled(accountId).require('account-not-running')
  }

  #enabled(accountId: string): Account {
    const account = this.#known(accountId)
    if (!account.resolved.enabled)
      throw new MoltbotError('account-disabled', `account "${accountId}" is disabled`)
    return account
  }

  #known(accountId: string): Account {
    const account = this.#accounts.get(accountId)
    if (account !== undefined) return account
    throw this.#unknown(accountId)
  }

  #unknown(accountId: string): MoltbotError {
    const known = this.accountIds.join(', ')
    return new MoltbotError('account-unknown', `there is no account "${accountId}"; there is ${known}`)
  }
}

function byId(accounts: readonly Account[]): ReadonlyMap<string, Account> {
  return new Map(accounts.map((account) => [account.resolved.id, account]))
}

/** Accounts that are new, gone, or differ in what holds for them, wherever it is written. A label changes nothing. */
function touchedAccounts(before: WechatConfig, after: WechatConfig): string[] {
  const unnamed = (config: WechatConfig) =>
    new Map([...writtenAccounts(config)].map(([id, { name: _, ...account }]) => [id, account]))
  const [old, fresh] = [unnamed(before), unnamed(after)]
  const ids = new Set([...old.keys(), ...fresh.keys()])
  return [...ids].filter((id) => !isDeepStrictEqual(old.get(id), fresh.get(id)))
}
