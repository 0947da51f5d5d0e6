/**
 * Keeps one account connected: attempt after attempt, each with a new Wechaty and a new puppet, and a state that a
 * person can read at any time. Nothing an attempt does ends the supervisor but `stop` or a mistake in the configuration.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { type AccountStatus, codeOf, type Logger, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import type { Puppet } from 'wechaty-puppet'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { AccountLink } from '../model/link.ts'
import type { InboundMessage } from '../model/message.ts'
import { capabilitiesOf, type PuppetCapabilities } from '../puppets/capabilities.ts'
import { RestartBudget } from '../puppets/child/restarts.ts'
import { complaintOf } from '../puppets/complaint.ts'
import { askVerifyCodeWith, extrasOf, isConnected, secretsOf } from '../puppets/extras.ts'
import type { PuppetInstance } from '../puppets/registry.ts'
import { secretsIn, withoutSecrets } from '../puppets/secrets.ts'
import { backoffMs, healthyAfterMs } from './backoff.ts'
import { withDeadline } from './deadline.ts'
import { type FloodGate, floodGate } from './flood.ts'
import { askGroupAlias, GroupAliases } from './group-aliases.ts'
import { probe } from './probe.ts'
import { puppetLink } from './puppet-link.ts'
import type { Session, SessionHandlers, SessionTiming } from './session.ts'
import { initialStatus, type StatusChange, statusAfter } from './status.ts'
import { VerifyCode } from './verify-code.ts'

export interface SupervisorOptions {
  readonly account: ResolvedAccount
  /** The signal fires when the account is stopped. */
  readonly createPuppet: (signal: AbortSignal) => Promise<PuppetInstance>
  /** A puppet was made; its start waits for this. */
  readonly onPuppet: (capabilities: PuppetCapabilities) => Promise<void>
  /** Resolves when the message is on the disk. */
  readonly onMessage: (message: InboundMessage) => Promise<void>
  /** A value that no log may show. */
  readonly onSecret: (secret: string) => void
  readonly onOnline: (link: AccountLink) => void
  /** No longer online, for whatever reason. */
  readonly onOffline: () => void
  readonly onStatus: (status: AccountStatus) => void
  readonly log: Logger
  readonly now: () => number
  readonly random: () => number
  /** Defaults to what suits real puppets. */
  readonly timing?: SessionTiming & { readonly firstSignMs: number }
}

/** The bot of the present login. */
export interface LiveBot {
  readonly id: string
  readonly name: string
  /** The person it belongs to, where the backend knows one. */
  readonly ownerId: string | undefined
  /** What it is called in a group, where it has a name of its own there. @throws `deadline` */
  groupAlias(groupId: string): Promise<string | undefined>
}

/**
 * A puppet that starts shows a QR code or logs in within this time, or it waits for something that does not come. Only
 * one that tells whether it reaches its backend may take longer.
 */
const firstSignMs = 120_000
/** After so many fruitless attempts people should know. They go on, once a minute. */
const fruitlessToFail = 5
const logoutDeadlineMs = 10_000
const aliasDeadlineMs = 3_000

interface Login {
  readonly puppet: Puppet
  readonly id: string
  readonly name: string
  readonly aliases: GroupAliases
}

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #stopping = new AbortController()
  /** Of the configuration. */
  readonly #secrets: readonly string[]
  readonly #restarts: RestartBudget
  #status: AccountStatus
  readonly #verifyCode: VerifyCode
  #running: Promise<void> | undefined
  readonly #errors: FloodGate
  /** Attempts in a row that came neither to a QR code nor to a login. */
  #fruitless = 0
  #login: Login | undefined

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#secrets = secretsIn(options.account.puppetOptions)
    for (const secret of this.#secrets) options.onSecret(secret)
    this.#restarts = new RestartBudget(options.account.puppetLimits.restartsPerHour)
    this.#status = initialStatus(options.account, options.now())
    this.#errors = floodGate(options.now)
    this.#verifyCode = new VerifyCode(options.account.id, (change) => this.#change(change))
  }

  get status(): AccountStatus {
    return this.#status
  }

  /** Undefined while nobody is logged in. */
  get bot(): LiveBot | undefined {
    if (this.#login === undefined) return undefined
    const { puppet, id, name, aliases } = this.#login
    const groupAlias = (groupId: string) =>
      withDeadline(aliases.of(groupId), aliasDeadlineMs, 'the puppet did not name the bot')
    return { id, name, ownerId: capabilitiesOf(puppet).ownerId, groupAlias }
  }

  get #hasFailed(): boolean {
    return this.#fruitless >= fruitlessToFail
  }

  /** @throws `not-logged-in`, and what the puppet says */
  async logout(): Promise<void> {
    const loggedOut = this.#loggedIn().logout('logged out by the operator')
    await withDeadline(loggedOut, logoutDeadlineMs, 'the puppet did not confirm the logout')
  }

  /** @throws `not-logged-in`, `backend-unreachable`, `puppet-silent` */
  async probe(): Promise<void> {
    await probe(this.#loggedIn())
  }

  /** @throws `no-code-wanted` */
  submitVerifyCode(code: string): void {
    this.#verifyCode.submit(code)
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Resolves when the puppet is stopped, or has missed its deadline. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    this.#change({ state: 'idle', reason: 'stopped' })
  }

  async #run(): Promise<void> {
    const { now, random, log } = this.#options
    let failures = 0
    while (!this.#stopping.signal.aborted) {
      const startedMs = now()
      const error = this.#restarts.judge(await this.#attempt(), now())
      if (this.#stopping.signal.aborted) return
      const reason = messageOf(error)
      if (isHopeless(error)) {
        log.error({ code: codeOf(error), error: reason }, 'the account cannot run')
        return this.#change({ state: 'failed', reason, code: codeOf(error) })
      }
      failures = now() - startedMs > healthyAfterMs ? 1 : failures + 1
      const delayMs = backoffMs(failures, random())
      log.warn({ error: reason, failures, delayMs }, 'the account lost its connection')
      this.#fruitless += 1
      const state = this.#hasFailed ? 'failed' : 'reconnecting'
      this.#change({ state, reason, code: codeOf(error), nextAction: 'wait' })
      await sleep(delayMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  /** One Wechaty from start to end; resolves with why it ended. */
  async #attempt(): Promise<unknown> {
    // A puppet that fails each time would else come and go between two states for ever.
    if (!this.#hasFailed) this.#change({ state: 'starting', reason: 'starting the puppet' })
    let instance: PuppetInstance | undefined
    let session: Session | undefined
    try {
      const { openSession, sessionTiming } = await import('./session.ts')
      const { timing = { ...sessionTiming, firstSignMs } } = this.#options
      instance = await this.#options.createPuppet(this.#stopping.signal)
      const { puppet, died } = instance
      await this.#options.onPuppet(capabilitiesOf(puppet))
      askVerifyCodeWith(puppet, this.#verifyCode.ask)
      session = await openSession(puppet, await this.#handlers(puppet), timing, died)
      return await this.#ended(session, timing)
    } catch (error) {
      return error
    } finally {
      this.#login = undefined
      this.#options.onOffline()
      await session?.close()
      await instance?.dispose?.()
    }
  }

  /** Resolves with why the session ended. */
  #ended(session: Session, timing: { readonly firstSignMs: number }): Promise<MoltbotError> {
    const { signal } = this.#stopping
    const { promise, resolve } = Promise.withResolvers<MoltbotError>()
    const end = (reason: string) => resolve(new MoltbotError('puppet-died', reason, { retryable: true }))
    const stop = () => end('stopped')
    const silent = setTimeout(() => {
      const { state, reason } = this.#status
      if ((state !== 'starting' && state !== 'failed') || isConnected(session.puppet) !== undefined) return
      end(`neither a QR code nor a login within ${timing.firstSignMs / 1_000} s: ${reason}`)
    }, timing.firstSignMs)
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    return Promise.race([session.died, promise]).finally(() => {
      clearTimeout(silent)
      signal.removeEventListener('abort', stop)
    })
  }

  async #handlers(puppet: Puppet): Promise<SessionHandlers> {
    const { Receiver } = await import('./receiver.ts')
    const { account, onMessage, onSecret, onOnline, onOffline, log, now } = this.#options
    const extras = extrasOf(puppet)
    const aliases = new GroupAliases((roomId) => askGroupAlias(puppet, roomId), now)
    const receiver = new Receiver({
      accountId: account.id,
      aliases,
      keep: onMessage,
      ack: (messageId) => extras.ack?.(messageId),
      onFailure: (error) => this.#report(error),
      log,
      signal: this.#stopping.signal,
    })
    return {
      onScan: (qr, scanned) => {
        this.#fruitless = 0
        const reason = scanned ? 'scanned; confirm the login on the phone' : 'scan the QR code with WeChat'
        this.#change({ state: 'scan', reason, ...(!scanned && { qr }) })
      },
      onLogin: (userId, name) => {
        this.#fruitless = 0
        this.#login = { puppet, id: userId, name, aliases }
        for (const secret of secretsOf(puppet)) onSecret(secret)
        onOnline(puppetLink(puppet))
        this.#change({ state: 'online', reason: 'logged in', userId })
      },
      onLogout: (reason) => {
        this.#login = undefined
        onOffline()
        this.#change({ state: 'logged-out', reason: reason || 'logged out by the backend' })
      },
      onMessage: (received, bot) => receiver.receive(received, bot),
      onHeartbeat: () => this.#followConnection(puppet),
      onError: (error) => this.#report(error),
    }
  }

  #loggedIn(): Puppet {
    if (this.#login !== undefined) return this.#login.puppet
    const { accountId, state, reason } = this.#status
    throw new MoltbotError(
      'not-logged-in',
      `account "${accountId}" is not logged in; it is ${state}: ${reason}`,
    )
  }

  #report(error: unknown): void {
    const complaint = complaintOf(error)
    const passed = this.#errors.pass(complaint)
    if (passed !== undefined) {
      const { leftOut } = passed
      const fields = { error: complaint, code: codeOf(error), ...(leftOut > 0 && { leftOut }) }
      this.#options.log.warn(fields, 'the puppet reported an error')
    }
    // Before the first QR code or login there is no other sign of why it takes so long.
    if (this.#status.state === 'starting') this.#change({ state: 'starting', reason: complaint })
  }

  /** A puppet may run on while its backend cannot be reached; people should see that. */
  #followConnection(puppet: Puppet): void {
    const connected = isConnected(puppet)
    const { state, userId } = this.#status
    const known = userId === undefined ? {} : { userId }
    if (connected === false && state === 'online') {
      const reason = 'the backend cannot be reached; what is to be sent waits'
      this.#change({ state: 'reconnecting', reason, code: 'backend-unreachable', ...known })
    }
    if (connected === true && state === 'reconnecting') {
      this.#change({ state: 'online', reason: 'connected again', ...known })
      this.#options.onOnline(puppetLink(puppet))
    }
  }

  #change(news: StatusChange): void {
    const before = this.#status
    const change = { ...news, reason: withoutSecrets(news.reason, this.#secrets) }
    this.#status = statusAfter(this.#options.account, change, this.#options.now())
    const isNews = before.state !== change.state || before.reason !== change.reason || before.qr !== change.qr
    if (isNews) this.#options.onStatus(this.#status)
  }
}

/** Puppets have error classes of their own; those that say that time cures nothing are believed. */
function isHopeless(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === false
}
