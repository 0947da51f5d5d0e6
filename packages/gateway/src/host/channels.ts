/**
 * All channels of the gateway as one: started account by account, so that none can keep another from working.
 */

import {
  type Channel,
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
/** What a channel gets beyond the deadline that it was told. */
const stopGraceMs = 200

/**
 * Creates the channel of each plugin that has a configuration, in order.
 * @throws what a channel threw; the ones before it are stopped again.
 */
export async function createChannels(
  plugins: readonly ChannelPlugin[],
  create: (plugin: ChannelPlugin) => Promise<Channel>,
  log: Logger,
): Promise<Channels> {
  const channels = new Map<string, Channel>()
  for (const plugin of plugins) {
    try {
      channels.set(plugin.id, await create(plugin))
    } catch (error) {
      await stopAll(channels, 0, log)
      throw error
    }
  }
  return {
    start: () => startAll(channels, log),
    accounts: () => accountsOf(channels),
    defaultAccountId: defaultAccountId(channels),
    send: async ({ accountId, to, text }) => {
      const found = await find(channels, accountId)
      return found.channel.send({ accountId: found.accountId, to, text })
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

async function startAll(channels: ReadonlyMap<string, Channel>, log: Logger): Promise<void> {
  await Promise.all([...channels].map(([id, channel]) => startChannel(channel, log.child({ channel: id }))))
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

async function accountsOf(channels: ReadonlyMap<string, Channel>): Promise<ChannelAccount[]> {
  const lists = [...channels].map(async ([id, channel]) => {
    const { value, error } = await settleWithin(accountsTimeoutMs, async () => channel.accounts())
    if (value === undefined) throw error
    return value.map((account) => ({ ...account, channel: id }))
  })
  return (await Promise.all(lists)).flat()
}

function defaultAccountId(channels: ReadonlyMap<string, Channel>): string | undefined {
  const [first, second] = [...channels.values()].flatMap((channel) => channel.defaultAccountId ?? [])
  return second === undefined ? first : undefined
}

async function find(
  channels: ReadonlyMap<string, Channel>,
  named: string | undefined,
): Promise<{ channel: Channel; accountId: string }> {
  const accountId = named ?? defaultAccountId(channels)
  const all = await accountsOf(channels)
  const wanted = accountId === undefined ? all : all.filter((account) => account.accountId === accountId)
  const [first, second] = wanted
  const channel = channels.get(first?.channel ?? '')
  if (first === undefined || channel === undefined) {
    throw new MoltbotError('account-unknown', `there is no account ${accountId ?? 'at all'}`)
  }
  if (accountId === undefined && second !== undefined) {
    const names = all.map((account) => account.accountId).join(', ')
    throw new MoltbotError('account-needed', `say which account: ${names}`)
  }
  return { channel, accountId: first.accountId }
}

async function stopAll(
  channels: ReadonlyMap<string, Channel>,
  deadlineMs: number,
  log: Logger,
): Promise<void> {
  await Promise.all(
    [...channels].map(async ([id, channel]) => {
      const stop = async () => channel.stop({ deadlineMs })
      const { error } = await settleWithin(deadlineMs + stopGraceMs, stop)
      if (error !== undefined) log.error({ err: error, channel: id }, 'Channel did not stop cleanly')
    }),
  )
}
