/**
 * One puppet's life with the backend: log in (from stored credentials, or by QR), poll until the session ends, and begin
 * again, until stopped. The only place that knows when the bot is who.
 */

import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { backoffMs, type Clock, type Random } from './clock.ts'
import { ILinkError, toILinkError } from './errors.ts'
import { longPoll, storeLimits, timeouts } from './limits.ts'
import { type AskVerifyCode, type LoginProgress, type LoginResult, qrLogin } from './login/qr-login.ts'
import { pollLoop } from './receive/poll-loop.ts'
import { receive } from './schema/raw-message.ts'
import type { CredentialStore, Credentials } from './store/credentials.ts'
import type { MessageStore } from './store/message-store.ts'
import type { BotWire, LoginWire } from './wire/client.ts'

/** Credentials that can be used. */
export type LiveCredentials = Credentials & { token: string }

/** What the session tells its puppet. None of these may throw. */
export interface SessionEvents {
  progress(progress: LoginProgress): void
  login(botId: string): void
  /** Logged in, and everybody has had the time to notice. */
  ready(): void
  /** Resolves when the puppet is logged out. */
  logout(reason: string): Promise<void>
  /** @returns false when the consumer threw: the message is not done with. */
  message(id: string): boolean
  heartbeat(data: string): void
  problem(error: ILinkError): void
  /** The last moment to say something with this session's token, until the signal aborts. */
  farewell(signal: AbortSignal): Promise<void>
}

export interface SessionPorts {
  credentials: CredentialStore
  store: MessageStore
  loginWire: LoginWire
  botWire(credentials: LiveCredentials, onSessionExpired: () => void): BotWire
  askVerifyCode(): AskVerifyCode | undefined
  acknowledge(id: string): void
  /** Courtesies that failed; nobody has to act. */
  onMinorFailure(error: unknown): void
  events: SessionEvents
  clock: Clock
  random: Random
  loginBaseUrl: string
  localTokens: readonly string[]
  /** A token from the options, to begin with. */
  token: string | undefined
  manualAck: boolean
}

const expiredHint =
  'iLink ended this session (-14): the person linked WeChat to another bot elsewhere, or the session is too old. Scan again'

const fingerprint = (token: string) => createHash('sha256').update(token).digest('hex').slice(0, 16)

const isLive = (credentials: Credentials | undefined): credentials is LiveCredentials =>
  credentials?.token !== undefined && credentials.loggedOut !== true

/** A token from the options makes its own credentials, unless these come from it already. */
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
  #credentials: Credentials | undefined
  #wire: BotWire | undefined
  /** Ends the present login. */
  #end: ((reason: 'logout' | 'expired') => void) | undefined
  #handedOver = false
  /** Whether the latest poll was answered. */
  #reached = false

  constructor(ports: SessionPorts) {
    this.#ports = ports
  }

  /** Undefined while not logged in. */
  get wire(): BotWire | undefined {
    return this.#wire
  }

  /** Logged in, and the backend answers. */
  get connected(): boolean {
    return this.#wire !== undefined && this.#reached
  }

  /** Of the present login. */
  get token(): string | undefined {
    return this.#credentials?.token
  }

  /** Of the present or the latest login. */
  get botId(): string | undefined {
    return this.#credentials?.botId
  }

  get ownerId(): string | undefined {
    return this.#credentials?.userId
  }

  /** Reads the stored credentials; `run` continues from there. */
  async restore(): Promise<void> {
    const { credentials, clock, token, events } = this.#ports
    const { credentials: stored, problem } = await credentials.load()
    if (problem !== undefined) events.problem(problem)
    this.#credentials = withToken(stored, token, clock.now())
  }

  /** Ends the present login as its owner wishes: the next thing is a QR code. */
  logOut(): void {
    this.#end?.('logout')
  }

  /** Until the signal aborts. Never rejects: what goes wrong is reported and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, events } = this.#ports
    let failures = 0
    while (!signal.aborted) {
      try {
        const live = isLive(this.#credentials) ? this.#credentials : await this.#logIn(signal)
        if (live !== undefined) await this.#serve(live, signal)
        failures = 0
      } catch (error) {
        failures += 1
        events.problem(toILinkError(error, 'state-failed', 'The session broke off'))
        await clock.sleep(backoffMs(failures, longPoll.backoff, random), signal)
      }
    }
  }

  async #logIn(signal: AbortSignal): Promise<LiveCredentials | undefined> {
    const { loginWire: wire, loginBaseUrl: baseUrl, clock, random, askVerifyCode, events } = this.#ports
    const own = this.#credentials?.token
    const localTokens = [...(own === undefined ? [] : [own]), ...this.#ports.localTokens]
    const onProgress = (progress: LoginProgress) => {
      if (!signal.aborted) events.progress(progress)
    }
    const result = await qrLogin(
      { wire, baseUrl, localTokens, askVerifyCode, onProgress, clock, random },
      signal,
    )
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
      const message = `${result.userId} scanned and replaces ${old.userId} as the person of this account`
      events.problem(new ILinkError('owner-changed', message, { retryable: false, certain: true }))
    }
    const { botId, token, userId, baseUrl } = result
    const seed = old?.seed === undefined ? {} : { seed: old.seed }
    const savedAt = new Date(clock.now()).toISOString()
    return { botId, token, userId, ...(baseUrl === undefined ? {} : { baseUrl }), ...seed, savedAt }
  }

  /** The person is bound by a token of this host: by our own, which then lives again, or by another bot's. */
  #boundAlready(): LiveCredentials | undefined {
    const own = this.#credentials
    if (own?.token !== undefined) {
      const { loggedOut: _, ...live } = { ...own, token: own.token }
      return live
    }
    const message = 'The person who scanned is bound to another bot of this host already'
    this.#ports.events.problem(new ILinkError('already-bound', message, { retryable: false, certain: true }))
    return undefined
  }

  /** From login to the end of the session, whatever ends it. */
  async #serve(live: LiveCredentials, stop: AbortSignal): Promise<void> {
    const { store, events, botWire } = this.#ports
    const life = new AbortController()
    let ended: 'logout' | 'expired' | undefined
    const end = (reason: 'logout' | 'expired') => {
      ended ??= reason
      life.abort()
    }
    this.#end = end
    const onStop = () => life.abort()
    stop.addEventListener('abort', onStop, { once: true })
    const wire = botWire(live, () => end('expired'))
    store.claim(live.botId)
    this.#wire = wire
    this.#reached = true
    events.login(live.botId)
    // Wechaty looks the contact up before it tells its listeners: they hear of the login first, then of messages.
    await setImmediate()
    if (!life.signal.aborted) this.#welcome()
    await this.#notify(wire, 'start', life.signal)
    await this.#poll(wire, live.botId, life.signal)
    this.#end = undefined
    await this.#farewell(wire, ended === 'expired')
    this.#wire = undefined
    stop.removeEventListener('abort', onStop)
    if (ended !== undefined) await this.#afterEnd(ended, live)
  }

  /** Hands over what was received and not acknowledged before the last stop or crash, once a start. */
  #welcome(): void {
    this.#ports.events.ready()
    if (this.#handedOver) return
    this.#handedOver = true
    for (const raw of this.#ports.store.pending()) this.#handOver(raw.id)
  }

  #handOver(id: string): void {
    const { events, manualAck, acknowledge } = this.#ports
    if (events.message(id) && !manualAck) acknowledge(id)
  }

  #poll(wire: BotWire, botId: string, signal: AbortSignal): Promise<void> {
    const { store, events, clock, random } = this.#ports
    const accept = (messages: readonly unknown[], cursor: string | undefined) => {
      const nowMs = clock.now()
      const batch = messages.map((message) => receive(message, botId, nowMs))
      if (batch.length === 0 && (!cursor || cursor === store.cursor)) return
      for (const raw of store.accept(batch, cursor, nowMs)) this.#handOver(raw.id)
    }
    const ports = {
      poll: wire.updates.bind(wire),
      cursor: () => store.cursor,
      hasRoom: () => store.pendingCount < storeLimits.maxPending,
      accept,
      onTurn: (error?: ILinkError) => {
        this.#reached = error === undefined
        if (!signal.aborted) events.heartbeat(error === undefined ? 'polled' : `poll failed: ${error.code}`)
      },
      onProblem: (error: ILinkError) => events.problem(error),
      clock,
      random,
    }
    return pollLoop(ports, signal)
  }

  /** A dead session has nobody to say goodbye to. */
  async #farewell(wire: BotWire, isDead: boolean): Promise<void> {
    if (isDead) return await this.#ports.events.farewell(AbortSignal.abort())
    const limit = AbortSignal.timeout(timeouts.farewellMs)
    await Promise.all([this.#ports.events.farewell(limit), this.#notify(wire, 'stop', limit)])
  }

  /** Courtesies: a backend without them is none the worse. */
  async #notify(wire: BotWire, event: 'start' | 'stop', signal: AbortSignal): Promise<void> {
    await wire.notify(event, signal).catch((error: unknown) => {
      if (!signal.aborted) this.#ports.onMinorFailure(error)
    })
  }

  async #afterEnd(ended: 'logout' | 'expired', live: LiveCredentials): Promise<void> {
    const { token, ...rest } = live
    if (ended === 'logout') return await this.#save({ ...rest, token, loggedOut: true })
    this.#ports.store.endSession()
    await this.#save(rest)
    await this.#ports.events.logout(expiredHint)
  }

  async #save(credentials: Credentials): Promise<void> {
    this.#credentials = credentials
    await this.#ports.credentials.save(credentials)
  }
}
