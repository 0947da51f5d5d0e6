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
  type ExplainedDecision,
  type ExplainRequest,
  MoltbotError,
  type SendReceipt,
  type SendRequest,
} from '@moltbot/channel-sdk'
import type { AddressRules } from '@moltbot/channel-sdk/url-guard'
import { Account, type AccountOptions } from './account.ts'
import { normalizeId } from './config/ids.ts'
import { defaultAccountId, resolveAccounts, writtenAccounts } from './config/resolve.ts'
import type { WechatConfig } from './config/schema.ts'
import { approvedNotice, inLanguage } from './outbound/notices.ts'
import { openSqliteStore } from './store/sqlite-store.ts'

export const channelId = 'wechat'

/** Ended rows are kept this long: de-duplication and the operator's questions reach back as far. */
const keepEndedMs = 7 * 24 * 60 * 60_000
const pruneEveryMs = 60 * 60_000

/** What of the world around can be replaced. */
export interface Surroundings extends Pick<AccountOptions, 'createPuppet'> {
  /** Where URLs in replies may lead. Defaults to the public internet. */
  readonly addresses?: AddressRules
}

export async function createChannel(
  host: ChannelHost,
  config: WechatConfig,
  { addresses = {}, ...surroundings }: Surroundings = {},
): Promise<Channel<WechatConfig>> {
  const { store, corruptCopy } = openSqliteStore(join(host.stateDir, 'wechat.sqlite'))
  if (corruptCopy !== undefined) {
    host.log.error(
      { code: 'database-damaged', kept: corruptCopy },
      'the journal was damaged; a new one was begun',
    )
  }
  const clock = { now: Date.now, random: Math.random }
  const runId = randomUUID()
  const shared = { ...surroundings, ...clock, channelId, host, store, addresses, runId }
  return new WechatChannel(shared, config)
}

class WechatChannel implements Channel<WechatConfig> {
  readonly #shared: Omit<AccountOptions, 'account'>
  readonly #pruning: NodeJS.Timeout
  #config: WechatConfig
  /** In the configuration's order. */
  #accounts: ReadonlyMap<string, Account>

  constructor(shared: Omit<AccountOptions, 'account'>, config: WechatConfig) {
    this.#shared = shared
    this.#config = config
    this.#accounts = this.#build(config, new Map())
    this.#pruning = setInterval(() => this.#prune(), pruneEveryMs)
    this.#pruning.unref()
    this.#prune()
  }

  get defaultAccountId(): string | undefined {
    return defaultAccountId(this.#config)
  }

  accounts(): Promise<readonly AccountSnapshot[]> {
    return Promise.all([...this.#accounts.values()].map((account) => account.snapshot()))
  }

  async reconfigure(config: WechatConfig): Promise<readonly string[]> {
    const touched = touchedAccounts(this.#config, config)
    await Promise.all(touched.map((id) => this.stopAccount(id)))
    const untouched = [...this.#accounts].filter(([id]) => !touched.includes(id))
    this.#config = config
    this.#accounts = this.#build(config, new Map(untouched))
    for (const id of touched) {
      const account = this.#accounts.get(id)
      if (account?.resolved.enabled) await account.start()
    }
    return touched
  }

  async startAccount(accountId: string): Promise<void> {
    const account = this.#enabled(accountId)
    if (!account.isStopped) return account.start()
    const afresh = new Account({ ...this.#shared, account: account.resolved })
    this.#accounts = new Map([...this.#accounts, [accountId, afresh]])
    return afresh.start()
  }

  async stopAccount(accountId: string): Promise<void> {
    await this.#accounts.get(accountId)?.stop(defaultStopMs)
  }

  async submitVerifyCode(accountId: string, code: string): Promise<void> {
    this.#enabled(accountId).submitVerifyCode(code)
  }

  async send({ accountId, to, text, media }: SendRequest): Promise<SendReceipt> {
    const account = this.#enabled(accountId)
    const id = normalizeId(to)
    const kind = await this.#shared.store.kindOf(accountId, id)
    const groupId = randomUUID()
    const chunks = await account.enqueue({ kind: kind ?? 'direct', id }, groupId, text, media)
    if (chunks === 0) throw new MoltbotError('nothing-to-send', 'there is neither a text nor a file')
    return account.confirm(groupId)
  }

  async logout(accountId: string): Promise<void> {
    await this.#enabled(accountId).logout()
  }

  async probe(accountId: string): Promise<void> {
    await this.#enabled(accountId).probe()
  }

  async explain(request: ExplainRequest): Promise<ExplainedDecision> {
    return this.#enabled(request.accountId).explain(request)
  }

  async notifyApproved(accountId: string, senderId: string): Promise<void> {
    const account = this.#enabled(accountId)
    const text = inLanguage(approvedNotice, account.resolved.replyLanguage, '')
    await account.enqueue({ kind: 'direct', id: senderId }, randomUUID(), text)
  }

  async stop({ deadlineMs }: { readonly deadlineMs: number }): Promise<void> {
    clearInterval(this.#pruning)
    await Promise.all([...this.#accounts.values()].map((account) => account.stop(deadlineMs)))
    await this.#shared.store.close()
  }

  #enabled(accountId: string): Account {
    const account = this.#accounts.get(accountId)
    if (account === undefined) {
      const known = [...this.#accounts.keys()].join(', ')
      throw new MoltbotError('account-unknown', `there is no account "${accountId}"; there is ${known}`)
    }
    if (!account.resolved.enabled)
      throw new MoltbotError('account-disabled', `account "${accountId}" is disabled`)
    return account
  }

  /** @param kept accounts that go on as they are */
  #build(config: WechatConfig, kept: ReadonlyMap<string, Account>): ReadonlyMap<string, Account> {
    return new Map(
      resolveAccounts(config).map((account) => [
        account.id,
        kept.get(account.id) ?? new Account({ ...this.#shared, account }),
      ]),
    )
  }

  #prune(): void {
    const { store, host } = this.#shared
    const historyKept = Math.max(0, ...[...this.#accounts.values()].map(longestHistory))
    store.prune(Date.now() - keepEndedMs, historyKept).catch((error: unknown) => {
      host.log.error({ error: String(error) }, 'old rows could not be removed')
    })
  }
}

const defaultStopMs = 2_000

/** Accounts that are new, gone, or differ in what holds for them, wherever it is written. */
function touchedAccounts(before: WechatConfig, after: WechatConfig): string[] {
  const [old, fresh] = [new Map(writtenAccounts(before)), new Map(writtenAccounts(after))]
  const ids = new Set([...old.keys(), ...fresh.keys()])
  return [...ids].filter((id) => !isDeepStrictEqual(old.get(id), fresh.get(id)))
}

/** Of all its groups. */
function longestHistory({ resolved: { historyLimit, groups } }: Account): number {
  return Math.max(historyLimit, ...[...groups.values()].map((entry) => entry.historyLimit ?? 0))
}
