/**
 * One account, wired: the supervised connection, the inbox, the lanes and the outbox. It shares nothing with another
 * account but the store and the host, and every call to those names the account.
 */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  AccountEvent,
  AccountSnapshot,
  AccountStatus,
  ChannelHost,
  Conversation,
  ExplainedDecision,
  ExplainRequest,
  Logger,
  ReplyMedia,
  SendReceipt,
} from '@moltbot/channel-sdk'
import { messageOf } from '@moltbot/channel-sdk'
import type { AddressRules } from '@moltbot/channel-sdk/url-guard'
import type { ResolvedAccount } from './config/resolve.ts'
import { explainMessage } from './inbound/explain.ts'
import { Inbox } from './inbound/inbox.ts'
import type { IdStability } from './model/ids.ts'
import type { AccountLink } from './model/link.ts'
import { Composer } from './outbound/compose.ts'
import { confirmSent } from './outbound/confirm.ts'
import { Outbox } from './outbound/outbox.ts'
import { OutgoingFiles } from './outbound/outgoing-files.ts'
import type { PuppetCapabilities } from './puppets/capabilities.ts'
import { createPuppet } from './puppets/registry.ts'
import type { Store } from './store/store.ts'
import { Lanes } from './turns/lanes.ts'
import { answer } from './turns/turns.ts'
import type { TurnsOptions } from './turns/turns-options.ts'
import { AccountWarnings } from './warnings/account-warnings.ts'
import { drawQr } from './wechaty/qr.ts'
import { Supervisor } from './wechaty/supervisor.ts'

export interface AccountOptions {
  readonly channelId: string
  readonly account: ResolvedAccount
  readonly host: ChannelHost
  readonly store: Store
  /** Defaults to the registry's, by the name in the configuration. */
  readonly createPuppet?: typeof createPuppet
  readonly now: () => number
  readonly random: () => number
  /** Of the channel, in this process. */
  readonly runId: string
  /** Where URLs in replies may lead. */
  readonly addresses: AddressRules
}

/** Of the deadline of a stop, the part that sends in flight may use. */
const sendPartOfStop = 0.5

export class Account {
  readonly resolved: ResolvedAccount
  readonly #options: AccountOptions
  readonly #log: Logger
  readonly #outbox: Outbox
  readonly #outgoing: OutgoingFiles
  readonly #lanes: Lanes
  readonly #inbox: Inbox
  readonly #supervisor: Supervisor
  #link: AccountLink | undefined
  /** Of the puppet, once there was one. */
  #capabilities: PuppetCapabilities | undefined
  readonly #composer: Composer
  readonly #warnings: AccountWarnings
  #shownQr: string | undefined
  readonly #stopping = new AbortController()
  #swept: Promise<void> | undefined

  constructor(options: AccountOptions) {
    const { account, host, store, now } = options
    this.resolved = account
    this.#options = options
    const log = host.log.child({ accountId: account.id })
    this.#log = log
    this.#outgoing = new OutgoingFiles({
      folder: this.#folder('outgoing'),
      maxBytes: () => Math.min(account.mediaMaxBytes, this.#capabilities?.maxMediaBytes ?? Infinity),
      runId: options.runId,
      addresses: options.addresses,
    })
    this.#composer = new Composer({
      account,
      shape: () => this.#capabilities,
      sendsLeft: (conversation) => this.#link?.sendsLeft(conversation),
      outgoing: this.#outgoing,
    })
    const toolNames = host.toolNames?.bind(host)
    this.#warnings = new AccountWarnings({ account, store, toolNames, log, now })
    const report: ChannelHost['report'] = (event) => host.report(event)
    this.#outbox = new Outbox({ accountId: account.id, store, report, log, now })
    this.#lanes = new Lanes({
      debounceMs: () => host.debounceMs,
      ready: (conversation, signal) => this.#outbox.drained(conversation, signal),
      answer: (conversation, take, signal) => answer(this.#turnsOptions(), conversation, take, signal),
      log,
      now,
    })
    this.#inbox = new Inbox({
      account,
      store,
      pairing: host.pairing,
      approveCommand: host.approveCommand,
      commands: { channelId: options.channelId, host, status: () => this.#supervisor.status },
      lanes: this.#lanes,
      wakeOutbox: (message) => this.#outbox.wake(message.conversation),
      report,
      log,
      now,
    })
    this.#supervisor = this.#createSupervisor()
  }

  async snapshot(): Promise<AccountSnapshot> {
    const outbox = await this.#options.store.outboxCounts(this.resolved.id)
    // What it finds shows in the next one.
    if (this.#capabilities !== undefined) void this.#warnings.checkTools()
    return { ...this.#supervisor.status, outbox, warnings: this.#warnings.lines }
  }

  /** It does not start again; a new one takes its place. */
  get isStopped(): boolean {
    return this.#stopping.signal.aborted
  }

  /** Connects, and takes up what the last run left as soon as the puppet has said what it takes. */
  async start(): Promise<void> {
    await this.#warnings.checkPuppet()
    this.#swept ??= this.#sweep()
    await this.#swept
    if (!this.#stopping.signal.aborted) this.#supervisor.start()
  }

  /**
   * Puts a text, and a file after it, into the outbox. Resolves with the number of parts when they are on the disk.
   * @param media the operator's: it may lie anywhere
   * @throws `media-unreadable`, `media-too-large`, and what the URL guard throws
   */
  async enqueue(
    conversation: Conversation,
    groupId: string,
    text: string,
    media?: ReplyMedia,
  ): Promise<number> {
    const { store, now } = this.#options
    const texts = this.#composer.plain(text)
    const file = media && (await this.#outgoing.keepOperators(media, this.#stopping.signal))
    const parts = file === undefined ? texts : [...texts, { file }]
    await store.enqueue(this.resolved.id, conversation, { groupId, parts }, now())
    this.#outbox.wake(conversation)
    return parts.length
  }

  /** What became of the text that was enqueued under this id, after a few seconds at most. @throws `not-sent` */
  confirm(groupId: string): Promise<SendReceipt> {
    return confirmSent({
      progress: () => this.#options.store.progress(this.resolved.id, groupId),
      obstacle: () => {
        const { state, reason } = this.#supervisor.status
        return state === 'online' ? undefined : `the account is ${state}: ${reason}`
      },
      signal: this.#stopping.signal,
    })
  }

  explain(request: ExplainRequest): Promise<ExplainedDecision> {
    const { pairing } = this.#options.host
    return explainMessage(this.resolved, request, {
      bot: this.#supervisor.bot,
      idStability: this.#idStability,
      isApproved: (senderId, loginId) => pairing.isApproved(this.resolved.id, senderId, loginId),
    })
  }

  /** @throws `not-logged-in` */
  logout(): Promise<void> {
    return this.#supervisor.logout()
  }

  /** @throws `not-logged-in`, and why there is no sign of life */
  probe(): Promise<void> {
    return this.#supervisor.probe()
  }

  /** @throws `no-code-wanted` */
  submitVerifyCode(code: string): void {
    this.#supervisor.submitVerifyCode(code)
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#lanes.stop(), this.#outbox.stop(deadlineMs * sendPartOfStop)])
    // A puppet that hangs is left to end by itself: nothing it still says is heard.
    const patienceMs = deadlineMs * (1 - sendPartOfStop)
    await Promise.race([this.#supervisor.stop(), sleep(patienceMs, undefined, { ref: false })])
    await this.#inbox.stop()
  }

  #turnsOptions(): TurnsOptions {
    const { channelId, host, store, now } = this.#options
    return {
      channelId,
      account: this.resolved,
      idStability: () => this.#idStability,
      store,
      host,
      composer: this.#composer,
      link: () => this.#link,
      wakeOutbox: (conversation) => this.#outbox.wake(conversation),
      mediaFolder: this.#folder('media'),
      outgoing: this.#outgoing,
      log: this.#log,
      now,
    }
  }

  /** What a kill has left: copies that no row names, and files of turns, of which none runs yet. */
  async #sweep(): Promise<void> {
    try {
      await rm(this.#folder('media'), { recursive: true, force: true })
      const needed = await this.#options.store.filesToSend(this.resolved.id)
      const removed = await this.#outgoing.sweep(needed)
      if (removed > 0) this.#log.info({ removed }, 'files that an earlier run left were removed')
    } catch (error) {
      this.#log.error({ error: messageOf(error) }, 'what an earlier run left could not be removed')
    }
  }

  get #idStability(): IdStability {
    return this.#capabilities?.idStability ?? 'stable'
  }

  #folder(purpose: string): string {
    return join(this.#options.host.stateDir, purpose, this.resolved.id)
  }

  #createSupervisor(): Supervisor {
    const { host, now, random, createPuppet: create = createPuppet } = this.#options
    const account = this.resolved
    const stateDir = join(host.stateDir, 'accounts', account.id)
    return new Supervisor({
      account,
      createPuppet: (signal) =>
        create(account, { stateDir, configDir: host.configDir, log: this.#log, signal }),
      onPuppet: (capabilities) => {
        this.#capabilities = capabilities
        void this.#warnings.checkIds(capabilities.idStability)
        void this.#warnings.checkTools()
        return this.#inbox.resume()
      },
      onMessage: (message) => {
        this.#warnings.see([message.sender.id, message.conversation.id])
        return this.#inbox.accept(message)
      },
      onSecret: (secret) => host.registerSecret(secret),
      onOnline: (link) => this.#goOnline(link),
      onOffline: () => this.#goOffline(),
      onStatus: (status) => this.#report(status),
      log: this.#log,
      now,
      random,
    })
  }

  #goOnline(link: AccountLink): void {
    const { id, puppet } = this.resolved
    this.#link = link
    this.#outbox.attach(link).catch((error: unknown) => {
      this.#log.error({ error: String(error) }, 'the outbox could not be read')
    })
    this.#options.store.noteLogin(id, puppet).catch((error: unknown) => {
      this.#log.error({ error: messageOf(error) }, 'the login could not be noted')
    })
  }

  #goOffline(): void {
    this.#link = undefined
    this.#outbox.detach()
  }

  #report(status: AccountStatus): void {
    const { host } = this.#options
    host.report({ type: 'state', account: status })
    const event = this.#qrEvent(status)
    if (event !== undefined) host.report(event)
  }

  /** Each QR code is shown once, if the account wants it shown at all. */
  #qrEvent({ qr }: AccountStatus): AccountEvent | undefined {
    if (qr === undefined || qr === this.#shownQr || !this.resolved.qrCode) return undefined
    this.#shownQr = qr
    return { type: 'qr', accountId: this.resolved.id, url: qr, terminal: drawQr(qr) }
  }
}
