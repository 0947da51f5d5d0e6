/**
 * Keeps one account connected: attempt after attempt, each with a new Wechaty and a new puppet, and a state that a
 * person can read at any time. Nothing an attempt does ends the supervisor but `stop` or a mistake in the configuration.
 */

import {
  type AccountStatus,
  codeOf,
  type Logger,
  MoltbotError,
  messageOf,
  pause,
  withDeadline,
} from '@moltbot/channel-sdk'
import type { AddressRules } from '@moltbot/channel-sdk/url-guard'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { AccountLink } from '../model/link.ts'
import type { InboundMessage } from '../model/message.ts'
import type { PuppetCapabilities } from '../puppets/capabilities.ts'
import { describeError, ErrorLog, secretsIn } from '../puppets/errors.ts'
import type { PuppetInstance } from '../puppets/registry.ts'
import { Connection, type ConnectionEvents, type ConnectionTiming, type LiveBot } from './connection.ts'
import { Receiver, type ReceiverTiming } from './receiver.ts'
import { Restarts } from './restarts.ts'
import { Status, type StatusChange } from './status.ts'
import { VerifyCode } from './verify-code.ts'

export interface SupervisorOptions {
  readonly account: ResolvedAccount
  /** The signal fires when the account is stopped. */
  readonly createPuppet: (signal: AbortSignal) => Promise<PuppetInstance>
  /** A puppet was made; its start waits for this. */
  readonly onPuppet: (capabilities: PuppetCapabilities) => Promise<void>
  /** Resolves when the message is on the disk. */
  readonly onMessage: (message: InboundMessage) => Promise<void>
  /** A message that could not be read from the puppet, named by its id. Resolves when that is on the disk. */
  readonly onUnreadable: (messageId: string, reason: string) => Promise<void>
  /** A value that no log may show. */
  readonly onSecret: (secret: string) => void
  readonly onOnline: (link: AccountLink) => void
  /** No longer online, for whatever reason. */
  readonly onOffline: () => void
  readonly onStatus: (status: AccountStatus) => void
  readonly log: Logger
  readonly now: () => number
  readonly random: () => number
  /** Addresses that the URL of a received file may resolve to. Defaults to the public internet. */
  readonly addresses?: AddressRules | undefined
  /** Defaults to what suits real puppets. */
  readonly timing?: SupervisorTiming
}

export interface SupervisorTiming extends ConnectionTiming {
  readonly receiver?: ReceiverTiming
}

/** The part of a stop's deadline in which messages that are being read may still be stored. */
const drainPartOfStop = 0.5

export class Supervisor {
  /**
   * Resolves when nothing of the account's puppets runs any more: at once after a clean stop, later when one had to be
   * left behind. Bounded: what cannot be stopped is torn down by force within 20 s.
   */
  readonly gone: Promise<void>
  readonly #options: SupervisorOptions
  readonly #stopping = new AbortController()
  /** The deadline of the stop has passed: no handler is called any more. */
  readonly #over = new AbortController()
  readonly #status: Status
  readonly #verifyCode: VerifyCode
  readonly #restarts: Restarts
  readonly #receiver: Receiver
  readonly #errors: ErrorLog
  readonly #isGone: () => void
  #running: Promise<void> | undefined
  #connection: Connection | undefined
  #drainMs = 0
  /** Why the last login ended, until the next one: the reason for the QR code that is shown. */
  #endOfLogin: string | undefined
  /** `onOnline` was called, and `onOffline` has to be. */
  #isOnline = false

  constructor(options: SupervisorOptions) {
    const { account, onSecret, onMessage, onUnreadable, log, now, random, timing } = options
    const { promise, resolve } = Promise.withResolvers<void>()
    this.gone = promise
    this.#isGone = resolve
    this.#options = options
    for (const secret of secretsIn(account.puppetOptions)) onSecret(secret)
    this.#status = new Status({ account, now, onStatus: (status) => this.#report(status) })
    this.#verifyCode = new VerifyCode(account.id, (change) => this.#status.change(change))
    this.#restarts = new Restarts(account.puppetLimits.restartsPerHour, random)
    this.#errors = new ErrorLog(log, now)
    this.#receiver = new Receiver({
      keep: onMessage,
      keepUnreadable: onUnreadable,
      onStore: (failure) => this.#onStore(failure),
      onUnread: (failure) => this.#errors.warn(failure, 'a message could not be read yet'),
      log,
      signal: this.#over.signal,
      ...(timing?.receiver !== undefined && { timing: timing.receiver }),
    })
  }

  get status(): AccountStatus {
    return this.#status.current
  }

  /** Undefined while no user is logged in. */
  get bot(): LiveBot | undefined {
    return this.#connection?.bot
  }

  /** @throws `not-logged-in`, and what the puppet throws */
  async logout(): Promise<void> {
    await this.#loggedIn().logout()
  }

  /** @throws `not-logged-in`, `backend-unreachable`, `puppet-silent` */
  async probe(): Promise<void> {
    await this.#loggedIn().probe()
  }

  /** @throws `no-code-wanted` */
  submitVerifyCode(code: string): void {
    this.#verifyCode.submit(code)
  }

  /** The backend accepts what is sent and confirms nothing; false: it confirms again. */
  sendsUnconfirmed(isSilent: boolean): void {
    this.#status.sendsUnconfirmed(isSilent)
  }

  start(): void {
    if (!this.#stopping.signal.aborted) this.#running ??= this.#run()
  }

  /**
   * Connects no more, lets messages that are being read be stored, and stops the puppet. Resolves within `deadlineMs`
   * whatever the puppet does; after that no handler is called any more.
   */
  async stop(deadlineMs: number): Promise<void> {
    this.#drainMs = deadlineMs * drainPartOfStop
    this.#stopping.abort(new MoltbotError('aborted', 'the account was stopped', { retryable: true }))
    if (this.#running === undefined) this.#isGone()
    else await withDeadline(() => this.gone, { ms: deadlineMs }).catch(() => undefined)
    this.#goOffline()
    this.#status.change({ state: 'idle', reason: 'stopped' })
    this.#over.abort(this.#stopping.signal.reason)
  }

  async #run(): Promise<void> {
    try {
      let delayMs: number | undefined
      do delayMs = await this.#attempt()
      while (delayMs !== undefined && (await pause(delayMs, this.#stopping.signal)))
    } finally {
      this.#isGone()
    }
  }

  /**
   * One puppet from start to end. Resolves when nothing of it runs any more, with the pause until the next attempt;
   * undefined: there is none.
   */
  async #attempt(): Promise<number | undefined> {
    const { now } = this.#options
    const { signal } = this.#stopping
    // A puppet that fails each time would otherwise switch between two states indefinitely.
    if (!this.#restarts.hasFailed) this.#status.change({ state: 'starting', reason: 'starting the puppet' })
    const connection = this.#connect()
    const startedMs = now()
    const error = await connection.run()
    this.#goOffline()
    const delayMs = signal.aborted ? undefined : this.#onEnd(connection, startedMs, error)
    await connection.end(this.#drainMs)
    return delayMs
  }

  #connect(): Connection {
    const { account, createPuppet, onPuppet, now, timing } = this.#options
    const connection = new Connection({
      accountId: account.id,
      createPuppet,
      onPuppet,
      askVerifyCode: this.#verifyCode.ask,
      receiver: this.#receiver,
      events: this.#events(),
      now,
      addresses: this.#options.addresses,
      signal: this.#stopping.signal,
      timing,
    })
    this.#connection = connection
    return connection
  }

  /** @returns the pause until the next attempt, milliseconds; undefined: there is none */
  #onEnd(connection: Connection, startedMs: number, ended: unknown): number | undefined {
    const { now, log } = this.#options
    const { error, delayMs, failures } = this.#restarts.after({ startedMs, endedMs: now(), error: ended })
    const [reason, code] = [messageOf(error), codeOf(error)]
    if (delayMs === undefined) {
      log.error({ code, error: reason }, 'the account cannot run')
      this.#status.change({ state: 'failed', reason, code })
      return undefined
    }
    const what = connection.wasOnline ? 'the account lost its connection' : 'the account could not connect'
    log.warn({ code, error: reason, failures, delayMs }, what)
    const state = this.#restarts.hasFailed ? 'failed' : 'reconnecting'
    this.#status.change({ state, reason, code, nextAction: 'wait' })
    return delayMs
  }

  #events(): ConnectionEvents {
    const { onSecret } = this.#options
    return {
      onScan: (qr, scanned) => {
        this.#restarts.bearsFruit()
        const wanted = scanned ? 'scanned; confirm the login on the phone' : 'scan the QR code with WeChat'
        const ended = this.#endOfLogin
        const reason = ended === undefined ? wanted : `${wanted}; the last login ended: ${ended}`
        this.#status.change({ state: 'scan', reason, ...(!scanned && qr !== undefined && { qr }) })
      },
      onLogin: (userId, secrets) => {
        this.#restarts.bearsFruit()
        for (const secret of secrets) onSecret(secret)
        this.#endOfLogin = undefined
        this.#goOnline({ state: 'online', reason: 'logged in', userId })
      },
      onLogout: (reason) => {
        this.#goOffline()
        this.#endOfLogin = reason || 'logged out by the backend'
        this.#status.change({ state: 'logged-out', reason: this.#endOfLogin })
      },
      onHeartbeat: (connected, problem) => {
        this.#status.receivingFails(connected === false ? undefined : problem)
        this.#followConnection(connected, problem)
      },
      onError: (error) => this.#onError(error),
      missingSign: () => {
        const { state, reason } = this.status
        return state === 'starting' || state === 'failed' ? reason : undefined
      },
    }
  }

  /** A puppet may run on while its backend is unreachable; people should see that. */
  #followConnection(connected: boolean | undefined, problem: unknown): void {
    const { state, userId } = this.status
    const known = userId === undefined ? {} : { userId }
    if (connected === false && this.#status.isOnline) {
      const reason =
        problem === undefined
          ? 'backend unreachable; outgoing messages are queued'
          : `backend unreachable (${describeError(problem)}); outgoing messages are queued`
      this.#status.change({ state: 'reconnecting', reason, code: 'backend-unreachable', ...known })
    }
    if (connected === true && state === 'reconnecting') {
      this.#goOnline({ state: 'online', reason: 'connected again', ...known })
    }
  }

  #goOnline(change: StatusChange): void {
    const link = this.#connection?.link
    if (link === undefined) return
    this.#isOnline = true
    this.#call(() => this.#options.onOnline(link))
    this.#status.change(change)
  }

  #goOffline(): void {
    if (this.#isOnline) this.#call(this.#options.onOffline)
    this.#isOnline = false
  }

  #onStore(failure: unknown): void {
    if (failure !== undefined) this.#errors.warn(failure, 'a message could not be stored; it is tried again')
    this.#status.storeFails(failure)
  }

  #onError(error: unknown): void {
    this.#errors.warn(error, 'the puppet reported an error')
    if (this.status.state !== 'starting') return
    // Before the first QR code or login there is no other sign of why it takes so long.
    this.#status.change({ state: 'starting', reason: describeError(error) })
  }

  #loggedIn(): Connection {
    const connection = this.#connection
    if (connection?.bot !== undefined) return connection
    const { accountId, state, reason } = this.status
    throw new MoltbotError(
      'not-logged-in',
      `account "${accountId}" is not logged in; it is ${state}: ${reason}`,
    )
  }

  #report(status: AccountStatus): void {
    if (!this.#over.signal.aborted) this.#call(() => this.#options.onStatus(status))
  }

  /** A handler that throws does not end the supervisor. */
  #call(handler: () => void): void {
    try {
      handler()
    } catch (error) {
      this.#options.log.error(
        { code: codeOf(error), error: messageOf(error) },
        'a handler of the account failed',
      )
    }
  }
}
