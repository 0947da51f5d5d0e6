/**
 * The running channel: its accounts by id, over one store. Small; each room does its own work.
 */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
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
import { Account } from './account.ts'
import { defaultAccountId, resolveAccounts } from './config/resolve.ts'
import type { WechatConfig } from './config/schema.ts'
import { approvedNotice, inLanguage } from './outbound/notices.ts'
import { openSqliteStore } from './store/sqlite-store.ts'
import type { Store } from './store/store.ts'

export const channelId = 'wechat'

/** Ended rows are kept this long: de-duplication and the operator's questions reach back as far. */
const keepEndedMs = 7 * 24 * 60 * 60_000
const pruneEveryMs = 60 * 60_000

export async function createChannel(host: ChannelHost, config: WechatConfig): Promise<Channel> {
  const { store, corruptCopy } = openSqliteStore(join(host.stateDir, 'wechat.sqlite'))
  if (corruptCopy !== undefined) {
    host.log.error(
      { code: 'database-damaged', kept: corruptCopy },
      'the journal was damaged; a new one was begun',
    )
  }
  const shared = { channelId, host, store, now: Date.now, random: Math.random }
  const accounts = resolveAccounts(config).map((account) => new Account({ ...shared, account }))
  return new WechatChannel(host, store, accounts, defaultAccountId(config))
}

class WechatChannel implements Channel {
  readonly defaultAccountId: string | undefined
  readonly #host: ChannelHost
  readonly #store: Store
  readonly #accounts: ReadonlyMap<string, Account>
  readonly #pruning: NodeJS.Timeout

  constructor(
    host: ChannelHost,
    store: Store,
    accounts: readonly Account[],
    defaultAccountId: string | undefined,
  ) {
    this.defaultAccountId = defaultAccountId
    this.#host = host
    this.#store = store
    this.#accounts = new Map(accounts.map((account) => [account.resolved.id, account]))
    this.#pruning = setInterval(() => this.#prune(), pruneEveryMs)
    this.#pruning.unref()
    this.#prune()
  }

  accounts(): Promise<readonly AccountSnapshot[]> {
    return Promise.all([...this.#accounts.values()].map((account) => account.snapshot()))
  }

  async startAccount(accountId: string): Promise<void> {
    this.#enabled(accountId).start()
  }

  async stopAccount(accountId: string): Promise<void> {
    await this.#accounts.get(accountId)?.stop(defaultStopMs)
  }

  async submitVerifyCode(accountId: string, code: string): Promise<void> {
    this.#enabled(accountId).submitVerifyCode(code)
  }

  async send({ accountId, to, text }: SendRequest): Promise<SendReceipt> {
    const account = this.#enabled(accountId)
    const kind = await this.#store.kindOf(accountId, to)
    const groupId = randomUUID()
    const chunks = await account.enqueue({ kind: kind ?? 'direct', id: to }, groupId, text)
    if (chunks === 0) throw new MoltbotError('nothing-to-send', 'the text is blank')
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
    await this.#store.close()
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

  #prune(): void {
    this.#store.prune(Date.now() - keepEndedMs).catch((error: unknown) => {
      this.#host.log.error({ error: String(error) }, 'old rows could not be removed')
    })
  }
}

const defaultStopMs = 2_000
