/**
 * One Wechaty with one puppet, from start to end. Nothing of it is used again, because a restarted instance leaks
 * listeners and revives its dead watchdog. A puppet may hang, throw or resolve late in each of its members: what waits
 * for it has a deadline, and `close` does not leave anything behind that still acts.
 */

import { MoltbotError, messageOf, withDeadline } from '@moltbot/channel-sdk'
import { type Wechaty, WechatyBuilder } from 'wechaty'
import { type Puppet, types } from 'wechaty-puppet'
import { describeError } from '../puppets/errors.ts'
import type { PuppetInstance } from '../puppets/registry.ts'
import { Liveness, type LivenessTiming, livenessTiming } from './liveness.ts'
import { PuppetEvents } from './puppet-events.ts'

/** Called in the order of the events. A handler that throws is reported by `onError` and harms nothing else. */
export interface SessionHandlers {
  /** @param qr undefined where the puppet shows none: it has expired, or was scanned */
  onScan(qr: string | undefined, scanned: boolean): void
  onLogin(userId: string, name: string): void
  onLogout(reason: string): void
  onMessage(messageId: string): void | Promise<void>
  /** The puppet shows a sign of life. */
  onHeartbeat(): void
  onError(error: unknown): void
}

export interface SessionTiming {
  readonly startDeadlineMs: number
  /** For the puppet to stop by itself. */
  readonly stopDeadlineMs: number
  /** For everything until the puppet is torn down, by force where it does not stop. */
  readonly endDeadlineMs: number
  readonly liveness: LivenessTiming
}

/** Wechaty itself gives up waiting for a start after 15 s. */
export const sessionTiming: SessionTiming = {
  startDeadlineMs: 20_000,
  stopDeadlineMs: 5_000,
  endDeadlineMs: 20_000,
  liveness: livenessTiming,
}

export class Session {
  readonly puppet: Puppet
  /** Resolves with the reason when the puppet, or the process that hosts it, has died by itself. */
  readonly died: Promise<MoltbotError>
  readonly #instance: PuppetInstance
  readonly #handlers: SessionHandlers
  readonly #timing: SessionTiming
  readonly #bot: Wechaty
  readonly #events: PuppetEvents
  readonly #ending = new AbortController()
  readonly #puppetDied = Promise.withResolvers<MoltbotError>()
  #isMuted = false
  #liveness: Liveness | undefined
  /** What the puppet reported while it started. */
  #startError: string | undefined
  #botStarted: Promise<void> = Promise.resolve()
  /** All starts and stops of the puppet itself, however late they end. Never rejects. */
  #settled: Promise<unknown> = Promise.resolve()
  #closed: Promise<void> | undefined

  constructor(instance: PuppetInstance, handlers: SessionHandlers, timing = sessionTiming) {
    const { puppet, died: hostDied = this.#puppetDied.promise } = instance
    this.puppet = puppet
    this.died = Promise.race([this.#puppetDied.promise, hostDied])
    this.#instance = instance
    this.#handlers = handlers
    this.#timing = timing
    this.#events = new PuppetEvents(puppet, {
      onEvent: () => this.#liveness?.signOfLife(),
      onMessage: (messageId) => this.#guard(() => handlers.onMessage(messageId)),
    })
    this.#boundLifecycle()
    this.#bot = WechatyBuilder.build({ puppet })
    this.#listen()
  }

  /** Aborts when the session ends; no wait for its puppet needs to last longer. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /**
   * Resolves when the puppet is active. Whatever the outcome, `close` has to follow.
   * @throws `puppet-start-failed` with what the puppet reported, why the host died, and the reason of `signal`
   */
  async start(signal?: AbortSignal): Promise<void> {
    let death: MoltbotError | undefined
    const start = async () => {
      this.#botStarted = this.#bot.start()
      death = await Promise.race([this.#botStarted.then(() => undefined), this.died])
    }
    try {
      const ms = this.#timing.startDeadlineMs
      await withDeadline(start, { ms, signal, otherwise: 'the puppet did not start' })
      // start() resolves even if the puppet failed or still hangs; the puppet's own state is the truth.
      if (death === undefined && this.puppet.state.active() !== true) throw new Error(inactive)
    } catch (error) {
      if (signal?.aborted) throw error
      // The puppet's own error says more than that it did not start.
      const message = this.#startError ?? messageOf(error)
      throw new MoltbotError('puppet-start-failed', message, { retryable: true, cause: error })
    }
    if (death !== undefined) throw death
    this.#liveness = new Liveness(this.puppet, this.#timing.liveness)
    this.#liveness.died.then((reason) => this.#puppetDied.resolve(puppetDied(reason)))
  }

  /** No handler is called any more. */
  mute(): void {
    this.#isMuted = true
    this.#events.mute()
  }

  /**
   * Stops the puppet, and tears it down by force where it does not stop. Resolves when nothing of it runs any more, at
   * its deadline at the latest. Never rejects.
   */
  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #end(): Promise<void> {
    this.mute()
    this.#ending.abort(
      new MoltbotError('puppet-stopped', 'the puppet was stopped', { retryable: true, certain: false }),
    )
    this.#liveness?.end()
    const ms = this.#timing.endDeadlineMs
    await withDeadline(() => this.#tearDown(), { ms }).catch(() => undefined)
    this.puppet.removeAllListeners()
  }

  async #tearDown(): Promise<void> {
    // Ends at once, as what it waits for does.
    await this.#botStarted.catch(() => undefined)
    await this.#bot.stop().catch(() => undefined)
    await this.#instance.dispose?.()
    for (let last: unknown; last !== this.#settled; ) {
      last = this.#settled
      await last
    }
  }

  /**
   * Wechaty waits 15 s for a puppet that hangs in its start or stop, and leaves timers behind that revive it. So what it
   * waits for ends with the session, and a start that ends later than the session is undone at once.
   */
  #boundLifecycle(): void {
    const { puppet } = this
    const { signal } = this.#ending
    const [start, stop] = [puppet.start.bind(puppet), puppet.stop.bind(puppet)]
    const tracked = (work: () => Promise<void>) => {
      const done = (async () => work())()
      this.#settled = Promise.allSettled([this.#settled, done])
      return done
    }
    const stopWithin = () => {
      const ms = this.#timing.stopDeadlineMs
      // Reported, not thrown: a puppet that stops itself waits for no outcome.
      return withDeadline(() => tracked(stop), { ms, otherwise: 'the puppet did not stop' }).catch(
        (error: unknown) => this.#onError(error),
      )
    }
    const startThenStop = async () => {
      await start()
      if (signal.aborted) void stopWithin()
    }
    const startWithin = () => withDeadline(() => tracked(startThenStop), { ms: longestStartMs, signal })
    Object.assign(puppet, { start: startWithin, stop: stopWithin })
  }

  #listen(): void {
    const bot = this.#bot
    const handlers = this.#handlers
    bot.on('scan', (qr, status) =>
      this.#guard(() => handlers.onScan(qr || undefined, scannedStatuses.has(status))),
    )
    bot.on('login', (user) => this.#guard(() => handlers.onLogin(user.id, user.name())))
    bot.on('logout', (_user, reason) => this.#guard(() => handlers.onLogout(reason ?? '')))
    bot.on('heartbeat', () => this.#guard(() => handlers.onHeartbeat()))
    bot.on('error', (error) => this.#guard(() => this.#onError(error)))
  }

  #onError(error: unknown): void {
    this.#liveness?.suspect()
    const described = describeError(error)
    if (this.#liveness === undefined && this.#startError !== undefined && timeUp.test(described)) return
    this.#startError = described
    this.#handlers.onError(error)
  }

  /** Neither a throw nor a rejection of a handler reaches Wechaty, where it would end the process. */
  #guard(work: () => void | Promise<void>): void {
    if (this.#isMuted) return
    void (async () => work())().catch((error: unknown) => this.#handlers.onError(error))
  }
}

const inactive = 'the puppet is not active after its start'
/** The start of a session has a deadline of its own; this one is for the starts of a puppet that resets itself. */
const longestStartMs = 10 * 60_000

function puppetDied(reason: string): MoltbotError {
  return new MoltbotError('puppet-died', reason, { retryable: true })
}

/** What follows the error of a puppet that did not start: Wechaty had waited for it, and it did not stop in time either. */
const timeUp = /^Timeout after \d+ ms$|^the puppet did not stop within/

/** The phone has the code: there is nothing more to scan. */
const scannedStatuses: ReadonlySet<types.ScanStatus> = new Set([
  types.ScanStatus.Scanned,
  types.ScanStatus.Confirmed,
])
