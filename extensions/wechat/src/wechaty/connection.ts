/**
 * One attempt to connect an account: a puppet from its making to its end, and what is known while it is logged in. A
 * connection that has ended is done; the next attempt makes a new one.
 */

import { MoltbotError, withDeadline } from '@moltbot/channel-sdk'
import type { AddressRules } from '@moltbot/channel-sdk/url-guard'
import type { AccountLink } from '../model/link.ts'
import { capabilitiesOf, type PuppetCapabilities } from '../puppets/capabilities.ts'
import {
  type AskVerifyCode,
  askVerifyCodeWith,
  extrasOf,
  isConnected,
  memberOf,
  type PuppetExtras,
  receiveProblemOf,
  secretsOf,
} from '../puppets/extras.ts'
import type { PuppetInstance } from '../puppets/registry.ts'
import { LookedUpNames, lookUpGroupAlias, lookUpName } from './bot-names.ts'
import { Contacts } from './contacts.ts'
import { probe } from './liveness.ts'
import type { Arrival, Receiver } from './receiver.ts'
import type { Session, SessionHandlers, SessionTiming } from './session.ts'

/** The bot of the present login. */
export interface LiveBot {
  readonly id: string
  readonly name: string
  /** The person it belongs to, where the backend knows one. */
  readonly ownerId: string | undefined
  /** What it is called in a group, where it has a name of its own there. */
  groupAlias(groupId: string): Promise<string | undefined>
}

export interface ConnectionTiming extends SessionTiming {
  /**
   * A puppet that starts shows a QR code or logs in within this time, or it waits for something that does not come. Only
   * one that knows whether it reaches its backend may take longer.
   */
  readonly firstSignMs: number
}

export interface ConnectionOptions {
  readonly accountId: string
  readonly createPuppet: (signal: AbortSignal) => Promise<PuppetInstance>
  readonly onPuppet: (capabilities: PuppetCapabilities) => Promise<void>
  readonly askVerifyCode: AskVerifyCode
  readonly receiver: Receiver
  readonly events: ConnectionEvents
  readonly now: () => number
  /** Addresses that the URL of a received file may resolve to. Defaults to the public internet. */
  readonly addresses?: AddressRules | undefined
  /** Ends the connection. */
  readonly signal: AbortSignal
  /** Defaults to what suits real puppets. */
  readonly timing?: ConnectionTiming | undefined
}

export interface ConnectionEvents {
  /** @param qr undefined where the puppet shows none: it has expired, or was scanned */
  onScan(qr: string | undefined, scanned: boolean): void
  /** @param secrets what the puppet holds that no log may show */
  onLogin(userId: string, secrets: readonly string[]): void
  onLogout(reason: string): void
  /**
   * @param connected whether the puppet reaches its backend; undefined where it does not know
   * @param problem why it cannot receive messages; undefined: none is known
   */
  onHeartbeat(connected: boolean | undefined, problem: unknown): void
  onError(error: unknown): void
  /** Why it takes so long, while the puppet has shown neither a QR code nor a login; else undefined. */
  missingSign(): string | undefined
}

/** For a process to come up, or a service to be found; both have shorter deadlines of their own. */
const createDeadlineMs = 120_000
/** For the rest of the account to get ready. */
const readyDeadlineMs = 120_000
const firstSignMs = 120_000
const logoutDeadlineMs = 10_000
/** With so many messages that are not stored yet, a puppet that can hold further ones back is asked to. */
const maxWaiting = 1_000

type ReadMessage = (messageId: string, botId: string | undefined) => ReturnType<Arrival['read']>

/** An `error` without a listener throws inside the puppet, also before its session and where it never gets one. */
function withErrorListener(instance: PuppetInstance): PuppetInstance {
  instance.puppet.on('error', () => undefined)
  return instance
}

interface Login {
  readonly id: string
  readonly name: string
}

export class Connection {
  readonly #options: ConnectionOptions
  #created: Promise<PuppetInstance> | undefined
  #session: Session | undefined
  #login: Login | undefined
  #aliases: LookedUpNames | undefined
  #makeLink: (() => AccountLink) | undefined
  #wasOnline = false

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /** Whether it ever was logged in. */
  get wasOnline(): boolean {
    return this.#wasOnline
  }

  /** Undefined while no user is logged in. */
  get bot(): LiveBot | undefined {
    const [session, login, aliases] = [this.#session, this.#login, this.#aliases]
    if (session === undefined || login === undefined || aliases === undefined) return undefined
    const { ownerId } = capabilitiesOf(session.puppet)
    return { ...login, ownerId, groupAlias: (groupId) => aliases.of(groupId) }
  }

  /** The puppet as the rest of the account uses it; undefined while no user is logged in. */
  get link(): AccountLink | undefined {
    return this.#login && this.#makeLink?.()
  }

  /** Connects, and resolves with the reason when the connection ends. `end` has to follow. Never rejects. */
  async run(): Promise<unknown> {
    const { createPuppet, onPuppet, signal } = this.#options
    try {
      const created = (async () => withErrorListener(await createPuppet(signal)))()
      this.#created = created
      const otherwise = 'the puppet was not made'
      const instance = await withDeadline(() => created, { ms: createDeadlineMs, signal, otherwise })
      const capabilities = capabilitiesOf(instance.puppet)
      await withDeadline(() => onPuppet(capabilities), {
        ms: readyDeadlineMs,
        signal,
        otherwise: 'the account did not get ready for its puppet',
      })
      return await this.#connect(instance)
    } catch (error) {
      return error
    } finally {
      this.#login = undefined
    }
  }

  /**
   * Stops the puppet, after `drainMs` at the latest in which messages that are being read are stored. Resolves when
   * nothing of it runs any more. Bounded, and never rejects.
   */
  async end(drainMs = 0): Promise<void> {
    const { receiver, timing } = this.#options
    const session = this.#session
    if (session !== undefined) {
      session.mute()
      if (drainMs > 0) await withDeadline(() => receiver.idle(), { ms: drainMs }).catch(() => undefined)
      return session.close()
    }
    const ms = (timing ?? (await import('./session.ts')).sessionTiming).endDeadlineMs
    // A puppet that is made too late is not used, but its process has to end.
    const disposed = async () => (await this.#created)?.dispose?.()
    await withDeadline(disposed, { ms }).catch(() => undefined)
  }

  /** @throws what the puppet throws, `deadline`, and why the connection ends */
  async logout(): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    await withDeadline(() => session.puppet.logout('logged out by the operator'), {
      ms: logoutDeadlineMs,
      signal: session.signal,
      otherwise: 'the puppet did not confirm the logout',
    })
  }

  /** @throws as `probe` of `liveness.ts` */
  async probe(): Promise<void> {
    if (this.#session !== undefined) await probe(this.#session.puppet, this.#session.signal)
  }

  async #connect(instance: PuppetInstance): Promise<unknown> {
    const { now, signal, askVerifyCode, timing, addresses } = this.#options
    // Wechaty is loaded when the first account needs it.
    const [{ Session, sessionTiming }, { puppetLink }, { readMessage }] = await Promise.all([
      import('./session.ts'),
      import('./puppet-link.ts'),
      import('./read-message.ts'),
    ])
    const { puppet } = instance
    const aliases = new LookedUpNames((roomId) => lookUpGroupAlias(puppet, roomId), now)
    const names = new LookedUpNames((id) => lookUpName(puppet, id), now)
    const contacts = new Contacts(puppet, now)
    const { firstSignMs: signMs, ...limits } = timing ?? { ...sessionTiming, firstSignMs }
    const reader = { puppet, contacts, names, aliases, accountId: this.#options.accountId }
    const read = (messageId: string, botId: string | undefined) => readMessage(reader, messageId, botId)
    const session: Session = new Session(instance, this.#handlers(instance, read), limits)
    this.#aliases = aliases
    this.#session = session
    this.#makeLink = () => puppetLink(puppet, session.signal, addresses)
    // What the puppet emits while the account is being stopped is not heard.
    signal.addEventListener('abort', () => session.mute(), { signal: session.signal })
    signal.throwIfAborted()
    askVerifyCodeWith(puppet, (request) =>
      askVerifyCode({ ...request, signal: AbortSignal.any([request.signal, session.signal]) }),
    )
    await session.start(signal)
    return await this.#ended(session, signMs)
  }

  #handlers({ puppet }: PuppetInstance, read: ReadMessage): SessionHandlers {
    const { events } = this.#options
    const extras = extrasOf(puppet)
    return {
      onScan: (qr, scanned) => events.onScan(qr, scanned),
      onLogin: (id, name) => {
        this.#login = { id, name }
        this.#wasOnline = true
        events.onLogin(id, secretsOf(puppet))
      },
      onLogout: (reason) => {
        this.#login = undefined
        events.onLogout(reason)
      },
      onMessage: (messageId) => {
        // Not logged in, the puppet throws instead.
        const userId = memberOf(puppet, 'currentUserId')
        const botId = typeof userId === 'string' ? userId : this.#login?.id
        return this.#receive(messageId, () => read(messageId, botId), extras)
      },
      onHeartbeat: () => events.onHeartbeat(isConnected(puppet), receiveProblemOf(puppet)),
      onError: (error) => events.onError(error),
    }
  }

  async #receive(messageId: string, read: Arrival['read'], extras: PuppetExtras): Promise<void> {
    const { ack } = extras
    const session = this.#session
    if (session === undefined) return
    const { signal } = session
    // A puppet that has stopped hands the message over again, and it is acknowledged then.
    const ackNow = ack && ((id: string) => !signal.aborted && ack(id))
    const { receiver } = this.#options
    const stored = receiver.receive({ messageId, read, ack: ackNow, signal })
    if (receiver.waiting >= maxWaiting) extras.holdMessages?.(true)
    await stored
    if (receiver.waiting <= maxWaiting / 2) extras.holdMessages?.(false)
  }

  /** Resolves with why the session ended. */
  async #ended(session: Session, signMs: number): Promise<unknown> {
    const { signal, events } = this.#options
    const { promise, resolve } = Promise.withResolvers<unknown>()
    const stop = () => resolve(signal.reason)
    const silent = setTimeout(() => {
      const missing = events.missingSign()
      if (missing === undefined || isConnected(session.puppet) !== undefined) return
      const reason = `neither a QR code nor a login within ${signMs / 1_000} s: ${missing}`
      resolve(new MoltbotError('puppet-died', reason, { retryable: true }))
    }, signMs)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    try {
      return await Promise.race([session.died, promise])
    } finally {
      clearTimeout(silent)
      signal.removeEventListener('abort', stop)
    }
  }
}
