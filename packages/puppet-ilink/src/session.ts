/**
 * One puppet's life with the backend: log in (from stored credentials, or by QR), poll until the session ends, and begin
 * again, until stopped. The only place that knows when the bot is logged in, and as whom.
 */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { backoffMs, type Clock, lifetimeWithin, type Random, untilAborted } from './clock.ts'
import { ILinkError, refusedLocally, toILinkError } from './errors.ts'
import { longPoll, timeouts } from './limits.ts'
import { type AskVerifyCode, type LoginProgress, type LoginResult, qrLogin } from './login/qr-login.ts'
import { Receiver, type ReceiverEvents, type Unstored } from './receive/receiver.ts'
import type { CredentialStore, Credentials, LiveCredentials } from './store/credentials.ts'
import type { MessageStore } from './store/messages.ts'
import { untilStored } from './store/until-stored.ts'
import type { BotWire, LoginWire } from './wire/client.ts'

/** What the session reports to its puppet. None of these may throw. */
export interface SessionEvents extends ReceiverEvents {
  progress(progress: LoginProgress): void
  login(botId: string): void
  /** Logged in, and every listener has had the time to notice. */
  ready(): void
  /** Resolves when the puppet is logged out. */
  logout(reason: string): Promise<void>
  /** The last moment to send something with this session's token, until the signal aborts. */
  farewell(signal: AbortSignal): Promise<void>
}

export interface SessionPorts {
  credentials: CredentialStore
  store: MessageStore
  loginWire: LoginWire
  botWire(credentials: LiveCredentials, onSessionExpired: () => void): BotWire
  askVerifyCode(): AskVerifyCode | undefined
  /** Called with the failure of a call that nothing depends on. */
  onMinorFailure(error: unknown): void
  events: SessionEvents
  clock: Clock
  /** Milliseconds since the epoch, by the backend's clock. */
  backendNow(): number
  random: Random
  loginBaseUrl: string
  localTokens: readonly string[]
  /** A token from the options, to begin with. */
  token: string | undefined
  manualAck: boolean
  /** See `Surroundings`. */
  onUnstored: ((unstored: Unstored) => void) | undefined
  /** Time between heartbeats while nothing is polled. */
  heartbeatMs: number
  /** Aborts when the session is to end. What is under way may finish until `ended` aborts. */
  stopped: AbortSignal
  /** Aborts when the time for ending is over: no wait goes on, whatever it waits for. */
  ended: AbortSignal
}

const expiredHint =
  'iLink ended this session (-14): the person linked WeChat to another bot elsewhere, or the session is too old. Scan again'

const fingerprint = (token: string) => createHash('sha256').update(token).digest('hex').slice(0, 16)

const isLive = (credentials: Credentials | undefined): credentials is LiveCredentials =>
  credentials?.token !== undefined && credentials.loggedOut !== true

/** A token from the options makes its own credentials, unless the stored ones began with it. */
const withToken = (
  stored: Credentials | undefined,
  token: string | undefined,
  nowMs: number,
): Credentials | undefined => {
  if (token === undefined || stored?.seed === fingerprint(token)) return stored
  const botId = token.slice(0, token.indexOf(':'))
  return { botId, userId: '', token, seed: fingerprint(token), savedAt: new Date(nowMs).toISOString() }
}

export class Session {
  readonly #ports: SessionPorts
  readonly #receiver: Receiver
  #credentials: Credentials | undefined
  #wire: BotWire | undefined
  /** Ends the present login. */
  #end: ((reason: 'logout' | 'expired') => void) | undefined
  /** Aborts when no more messages are wanted in this run. */
  readonly #enough = new AbortController()

  constructor(ports: SessionPorts) {
    this.#ports = ports
    this.#receiver = new Receiver(ports)
  }

  /** Undefined while not logged in. */
  get wire(): BotWire | undefined {
    return this.#wire
  }

  /** Logged in, and the backend answers. */
  get connected(): boolean {
    return this.#wire !== undefined && this.#receiver.isReached
  }

  get receiveProblem(): ILinkError | undefined {
    return this.#receiver.problem
  }

  /** The token of the present login. */
  get token(): string | undefined {
    return this.#credentials?.token
  }

  /** The bot's id in the present or the latest login. */
  get botId(): string | undefined {
    return this.#credentials?.botId
  }

  /** The person who scanned. */
  get ownerId(): string | undefined {
    return this.#credentials?.userId
  }

  /** Reads what is stored of the session; `run` continues from there. @throws ILinkError state-failed, aborted */
  async restore(): Promise<void> {
    const { credentials, store, clock, token, stopped } = this.#ports
    const loading = Promise.all([credentials.load(), store.load()])
    const [stored] = await untilAborted(loading, stopped).catch((error: unknown) => {
      throw toILinkError(error, 'state-failed', 'The stored session could not be read')
    })
    this.#credentials = withToken(stored, token, clock.now())
  }

  /** See `ILinkExtras`. */
  async receiveAgain(unstored: Unstored): Promise<void> {
    const { botId } = this
    if (this.#wire === undefined || botId === undefined)
      throw refusedLocally('not-logged-in', 'The bot is not logged in', true)
    await this.#receiver.receiveAgain(unstored, botId)
  }

  /** Polls no more; the session goes on. */
  stopReceiving(): void {
    this.#enough.abort()
  }

  /** Ends the present login as its owner wishes: a QR code follows. */
  logOut(): void {
    this.#end?.('logout')
  }

  /** Until `stopped` aborts. Never rejects: failures are reported, and everything is tried again. */
  async run(): Promise<void> {
    const { clock, random, events, stopped } = this.#ports
    let failures = 0
    while (!stopped.aborted) {
      try {
        const live = isLive(this.#credentials) ? this.#credentials : await this.#logIn()
        if (live !== undefined && !stopped.aborted) await this.#serve(live)
        failures = 0
      } catch (error) {
        if (stopped.aborted) return
        failures += 1
        events.problem(toILinkError(error, 'state-failed', 'The session was interrupted'))
        await clock.sleep(backoffMs(failures, longPoll.backoff, random), stopped)
      }
    }
  }

  /** Credentials that a person has confirmed are stored even when a stop has come meanwhile. */
  async #logIn(): Promise<LiveCredentials | undefined> {
    const { loginWire: wire, loginBaseUrl: baseUrl, clock, random } = this.#ports
    const { askVerifyCode, events, stopped, ended } = this.#ports
    const own = this.#credentials?.token
    const localTokens = [...(own === undefined ? [] : [own]), ...this.#ports.localTokens]
    const onProgress = (progress: LoginProgress) => {
      if (!stopped.aborted) events.progress(progress)
    }
    const ports = { wire, baseUrl, localTokens, askVerifyCode, onProgress, clock, random }
    const result = await untilAborted(qrLogin(ports, stopped), ended)
    if (result === undefined) return undefined
    onProgress({ kind: 'confirmed' })
    const live = result.kind === 'confirmed' ? this.#confirmed(result) : this.#boundAlready()
    if (live !== undefined) await this.#save(live)
    return live
  }

  #confirmed(result: Extract<LoginResult, { kind: 'confirmed' }>): LiveCredentials {
    const { events, clock } = this.#ports
    const old = this.#credentials
    if (old !== undefined && old.userId !== '' && old.userId !== result.userId) {
      const message = `${result.userId} scanned the QR code and replaces ${old.userId} as this account's person`
      events.problem(new ILinkError('owner-changed', message, { retryable: false, certain: true }))
    }
    const { botId, token, userId, baseUrl } = result
    const seed = old?.seed === undefined ? {} : { seed: old.seed }
    const savedAt = new Date(clock.now()).toISOString()
    return { botId, token, userId, ...(baseUrl === undefined ? {} : { baseUrl }), ...seed, savedAt }
  }

  /** The person is bound by a token of this host: by our own, which is then used again, or by another bot's. */
  #boundAlready(): LiveCredentials | undefined {
    const own = this.#credentials
    if (own?.token !== undefined) {
      const { loggedOut: _, ...live } = { ...own, token: own.token }
      return live
    }
    const message = 'The person who scanned is already bound to another bot of this host'
    this.#ports.events.problem(new ILinkError('already-bound', message, { retryable: false, certain: true }))
    return undefined
  }

  /** From login to the end of the session, whatever ends it. */
  async #serve(credentials: LiveCredentials): Promise<void> {
    const { store, botWire, stopped } = this.#ports
    const life = lifetimeWithin(stopped)
    let reason: 'logout' | 'expired' | undefined
    const end = (why: 'logout' | 'expired') => {
      reason ??= why
      life.end()
    }
    const wire = botWire(credentials, () => end('expired'))
    try {
      await untilStored(() => store.claim(credentials.botId), this.#ports)
      this.#end = end
      await this.#receive(wire, credentials.botId, life.signal)
    } finally {
      this.#end = undefined
      await this.#farewell(wire, reason === 'expired')
      this.#wire = undefined
      life.dispose()
    }
    if (reason !== undefined) await this.#afterEnd(reason, credentials)
  }

  async #receive(wire: BotWire, botId: string, life: AbortSignal): Promise<void> {
    const { events } = this.#ports
    if (life.aborted) return
    this.#wire = wire
    events.login(botId)
    // Wechaty looks the contact up before it informs its listeners: they get the login first, then messages.
    await setImmediate()
    if (life.aborted) return
    events.ready()
    await this.#receiver.handOverStored()
    await this.#notify(wire, 'start', life)
    const { signal: enough } = this.#enough
    await this.#receiver.poll(wire, botId, AbortSignal.any([life, enough]))
    if (enough.aborted && !life.aborted) await once(life, 'abort')
  }

  /** Says goodbye with the session's token, unless the session was ended by the backend. */
  async #farewell(wire: BotWire, isDead: boolean): Promise<void> {
    const { events, ended, onMinorFailure } = this.#ports
    if (this.#wire === undefined) return
    if (isDead) return await events.farewell(AbortSignal.abort())
    const limit = lifetimeWithin(ended, timeouts.farewellMs)
    const goodbyes = [events.farewell(limit.signal), this.#notify(wire, 'stop', limit.signal)]
    await untilAborted(Promise.all(goodbyes), limit.signal).catch((error: unknown) => {
      if (!limit.signal.aborted) onMinorFailure(error)
    })
    limit.dispose()
  }

  /** A backend without these calls works all the same. */
  async #notify(wire: BotWire, event: 'start' | 'stop', signal: AbortSignal): Promise<void> {
    await untilAborted(wire.notify(event, signal), signal).catch((error: unknown) => {
      if (!signal.aborted) this.#ports.onMinorFailure(error)
    })
  }

  async #afterEnd(reason: 'logout' | 'expired', live: LiveCredentials): Promise<void> {
    const { store, events, stopped, ended } = this.#ports
    const { token, ...rest } = live
    if (reason === 'logout') return await this.#save({ ...rest, token, loggedOut: true })
    await untilStored(() => store.endSession(), this.#ports)
    await this.#save(rest)
    if (!stopped.aborted) await untilAborted(events.logout(expiredHint), ended)
  }

  async #save(credentials: Credentials): Promise<void> {
    this.#credentials = credentials
    await untilStored(() => this.#ports.credentials.save(credentials), this.#ports)
  }
}
