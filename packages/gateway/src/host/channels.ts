/**
 * All channels of the gateway as one: started account by account, so that none can keep another from working. A channel
 * is foreign code, so every wait for one has a deadline.
 */

import { isDeepStrictEqual } from 'node:util'
import {
  type Channel,
  type ChannelHost,
  type ChannelPlugin,
  type ExplainedDecision,
  type ForecastQuery,
  type Logger,
  MoltbotError,
  messageOf,
  type OpenedFile,
  type OutboxItem,
  type OutboxListing,
  type ReceivedPage,
  type ReceivedQuery,
  type SendForecast,
  type SendOutcome,
  type SendReceipt,
  type StopOptions,
  type WebhookItem,
  type WebhookListing,
  withDeadline,
} from '@moltbot/channel-sdk'
import type { ProbeAnswer } from '../api/answers.ts'
import type { ChannelAccount } from '../control/status.ts'
import type { AccountAction, ExplainOrder, FileOrder, ItemsChange, SendOrder } from '../control/target.ts'
import { probeEach } from './probing.ts'

export interface ChannelsOptions {
  readonly plugins: readonly ChannelPlugin[]
  /** Checked values by channel id; a plugin without one gets no channel. */
  readonly configs: ReadonlyMap<string, unknown>
  readonly hostOf: (channelId: string) => ChannelHost
  readonly log: Logger
  /** Aborts when the gateway stops: every wait but that of `stop` ends with its reason. */
  readonly signal: AbortSignal
}

/** See `ReceivedQuery`; the account may be left out. */
interface ReceivedOrder extends Omit<ReceivedQuery, 'accountId' | 'before'> {
  readonly accountId?: string | undefined
  readonly before?: number | undefined
}

/** See `ForecastQuery`; the account may be left out. */
interface ForecastOrder extends Omit<ForecastQuery, 'accountId'> {
  readonly accountId?: string | undefined
}

/** An account and its channel. */
interface Found {
  readonly id: string
  readonly channel: Channel
  readonly accountId: string
}

interface Received extends ReceivedPage {
  readonly accountId: string
}

interface OpenChannel {
  readonly channel: Channel
  /** What it runs with. */
  readonly config: unknown
}

const openTimeoutMs = 60_000
const reconfigureTimeoutMs = 120_000
/** A start that takes longer goes on in the background; the gateway does not wait for it. */
const accountStartTimeoutMs = 10_000
const accountsTimeoutMs = 2_000
/** A search looks at many messages, beside everything else. */
const searchTimeoutMs = 15_000
/** For a channel that is no longer configured. */
const removedDeadlineMs = 2_000
/** What a channel gets beyond the deadline that it was given. */
const stopGraceMs = 200

/**
 * Creates the channel of each plugin that has a configuration, in order.
 * @throws what a channel threw, `deadline`, or the reason of `signal`; the channels before it are stopped again
 */
export async function openChannels(options: ChannelsOptions): Promise<Channels> {
  const channels = new Channels(options)
  try {
    await channels.open()
    return channels
  } catch (error) {
    await channels.stop({ deadlineMs: 0 })
    throw error
  }
}

export class Channels {
  readonly #options: Omit<ChannelsOptions, 'configs'>
  readonly #channels = new Map<string, OpenChannel>()
  #isStopped = false
  #configs: ReadonlyMap<string, unknown>

  constructor({ configs, ...options }: ChannelsOptions) {
    this.#options = options
    this.#configs = configs
  }

  async open(): Promise<void> {
    for (const plugin of this.#options.plugins) {
      if (this.#configs.has(plugin.id)) await this.#open(plugin, this.#configs.get(plugin.id))
    }
  }

  /** Starts every enabled account. Resolves when all are supervised, failed, or took too long; never throws. */
  async start(): Promise<void> {
    await Promise.all([...this.#channels].map(([id, { channel }]) => this.#start(id, channel)))
  }

  /**
   * Takes other configurations: what they change is opened, restarted or stopped, account by account.
   * @returns `channel/account` of those that were touched
   * @throws what a channel says; the channels before it have changed, the others keep what they had
   */
  async reconfigure(configs: ReadonlyMap<string, unknown>): Promise<string[]> {
    this.#configs = configs
    const touched: string[] = []
    for (const plugin of this.#options.plugins) {
      const accounts = await this.#reconfigure(plugin, configs.get(plugin.id))
      touched.push(...accounts.map((accountId) => `${plugin.id}/${accountId}`))
    }
    return touched
  }

  /** Every account of the channels that can list theirs, and a sentence about each channel that cannot. */
  async accounts(): Promise<{ accounts: ChannelAccount[]; problems: string[] }> {
    const lists = await Promise.allSettled(
      [...this.#channels].map(async ([id, { channel }]) =>
        (await this.#accountsOf(id, channel)).map((account) => ({ ...account, channel: id })),
      ),
    )
    return {
      accounts: lists.flatMap((list) => (list.status === 'fulfilled' ? list.value : [])),
      problems: lists.flatMap((list) => (list.status === 'rejected' ? messageOf(list.reason) : [])),
    }
  }

  /** `channel/account` of every account that is enabled. Never throws: of a channel that does not answer there is none. */
  async enabled(): Promise<string[]> {
    const { accounts } = await this.accounts()
    return accounts
      .filter(({ state }) => state !== 'disabled')
      .map(({ channel, accountId }) => `${channel}/${accountId}`)
  }

  /** The channel of an account; of the default one where none is named. @throws `account-needed`, `account-unknown` */
  placeOf(wanted: string | undefined): { readonly channelId: string; readonly accountId: string } {
    const { id, accountId } = this.#find(wanted)
    return { channelId: id, accountId }
  }

  /** Starts one account; a failure is logged. Never throws. @param place `channel/account` */
  async startOne(place: string): Promise<void> {
    const found = this.#at(place)
    if (found !== undefined) await this.#startAccount(found.id, found.channel, found.accountId)
  }

  /** Stops one account within the deadline; nothing of it runs afterwards. @param place `channel/account` */
  async stopOne(place: string, options: StopOptions): Promise<void> {
    const found = this.#at(place)
    const ms = options.deadlineMs + stopGraceMs
    await withDeadline(() => found?.channel.stopAccount(found.accountId, options), {
      ms,
      otherwise: 'it did not stop',
    })
  }

  #at(place: string): { id: string; channel: Channel; accountId: string } | undefined {
    const id = place.slice(0, place.indexOf('/'))
    const channel = this.#channels.get(id)?.channel
    return channel && { id, channel, accountId: place.slice(id.length + 1) }
  }

  get accountIds(): readonly string[] {
    return [...this.#channels.values()].flatMap(({ channel }) => channel.accountIds)
  }

  /** @throws `account-needed`, `account-unknown` */
  async account(wanted: string | undefined): Promise<ChannelAccount> {
    const { id, channel, accountId } = this.#find(wanted)
    const account = await this.#wait(
      () => channel.account(accountId),
      accountsTimeoutMs,
      `channel ${id} did not show account ${accountId}`,
    )
    return { ...account, channel: id }
  }

  /** The account of a command that names none; undefined where several channels have one. */
  get defaultAccountId(): string | undefined {
    const ids = [...this.#channels.values()].flatMap(({ channel }) => channel.defaultAccountId ?? [])
    return ids.length === 1 ? ids[0] : undefined
  }

  /** These take the default account where none is named. @throws `account-needed`, `account-unknown` */
  async send(order: SendOrder): Promise<SendReceipt> {
    const { channel, accountId } = this.#find(order.accountId)
    return channel.send({ ...order, accountId })
  }

  /** The id of the channel of an account. @throws `account-unknown` */
  channelOf(accountId: string): string {
    return this.#find(accountId).id
  }

  /** What a message would become now. Of a channel that cannot tell: `sent` for an account that is online. */
  async forecast({ accountId: named, to }: ForecastOrder): Promise<SendForecast> {
    const found = this.#lookUp(named)
    if (found instanceof MoltbotError) return { outcome: 'refused', code: found.code, reason: found.message }
    const { id, channel, accountId } = found
    const forecast = async () => channel.forecast?.({ accountId, to }) ?? { outcome: 'sent' as const }
    return this.#wait(forecast, accountsTimeoutMs, `channel ${id} made no forecast`)
  }

  /** What became of a message that was sent with an id; undefined where none is known. @throws `account-unknown` */
  async outcome(wanted: string | undefined, id: string): Promise<SendOutcome | undefined> {
    const { channel, accountId } = this.#find(wanted)
    return channel.outcome?.(accountId, id)
  }

  /** Of one account, or of all that run. */
  async listOutbox(listing: OutboxListing, wanted: string | undefined): Promise<readonly OutboxItem[]> {
    return this.#ofDesks('outbox', wanted, async (outbox, accountId) => outbox.list(accountId, listing))
  }

  /**
   * In one account, or in all that run: an id belongs to one of them.
   * @returns the ids of the messages that it changed
   */
  async changeOutbox({ action, ids, accountId: wanted }: ItemsChange): Promise<readonly string[]> {
    return this.#ofDesks('outbox', wanted, async (outbox, accountId) => outbox[action](accountId, ids))
  }

  /** Of one account, or of all that run. */
  async listWebhooks(listing: WebhookListing, wanted: string | undefined): Promise<readonly WebhookItem[]> {
    return this.#ofDesks('webhooks', wanted, async (webhooks, accountId) => webhooks.list(accountId, listing))
  }

  /** As `changeOutbox`, for events. */
  async changeWebhooks({ action, ids, accountId: wanted }: ItemsChange): Promise<readonly string[]> {
    return this.#ofDesks('webhooks', wanted, async (webhooks, accountId) => webhooks[action](accountId, ids))
  }

  async explain(order: ExplainOrder): Promise<ExplainedDecision> {
    const { channel, accountId } = this.#find(order.accountId)
    return channel.explain({ ...order, accountId })
  }

  /** Of the default account where none is named; none of a channel that keeps none. */
  async received({ accountId: wanted, ...query }: ReceivedOrder): Promise<Received> {
    const { id, channel, accountId } = this.#find(wanted)
    const { before, ...rest } = query
    const order = { ...rest, accountId, ...(before !== undefined && { before }) }
    const read = async () => (await channel.received?.(order)) ?? { messages: [] }
    const page = await this.#wait(read, searchTimeoutMs, `channel ${id} did not show its messages`)
    return { accountId, ...page }
  }

  /** A file of a message or of an answer; undefined where it is not stored any more. */
  async receivedFile({ accountId: wanted, ...query }: FileOrder): Promise<OpenedFile | undefined> {
    const { channel, accountId } = this.#find(wanted)
    return channel.receivedFile?.({ ...query, accountId })
  }

  /** @returns the id of the account that it was */
  async logout(wanted: string | undefined): Promise<string> {
    const found = this.#find(wanted)
    return found.channel.logout(found.accountId).then(() => found.accountId)
  }

  /** A stopped account stays so until it is started, or its configuration changes. @throws `account-unknown` */
  async changeAccount(wanted: string, action: AccountAction): Promise<void> {
    const { id, channel, accountId } = this.#find(wanted)
    const otherwise = `channel ${id} did not ${action} account ${accountId}`
    const change = async () => {
      if (action !== 'start') await channel.stopAccount(accountId)
      if (action !== 'stop') await channel.startAccount(accountId)
    }
    await this.#wait(change, accountStartTimeoutMs, otherwise)
  }

  /** Each of them; all that are enabled where none is named. @throws `account-unknown` */
  async probe(wanted: readonly string[] | undefined): Promise<readonly ProbeAnswer[]> {
    const accountIds = wanted ?? (await this.#enabledIds())
    return probeEach(accountIds.map((accountId) => this.#find(accountId)))
  }

  async #enabledIds(): Promise<string[]> {
    const { accounts } = await this.accounts()
    return accounts.filter(({ state }) => state !== 'disabled').map(({ accountId }) => accountId)
  }

  async notifyApproved(accountId: string, senderId: string): Promise<void> {
    await this.#find(accountId).channel.notifyApproved(accountId, senderId)
  }

  async receiveAgain(accountId: string, received: string): Promise<void> {
    await this.#find(accountId).channel.receiveAgain?.(accountId, received)
  }

  /** Never rejects: an approval that was taken back holds for the next turn in any case. */
  async admissionsChanged(accountId: string): Promise<void> {
    const work = [...this.#channels].map(async ([id, { channel }]) => {
      const change = async () => channel.admissionsChanged?.(accountId)
      await this.#wait(change, accountsTimeoutMs, 'it did not check who is admitted').catch(
        (error: unknown) =>
          this.#report(id, error, 'Answers to a person whose approval was taken back may go on', {
            accountId,
          }),
      )
    })
    await Promise.all(work)
  }

  /** @throws `account-unknown`, `no-code-wanted` */
  async submitVerifyCode(accountId: string, code: string): Promise<void> {
    await this.#find(accountId).channel.submitVerifyCode(accountId, code)
  }

  /** Resolves at the latest a moment after the deadline, whatever a channel does; never throws. */
  async stop(options: StopOptions): Promise<void> {
    const open = [...this.#channels]
    this.#isStopped = true
    this.#channels.clear()
    await Promise.all(open.map(([id, { channel }]) => this.#stop(id, channel, options)))
  }

  async #open(plugin: ChannelPlugin, config: unknown): Promise<Channel> {
    const { id } = plugin
    const opening = (async () => plugin.create(this.#options.hostOf(id), config))()
    let channel: Channel | undefined
    try {
      channel = await this.#wait(() => opening, openTimeoutMs, `channel ${id} did not open`)
      this.#options.signal.throwIfAborted()
      this.#channels.set(id, { channel, config })
      return channel
    } catch (error) {
      // One that opens too late is not used, and must not go on.
      if (channel !== undefined) await this.#stop(id, channel, { deadlineMs: 0 })
      else opening.then((late) => this.#stop(id, late, { deadlineMs: 0 })).catch(() => undefined)
      throw error
    }
  }

  async #reconfigure(plugin: ChannelPlugin, config: unknown): Promise<readonly string[]> {
    const { id } = plugin
    const open = this.#channels.get(id)
    if (isDeepStrictEqual(open?.config, config)) return []
    if (open === undefined) {
      const channel = await this.#open(plugin, config)
      await this.#start(id, channel)
      return this.#idsOf(id, channel)
    }
    if (config === undefined) {
      this.#channels.delete(id)
      const accounts = await this.#idsOf(id, open.channel)
      await this.#stop(id, open.channel, { deadlineMs: removedDeadlineMs })
      return accounts
    }
    const change = () => open.channel.reconfigure(config)
    const accounts = await this.#wait(change, reconfigureTimeoutMs, `channel ${id} did not take the change`)
    this.#channels.set(id, { ...open, config })
    return accounts
  }

  async #start(id: string, channel: Channel): Promise<void> {
    try {
      const enabled = (await this.#accountsOf(id, channel)).filter(({ state }) => state !== 'disabled')
      await Promise.all(enabled.map(({ accountId }) => this.#startAccount(id, channel, accountId)))
    } catch (error) {
      this.#report(id, error, 'The channel does not list its accounts; none is started')
    }
  }

  async #startAccount(id: string, channel: Channel, accountId: string): Promise<void> {
    try {
      await this.#wait(() => channel.startAccount(accountId), accountStartTimeoutMs, 'it did not start')
    } catch (error) {
      this.#report(id, error, 'Account did not start; the others go on', { accountId })
    }
  }

  /** A stop is no failure of the channel. */
  #report(channel: string, error: unknown, message: string, fields: object = {}): void {
    if (!this.#options.signal.aborted) this.#options.log.error({ err: error, channel, ...fields }, message)
  }

  #accountsOf(id: string, channel: Channel): ReturnType<Channel['accounts']> {
    return this.#wait(() => channel.accounts(), accountsTimeoutMs, `channel ${id} did not list its accounts`)
  }

  async #idsOf(id: string, channel: Channel): Promise<string[]> {
    return (await this.#accountsOf(id, channel)).map(({ accountId }) => accountId)
  }

  #find(named: string | undefined): Found {
    const found = this.#lookUp(named)
    if (found instanceof MoltbotError) throw found
    return found
  }

  /** @returns the error where there is none @throws `stopping`: an account that is gone with the gateway is not unknown */
  #lookUp(named: string | undefined): Found | MoltbotError {
    if (this.#isStopped) throw new MoltbotError('stopping', 'the gateway is stopping', { retryable: true })
    const accountId = named ?? this.defaultAccountId
    const known = this.accountIds
    if (accountId === undefined && known.length > 1)
      return new MoltbotError('account-needed', `say which account: ${known.join(', ')}`)
    const wanted = accountId ?? known[0]
    const [found] = [...this.#channels].filter(([, { channel }]) =>
      channel.accountIds.some((id) => id === wanted),
    )
    if (found === undefined || wanted === undefined) return unknownAccount(accountId, known)
    const [id, { channel }] = found
    return { id, channel, accountId: wanted }
  }

  /** @throws what `work` throws, if an account is named; otherwise an account that does not run is left out */
  async #ofDesks<Name extends 'outbox' | 'webhooks', Result>(
    name: Name,
    wanted: string | undefined,
    work: (desk: NonNullable<Channel[Name]>, accountId: string) => Promise<readonly Result[]>,
  ): Promise<readonly Result[]> {
    if (wanted !== undefined) {
      const { channel, accountId } = this.#find(wanted)
      const desk = channel[name]
      return desk ? work(desk, accountId) : []
    }
    const results = [...this.#channels.values()].flatMap(({ channel }) => {
      const desk = channel[name]
      return desk ? channel.accountIds.map((accountId) => work(desk, accountId).catch(() => [])) : []
    })
    return (await Promise.all(results)).flat()
  }

  async #stop(id: string, channel: Channel, options: StopOptions): Promise<void> {
    try {
      const otherwise = 'it did not stop'
      await withDeadline(() => channel.stop(options), { ms: options.deadlineMs + stopGraceMs, otherwise })
    } catch (error) {
      this.#options.log.error({ err: error, channel: id }, 'Channel did not stop cleanly')
    }
  }

  #wait<Result>(work: () => Promise<Result>, ms: number, otherwise: string): Promise<Result> {
    return withDeadline(work, { ms, otherwise, signal: this.#options.signal })
  }
}

/** @param all of those that there are */
export function unknownAccount(accountId: string | undefined, all: readonly string[]): MoltbotError {
  const named = accountId === undefined || all.length === 0 ? 'at all' : JSON.stringify(accountId)
  const others = all.join(', ')
  const known = others === '' ? '' : `; there is ${others}`
  return new MoltbotError('account-unknown', `there is no account ${named}${known}`)
}
