/**
 * One run of one account, from the lease of its store to its end: the supervised connection, the inbox, the lanes and the
 * outbox. It shares nothing with another account but the host and the file behind the store.
 */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type {
  AccountEvent,
  AccountSnapshot,
  AccountStatus,
  ChannelHost,
  Conversation,
  DiskBudget,
  ExplainedDecision,
  ExplainRequest,
  Logger,
  SendForecast,
} from '@moltbot/channel-sdk'
import { MoltbotError, messageOf, withDeadline } from '@moltbot/channel-sdk'
import type { AddressRules } from '@moltbot/channel-sdk/url-guard'
import { type LimitLevels, messageCharsOf, turnsPerHourOf } from './config/limits.ts'
import type { ResolvedAccount } from './config/resolve.ts'
import { runCommand } from './inbound/commands.ts'
import { explainMessage } from './inbound/explain.ts'
import { Gate } from './inbound/gate.ts'
import { Inbox } from './inbound/inbox.ts'
import type { OwnBots } from './inbound/own-bots.ts'
import type { IdStability } from './model/ids.ts'
import type { AccountLink } from './model/link.ts'
import { Composer } from './outbound/compose.ts'
import { forecastOf, refusalFor } from './outbound/forecast.ts'
import { ManualSends } from './outbound/manual-sends.ts'
import { Outbox } from './outbound/outbox.ts'
import { OutboxDesk } from './outbound/outbox-desk.ts'
import { OutgoingFiles } from './outbound/outgoing-files.ts'
import { Silence } from './outbound/silence.ts'
import type { PuppetCapabilities } from './puppets/capabilities.ts'
import { createPuppet } from './puppets/registry.ts'
import type { SteadyClock } from './steady-clock.ts'
import type { Blobs } from './store/blobs.ts'
import { outgoingBlobs } from './store/outgoing-blobs.ts'
import type { ShownFiles } from './store/shown-files.ts'
import type { AccountStore } from './store/store.ts'
import { Lanes } from './turns/lanes.ts'
import { TurnRunner } from './turns/runner.ts'
import { hourMs } from './turns/screening.ts'
import { AccountWarnings } from './warnings/account-warnings.ts'
import type { Attempts } from './webhooks/delivery.ts'
import { Webhooks } from './webhooks/webhooks.ts'
import { drawQr } from './wechaty/qr.ts'
import { Supervisor } from './wechaty/supervisor.ts'

export interface RunOptions {
  readonly channelId: string
  readonly account: ResolvedAccount
  readonly host: ChannelHost
  readonly store: AccountStore
  /** Shared by all accounts. */
  readonly ownBots: OwnBots
  /** Defaults to the registry's, by the name in the configuration. */
  readonly createPuppet?: typeof createPuppet
  readonly now: () => number
  /** Absent: the clock is never set. */
  readonly onClockSet?: SteadyClock['onSet']
  readonly random: () => number
  /** Names this process's run of the channel. */
  readonly runId: string
  /** Where URLs in replies may lead. */
  readonly addresses: AddressRules
  /** Room for files, shared by all accounts. */
  readonly disk: DiskBudget
  /** Attempts to deliver events to webhooks, shared by all accounts. */
  readonly webhookAttempts: Attempts
  /** Files that the operator may look at, of all accounts. */
  readonly shown?: ShownFiles
}

/** Part of a stop's deadline that sends in flight may use; the puppet has the rest. */
const sendPartOfStop = 0.5
/** What is kept of it to give the store back. */
const releaseMs = 50

export class AccountRun {
  readonly #options: RunOptions
  readonly #log: Logger
  readonly #blobs: Blobs
  readonly #outbox: Outbox
  readonly #silence: Silence
  readonly #webhooks: Webhooks
  readonly #desk: OutboxDesk
  readonly #manual: ManualSends
  readonly #outgoing: OutgoingFiles
  readonly #runner: TurnRunner
  readonly #lanes: Lanes
  readonly #inbox: Inbox
  readonly #supervisor: Supervisor
  #link: AccountLink | undefined
  /** What the puppet can do, once there was one. */
  #capabilities: PuppetCapabilities | undefined
  readonly #composer: Composer
  readonly #warnings: AccountWarnings
  readonly #gate: Gate
  readonly #limits: LimitLevels
  #shownQr: string | undefined
  /** Nothing new is begun any more; what runs goes on until `#stopping`. */
  readonly #draining = new AbortController()
  readonly #stopping = new AbortController()
  readonly #mayAct = (): boolean => {
    const { host, account } = this.#options
    return host.holds?.mayAct(account.id) ?? true
  }

  constructor(options: RunOptions) {
    const { channelId, account, host, store, now, onClockSet, ownBots } = options
    this.#options = options
    this.#gate = new Gate({ account, pairing: host.pairing, ownBots })
    this.#limits = () => [account.limits, host.limits]
    const log = host.log.child({ accountId: account.id })
    this.#log = log
    this.#blobs = outgoingBlobs({ ...options, mayAct: this.#mayAct })
    this.#outgoing = new OutgoingFiles({
      blobs: this.#blobs,
      maxBytes: () => Math.min(account.mediaMaxBytes, this.#capabilities?.maxMediaBytes ?? Infinity),
      addresses: options.addresses,
    })
    this.#composer = new Composer({
      account,
      shape: () => this.#capabilities,
      sendsLeft: (conversation) => this.#sendsLeft(conversation),
      outgoing: this.#outgoing,
    })
    const toolNames = host.toolNames?.bind(host)
    this.#warnings = new AccountWarnings({ account, store, toolNames, log, now })
    const report: ChannelHost['report'] = (event) => host.report(event)
    this.#silence = new Silence({
      onChange: (isSilent) => this.#supervisor.sendsUnconfirmed(isSilent),
      note: (state) => store.noteSilence(state),
    })
    for (const { secret } of account.webhooks) host.registerSecret(secret)
    this.#webhooks = new Webhooks({
      accountId: account.id,
      webhooks: account.webhooks,
      store,
      addresses: options.addresses,
      attempts: options.webhookAttempts,
      mayAct: this.#mayAct,
      log,
      now,
      stopping: this.#stopping.signal,
    })
    this.#outbox = new Outbox({
      account,
      store,
      blobs: this.#blobs,
      textLimit: () => this.#composer.limit,
      ...(options.shown && { shown: options.shown }),
      report,
      mayAct: this.#mayAct,
      webhooks: this.#webhooks,
      silence: this.#silence,
      log,
      now,
      ...(onClockSet && { onClockSet }),
    })
    const wake = (conversation: Conversation) => this.#outbox.wake(conversation)
    const obstacle = () => this.#obstacle
    this.#desk = new OutboxDesk({ store, blobs: this.#blobs, log, now, obstacle, wake })
    const { signal: stopping } = this.#stopping
    this.#manual = new ManualSends({
      store,
      composer: this.#composer,
      outgoing: this.#outgoing,
      desk: this.#desk,
      wake,
      obstacle,
      forecast: (conversation) => this.#forecast(conversation),
      now,
      stopping,
    })
    this.#runner = this.#createRunner()
    this.#lanes = new Lanes({
      debounceMs: () => host.debounceMs,
      mediaWaitMs: () => host.mediaWaitMs,
      ready: (conversation, signal) => this.#outbox.drained(conversation, signal),
      answer: (conversation, take, signal) => this.#runner.answer(conversation, take, signal),
      log,
      now,
      draining: this.#draining.signal,
      stopping,
    })
    const abortTurn = (conversation: Conversation) => this.#lanes.abort(conversation)
    const takeBackAnswer = (conversation: Conversation) => this.#desk.takeBackAnswer(conversation)
    const commands = {
      channelId,
      host,
      abortTurn,
      takeBackAnswer,
      status: () => this.#supervisor.status,
      sendsLeft: (conversation: Conversation) => this.#sendsLeft(conversation),
    }
    this.#inbox = new Inbox({
      account,
      store,
      gate: this.#gate,
      pairing: host.pairing,
      messageChars: () => messageCharsOf(this.#limits),
      onRefused: ({ id }) => void this.#link?.forgetMessage?.(id),
      runCommand: (command, message) => runCommand(command, message, commands),
      lanes: this.#lanes,
      wakeOutbox: ({ conversation }, partsWait) => this.#outbox.heard(conversation, partsWait),
      webhooks: this.#webhooks,
      report,
      log,
      now,
      stopping,
    })
    this.#supervisor = this.#createSupervisor()
  }

  get status(): AccountStatus {
    return this.#supervisor.status
  }

  /** Resolves when nothing of it runs any more, which may be later than `stop`: a puppet that hung is left behind. */
  get gone(): Promise<void> {
    return this.#supervisor.gone
  }

  async snapshot(): Promise<AccountSnapshot> {
    const { store } = this.#options
    const [outbox, setAside, limits, ofWebhooks] = await Promise.all([
      store.outboxCounts(),
      store.setAsideCount(),
      this.#link?.sendLimits?.(),
      this.#webhooks.warnings(),
    ])
    // What it finds shows in the next one.
    if (this.#capabilities !== undefined) void this.#warnings.checkTools()
    this.#warnings.checkClock(this.#link?.clockOffsetMs?.())
    return {
      ...this.#supervisor.status,
      outbox,
      setAside,
      warnings: [...this.#warnings.lines, ...ofWebhooks],
      ...(limits !== undefined && { limits }),
    }
  }

  /** Connects, and takes up what the last run left as soon as the puppet has said what it takes. */
  async start(): Promise<void> {
    await this.#warnings.checkPuppet()
    await this.#outbox.restore()
    await this.#webhooks.start()
    await this.#sweep()
    if (!this.#stopping.signal.aborted) this.#supervisor.start()
  }

  /** Events that are not delivered to programs. */
  get webhooks(): Webhooks {
    return this.#webhooks
  }

  /** See `Channel`. */
  async receiveAgain(received: string): Promise<void> {
    if (this.#link?.receiveAgain !== undefined) return this.#link.receiveAgain(JSON.parse(received))
    throw new MoltbotError('account-not-running', 'the account is not connected', { retryable: true })
  }

  /** Texts that an operator sends by hand. */
  get manual(): ManualSends {
    return this.#manual
  }

  /** What people can do with parts that are not sent. */
  get desk(): OutboxDesk {
    return this.#desk
  }

  explain(request: ExplainRequest): Promise<ExplainedDecision> {
    const { account, channelId, host, ownBots, store, now } = this.#options
    return explainMessage(account, request, {
      bot: this.#supervisor.bot,
      idStability: this.#idStability,
      isApproved: (senderId, loginId) => host.pairing.isApproved(account.id, senderId, loginId),
      isOwnBot: (senderId) => ownBots.accountOf(senderId) !== undefined,
      leftOut: async (conversation, id) => {
        const place = { channelId, accountId: account.id, conversation, sender: { id } }
        return (await host.aboutSession?.(place))?.leftOut
      },
      turns: {
        limit: (kind) => turnsPerHourOf(kind, this.#limits),
        lastHour: (conversation) => store.turnsSince(conversation, now() - hourMs),
      },
      sending: {
        obstacle: this.#obstacle,
        sendsLeft: (conversation) => this.#sendsLeft(conversation),
        waitingIn: (conversation) => this.#desk.waitingIn(conversation),
      },
    })
  }

  /** What a message to this person or group would become now. */
  async forecast(to: string): Promise<SendForecast> {
    return this.#forecast(await this.#manual.conversationOf(to))
  }

  /** Approvals have changed: turns and answers of people who are not admitted any more end. Never rejects. */
  async recheck(): Promise<void> {
    const recheck = async () => {
      await this.#runner.recheck()
      await this.#dropScheduled()
    }
    await recheck().catch((error: unknown) => {
      if (!this.#stopping.signal.aborted)
        this.#log.error({ error: messageOf(error) }, 'Who is admitted could not be checked again')
    })
  }

  /** Texts of schedules for people and groups that are not admitted any more are not sent. */
  async #dropScheduled(): Promise<void> {
    for (const { id, conversation, purpose } of await this.#desk.list('waiting')) {
      if (purpose !== 'scheduled') continue
      const refusal = await this.#refusalFor(conversation)
      if (refusal !== undefined) await this.#desk.drop([id], refusal)
    }
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

  /**
   * Lets turns that run end for `turnsMs`, and then ends sends in flight, turns and the connection. When it resolves,
   * within the deadline, nothing of it writes or answers any more. Never rejects. A second call shortens the first.
   */
  async stop(deadlineMs: number, turnsMs = 0): Promise<void> {
    const endMs = performance.now() + deadlineMs
    this.#draining.abort()
    if (turnsMs > 0) await this.#drain(turnsMs)
    this.#stopping.abort()
    const ms = Math.max(0, endMs - performance.now() - releaseMs)
    await withDeadline(() => this.#end(ms), { ms, otherwise: 'the account did not end' }).catch(
      (error: unknown) => {
        this.#log.warn({ error: messageOf(error) }, 'Something of the account was left behind')
      },
    )
    this.#blobs.close()
    await withDeadline(() => this.#options.store.release(), { ms: releaseMs }).catch(() => undefined)
  }

  /** Ends sooner where nothing runs, and nothing can be sent at present. */
  async #drain(turnsMs: number): Promise<void> {
    this.#link?.stopReceiving?.()
    const settled = async () => {
      await this.#lanes.ended()
      await this.#outbox.settled()
    }
    await withDeadline(settled, { ms: turnsMs, signal: this.#stopping.signal }).catch(() => undefined)
  }

  async #end(deadlineMs: number): Promise<void> {
    const sendsMs = deadlineMs * sendPartOfStop
    const sending = Promise.all([this.#lanes.ended(), this.#outbox.stop(sendsMs)])
    // A turn that hangs must not keep the puppet running.
    await withDeadline(() => sending, { ms: sendsMs }).catch(() => undefined)
    // A puppet that hangs is left to end by itself: nothing that it still says is heard.
    await this.#supervisor.stop(deadlineMs - sendsMs)
    await Promise.all([sending, this.#inbox.ended(), this.#webhooks.ended()])
  }

  #createRunner(): TurnRunner {
    const { channelId, account, host, store, disk, now } = this.#options
    return new TurnRunner({
      channelId,
      account,
      idStability: () => this.#idStability,
      store,
      gate: this.#gate,
      turnsPerHour: (kind) => turnsPerHourOf(kind, this.#limits),
      takeBackAnswer: (turnId, reason) => this.#desk.takeBackGroup(turnId, reason),
      host,
      composer: this.#composer,
      link: () => this.#link,
      outbox: this.#outbox,
      ...(this.#options.shown && { shown: this.#options.shown }),
      mediaFolder: this.#folder('media'),
      outgoing: this.#outgoing,
      disk,
      onSetAside: () => this.#warnings.addSetAsideTurn(),
      log: this.#log,
      now,
      stopping: this.#stopping.signal,
    })
  }

  /** Why nothing can be sent at present. A degraded account may still be able to send. */
  get #obstacle(): string | undefined {
    const { state, reason } = this.#supervisor.status
    if (state !== 'online' && state !== 'degraded') return `the account is ${state}: ${reason}`
    return this.#outbox.pauseReason
  }

  async #forecast(conversation: Conversation): Promise<SendForecast> {
    const { store, now } = this.#options
    const { state, reason, sinceMs } = this.#supervisor.status
    const isConnected = state === 'online' || state === 'degraded'
    const [refusal, window, waiting] = await Promise.all([
      this.#refusalFor(conversation),
      this.#link?.sendWindow?.(conversation),
      store.waitingIn(conversation),
    ])
    return forecastOf({
      refusal,
      offline: isConnected ? undefined : { reason: `the account is ${state}: ${reason}`, sinceMs },
      pause: this.#outbox.pause,
      isSilent: this.#silence.isSilent,
      window,
      waiting,
      nowMs: now(),
    })
  }

  #refusalFor(conversation: Conversation): Promise<string | undefined> {
    const { id: accountId } = this.#options.account
    const explain = (request: Omit<ExplainRequest, 'accountId'>) => this.explain({ ...request, accountId })
    return refusalFor(conversation, explain, this.#supervisor.bot !== undefined)
  }

  /** Sends beyond those that parts of earlier answers will use. */
  async #sendsLeft(conversation: Conversation): Promise<number | undefined> {
    const left = await this.#link?.sendsLeft(conversation)
    if (left === undefined) return undefined
    return Math.max(0, left - (await this.#outbox.waitingIn(conversation)))
  }

  /** Removes what a kill left: copies without a row, and files of turns, of which none runs yet. */
  async #sweep(): Promise<void> {
    try {
      await rm(this.#folder('media'), { recursive: true, force: true })
      const removed = await this.#blobs.sweep(await this.#options.store.blobsToSend())
      if (removed > 0) this.#log.info({ removed }, 'Files that an earlier run left were removed')
    } catch (error) {
      this.#log.error({ error: messageOf(error) }, 'Files that an earlier run left could not be removed')
    }
  }

  get #idStability(): IdStability {
    return this.#capabilities?.idStability ?? 'stable'
  }

  #folder(purpose: string): string {
    return join(this.#options.host.stateDir, purpose, this.#options.account.id)
  }

  #createSupervisor(): Supervisor {
    const { account, host, store, now, random, addresses, disk } = this.#options
    const create = this.#options.createPuppet ?? createPuppet
    const stateDir = join(host.stateDir, 'accounts', account.id)
    const { configDir, backendProxy } = host
    return new Supervisor({
      account,
      createPuppet: (signal) =>
        create(account, {
          stateDir,
          configDir,
          backendProxy,
          state: store.puppetState,
          disk,
          mayAct: this.#mayAct,
          onUnstored: (unstored) => host.holds?.handOver(account.id, JSON.stringify(unstored)),
          log: this.#log,
          signal,
        }),
      onPuppet: async (capabilities) => {
        this.#capabilities = capabilities
        void this.#warnings.checkIds(capabilities.idStability)
        void this.#warnings.checkTools()
        await this.recheck()
        await this.#inbox.resume()
      },
      onMessage: (message) => {
        this.#warnings.see([message.sender.id, message.conversation.id])
        this.#warnings.checkClock(this.#link?.clockOffsetMs?.())
        return this.#inbox.accept(message)
      },
      onUnreadable: (messageId, reason) => store.noteUnreadable(messageId, reason, now()),
      onSecret: (secret) => host.registerSecret(secret),
      onOnline: (link) => this.#goOnline(link),
      onOffline: () => this.#goOffline(),
      onStatus: (status) => this.#report(status),
      log: this.#log,
      now,
      random,
      addresses,
    })
  }

  #goOnline(link: AccountLink): void {
    this.#link = link
    const { account, ownBots } = this.#options
    const botId = this.#supervisor.bot?.id
    if (botId !== undefined) ownBots.note(account.id, botId)
    this.#attach(link).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted)
        this.#log.error({ error: messageOf(error) }, 'The outbox could not be read')
    })
  }

  async #attach(link: AccountLink): Promise<void> {
    const { store, account } = this.#options
    const last = await store.lastPuppet()
    await this.#silence.online(this.#supervisor.bot?.id ?? '')
    await this.#dropScheduled()
    await this.#outbox.attach(link, last !== account.puppet)
    if (last !== account.puppet) await store.noteLogin(account.puppet)
  }

  #goOffline(): void {
    this.#link = undefined
    this.#outbox.detach()
  }

  #report(status: AccountStatus): void {
    const { host } = this.#options
    host.report({ type: 'state', account: status })
    this.#webhooks.noteState(status)
    const event = this.#qrEvent(status)
    if (event !== undefined) host.report(event)
  }

  /** Each QR code is shown once, if the account wants it shown at all. */
  #qrEvent({ qr }: AccountStatus): AccountEvent | undefined {
    const { id, qrCode } = this.#options.account
    if (qr === undefined || qr === this.#shownQr || !qrCode) return undefined
    this.#shownQr = qr
    return { type: 'qr', accountId: id, url: qr, terminal: drawQr(qr) }
  }
}
