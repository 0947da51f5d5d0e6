/**
 * All channels of the gateway as one: started account by account, so that none can keep another from working.
 */

import { isDeepStrictEqual } from 'node:util'
import {
  type Channel,
  type ChannelHost,
  type ChannelPlugin,
  type ExplainedDecision,
  type Logger,
  MoltbotError,
  type SendReceipt,
} from '@moltbot/channel-sdk'
import type { ChannelAccount } from '../control/status.ts'
import type { ExplainOrder, SendOrder } from '../control/target.ts'
import { settleWithin } from './settle.ts'

export interface Channels {
  /** Starts every enabled account. Resolves when all are supervised, failed, or took too long; never throws. */
  start(): Promise<void>
  /**
   * Takes other configurations: what they change is opened, restarted or stopped, account by account.
   * @returns `channel/account` of those that were touched
   * @throws what a channel says; the channels before it have changed, the others keep what they had.
   */
  reconfigure(configs: ReadonlyMap<string, unknown>): Promise<string[]>
  accounts(): Promise<ChannelAccount[]>
  /** The account of a command that names none; undefined where several channels have one. */
  readonly defaultAccountId: string | undefined
  /** These four take the default account where none is named. @throws `account-needed`, `account-unknown` */
  send(order: SendOrder): Promise<SendReceipt>
  explain(order: ExplainOrder): Promise<ExplainedDecision>
  /** @returns the id of the account that it was */
  logout(accountId: string | undefined): Promise<string>
  /** @throws also why the account gives no sign of life */
  probe(accountId: string | undefined): Promise<void>
  notifyApproved(accountId: string, senderId: string): Promise<void>
  /** @throws `account-unknown`, `no-code-wanted` */
  submitVerifyCode(accountId: string, code: string): Promise<void>
  /** Resolves at the latest a moment after the deadline, whatever a channel does; never throws. */
  stop(options: { readonly deadlineMs: number }): Promise<void>
}

/** A start that takes longer goes on in the background; the gateway does not wait for it. */
const accountStartTimeoutMs = 10_000
const accountsTimeoutMs = 2_000
/** For a channel that is no longer configured. */
const stopDeadlineMs = 2_000
/** What a channel gets beyond the deadline that it was told. */
const stopGraceMs = 200

export interface ChannelsOptions {
  readonly plugins: readonly ChannelPlugin[]
  /** Checked values by channel id; a plugin without one gets no channel. */
  readonly configs: ReadonlyMap<string, unknown>
  readonly hostOf: (channelId: string) => ChannelHost
  readonly log: Logger
}

/**
 * Creates the channel of each plugin that has a configuration, in order.
 * @throws what a channel threw; the ones before it are stopped again.
 */
export async function createChannels(options: ChannelsOptions): Promise<Channels> {
  const { plugins, configs, hostOf, log } = options
  const channels: OpenChannels = new Map()
  for (const plugin of plugins) {
    if (!configs.has(plugin.id)) continue
    const config = configs.get(plugin.id)
    try {
      channels.set(plugin.id, { channel: await plugin.create(hostOf(plugin.id), config), config })
    } catch (error) {
      await stopAll(channels, 0, log)
      throw error
    }
  }
  return {
    start: () => startAll(channels, log),
    reconfigure: (configs) => reconfigureAll(channels, { ...options, configs }),
    accounts: () => accountsOf(channels),
    get defaultAccountId() {
      return defaultAccountId(channels)
    },
    send: async (order) => {
      const { channel, accountId } = await find(channels, order.accountId)
      return channel.send({ ...order, accountId })
    },
    explain: async (order) => {
      const { channel, accountId } = await find(channels, order.accountId)
      return channel.explain({ ...order, accountId })
    },
    logout: async (wanted) => {
      const { channel, accountId } = await find(channels, wanted)
      await channel.logout(accountId)
      return accountId
    },
    probe: async (wanted) => {
      const { channel, accountId } = await find(channels, wanted)
      await channel.probe(accountId)
    },
    notifyApproved: async (accountId, senderId) => {
      const { channel } = await find(channels, accountId)
      await channel.notifyApproved(accountId, senderId)
    },
    submitVerifyCode: async (accountId, code) => {
      const { channel } = await find(channels, accountId)
      await channel.submitVerifyCode(accountId, code)
    },
    stop: ({ deadlineMs }) => stopAll(channels, deadlineMs, log),
  }
}

interface OpenChannel {
  readonly channel: Channel
  /** What it runs with. */
  readonly config: unknown
}

type OpenChannels = Map<string, OpenChannel>

async function startAll(channels: OpenChannels, log: Logger): Promise<void> {
  await Promise.all(
    [...channels].map(([id, { channel }]) => startChannel(channel, log.child({ channel: id }))),
  )
}

async function reconfigureAll(channels: OpenChannels, options: ChannelsOptions): Promise<string[]> {
  const touched: string[] = []
  for (const plugin of options.plugins) {
    const accounts = await reconfigureOne(channels, plugin, options)
    touched.push(...accounts.map((accountId) => `${plugin.id}/${accountId}`))
  }
  return touched
}

async function reconfigureOne(
  channels: OpenChannels,
  plugin: ChannelPlugin,
  { configs, hostOf, log }: ChannelsOptions,
): Promise<readonly string[]> {
  const { id } = plugin
  const open = channels.get(id)
  const config = configs.get(id)
  if (isDeepStrictEqual(open?.config, config)) return []
  if (open === undefined) {
    const channel = await plugin.create(hostOf(id), config)
    channels.set(id, { channel, config })
    await startChannel(channel, log.child({ channel: id }))
    return idsOf(channel)
  }
  if (config === undefined) {
    channels.delete(id)
    const accounts = await idsOf(open.channel)
    await stopAll(new Map([[id, open]]), stopDeadlineMs, log)
    return accounts
  }
  const accounts = await open.channel.reconfigure(config)
  channels.set(id, { ...open, config })
  return accounts
}

async function idsOf(channel: Channel): Promise<string[]> {
  return (await channel.accounts()).map(({ accountId }) => accountId)
}

async function startChannel(channel: Channel, log: Logger): Promise<void> {
  const { value: accounts = [], error } = await settleWithin(accountsTimeoutMs, async () =>
    channel.accounts(),
  )
  if (error !== undefined) log.error({ err: error }, 'Channel does not tell its accounts; none is started')
  await Promise.all(
    accounts
      .filter(({ state }) => state !== 'disabled')
      .map(async ({ accountId }) => {
        const outcome = await settleWithin(accountStartTimeoutMs, async () => channel.startAccount(accountId))
        if (outcome.error === undefined) return
        log.error({ err: outcome.error, accountId }, 'Account did not start; the others go on')
      }),
  )
}

async function accountsOf(channels: OpenChannels): Promise<ChannelAccount[]> {
  const lists = [...channels].map(async ([id, { channel }]) => {
    const { value, error } = await settleWithin(accountsTimeoutMs, async () => channel.accounts())
    if (value === undefined) throw error
    return value.map((account) => ({ ...account, channel: id }))
  })
  return (await Promise.all(lists)).flat()
}

function defaultAccountId(channels: OpenChannels): string | undefined {
  const [first, second] = [...channels.values()].flatMap(({ channel }) => channel.defaultAccountId ?? [])
  return second === undefined ? first : undefined
}

async function find(
  channels: OpenChannels,
  named: string | undefined,
): Promise<{ channel: Channel; accountId: string }> {
  const accountId = named ?? defaultAccountId(channels)
  const all = await accountsOf(channels)
  const wanted = accountId === undefined ? all : all.filter((account) => account.accountId === accountId)
  const [first, second] = wanted
  const channel = channels.get(first?.channel ?? '')?.channel
  if (first === undefined || channel === undefined) {
    throw unknownAccount(accountId, all)
  }
  if (accountId === undefined && second !== undefined) {
    const names = all.map((account) => account.accountId).join(', ')
    throw new MoltbotError('account-needed', `say which account: ${names}`)
  }
  return { channel, accountId: first.accountId }
}

/** @param all of those that there are */
export function unknownAccount(
  accountId: string | undefined,
  all: readonly { readonly accountId: string }[],
): MoltbotError {
  const named = accountId === undefined || all.length === 0 ? 'at all' : JSON.stringify(accountId)
  const others = all.map((account) => account.accountId).join(', ')
  const known = others === '' ? '' : `; there is ${others}`
  return new MoltbotError('account-unknown', `there is no account ${named}${known}`)
}

async function stopAll(channels: OpenChannels, deadlineMs: number, log: Logger): Promise<void> {
  await Promise.all(
    [...channels].map(async ([id, { channel }]) => {
      const stop = async () => channel.stop({ deadlineMs })
      const { error } = await settleWithin(deadlineMs + stopGraceMs, stop)
      if (error !== undefined) log.error({ err: error, channel: id }, 'Channel did not stop cleanly')
    }),
  )
}
