/**
 * Connects the rooms for one run of the puppet, from start to stop.
 */

import type { FileBoxInterface } from 'file-box'
import { BackendClock } from './backend-clock.ts'
import { type Clock, type Random, untilAborted } from './clock.ts'
import { refusedLocally } from './errors.ts'
import { longPoll, timeouts } from './limits.ts'
import type { AskVerifyCode } from './login/qr-login.ts'
import type { Cdn, UploadUrlRequest } from './media/index.ts'
import { apiBaseOf, type ResolvedOptions } from './options.ts'
import { MediaFiles } from './receive/media-files.ts'
import type { Unstored } from './receive/receiver.ts'
import type { RawMessage } from './schema/raw-message.ts'
import { Sender, type SendingBot, type SendOptions, type Sent } from './send/sender.ts'
import { Typing } from './send/typing.ts'
import { uploadedItem } from './send/upload.ts'
import { Session, type SessionEvents } from './session.ts'
import {
  type LiveCredentials,
  type Memory,
  memoryCredentials,
  storedCredentials,
} from './store/credentials.ts'
import { Entries } from './store/entries.ts'
import { type LearntLimits, Limits } from './store/learnt-limits.ts'
import { MediaFolder } from './store/media-folder.ts'
import type { MediaRoom } from './store/media-room.ts'
import { MessageStore } from './store/messages.ts'
import type { StateStore } from './store/state-store.ts'
import { type SendWindow, SendWindows } from './store/windows.ts'
import { BotWire, LoginWire, type WireOptions } from './wire/client.ts'
import { Connections, type Http } from './wire/http.ts'

/** The world outside, as a program or a test may replace it. */
export interface Surroundings {
  /** Store for the puppet's state, instead of a file in `stateDir`. The puppet does not close it. */
  state: StateStore | undefined
  /** Makes the requests to the bot API; files go over connections of their own. Default: node:http(s). */
  http: Http | undefined
  /**
   * Asked right before each request to the bot API: false, and it fails with `suspended`. For a program that shares the
   * account with other machines. Default: always.
   */
  mayAsk: (() => boolean) | undefined
  /**
   * Called with messages that were received and cannot be stored, when the puppet ends: the backend may not give them again.
   * For a program whose store has another owner by then, on another machine, whose puppet takes them with `receiveAgain`.
   */
  onUnstored: ((unstored: Unstored) => void) | undefined
  /** Room for received files, where they share it with others. Default: the newest 200, at most 1 GiB. */
  mediaRoom: MediaRoom | undefined
  clock: Clock
  random: Random
}

export interface EnginePorts extends Surroundings {
  options: ResolvedOptions
  state: StateStore
  /** Folder for received files; undefined: a temporary one. */
  mediaPath: string | undefined
  /** Wechaty's memory card, which keeps the credentials of a puppet without a store of its own. */
  memory: (() => Memory) | undefined
  askVerifyCode(): AskVerifyCode | undefined
  events: Omit<SessionEvents, 'farewell'>
  /** Called with failures that need no action. */
  onMinorFailure(error: unknown): void
}

export class Engine {
  readonly session: Session
  readonly sender: Sender
  readonly typing: Typing
  readonly mediaFiles: MediaFiles
  readonly #ports: EnginePorts
  readonly #connections: Connections
  readonly #messages: MessageStore
  readonly #windows: SendWindows
  readonly #limits: Limits
  readonly #backendClock: BackendClock
  readonly #folder: MediaFolder
  /** Aborts at the beginning of a stop, and when its time is over. */
  readonly #stop = new AbortController()
  readonly #end = new AbortController()
  #done: Promise<void> = Promise.resolve()
  #stopping: Promise<void> | undefined
  /** Sent messages that are being remembered. */
  readonly #remembering = new Set<Promise<void>>()

  constructor(ports: EnginePorts) {
    this.#ports = ports
    this.#connections = new Connections(ports.options.proxy)
    const { clock, random, onMinorFailure } = ports
    const onWrong = (message: string) => onMinorFailure(new Error(message))
    this.#backendClock = new BackendClock({ now: () => clock.now(), onWrong })
    const entries = this.#makeEntries()
    this.#windows = new SendWindows(entries, onMinorFailure)
    this.#limits = new Limits(entries, onMinorFailure)
    const now = () => clock.now()
    const { keepMessagesMs } = ports.options
    const stored = { entries, windows: this.#windows, now, onFailure: onMinorFailure }
    this.#messages = new MessageStore({ ...stored, keepMessagesMs })
    this.session = this.#makeSession(entries)
    this.#folder = new MediaFolder(ports.mediaPath, ports.mediaRoom)
    this.mediaFiles = new MediaFiles(this.#folder, this.#cdn, this.#stop.signal)
    this.sender = new Sender({
      bot: () => this.#bot(),
      windows: this.#windows,
      limits: this.#limits,
      onSent: (raw, isRepeated) => this.#track(this.#remember(raw, isRepeated)),
      clock: this.#backendClock,
    })
    this.typing = new Typing({
      wire: () => this.session.wire,
      contextToken: async (userId) => (await this.#windows.of(userId)).stored?.token,
      onFailure: onMinorFailure,
      clock,
      random,
    })
  }

  /** How far the backend's clock is ahead of this machine's, in milliseconds; undefined until it is known. */
  get clockOffsetMs(): number | undefined {
    return this.#backendClock.offsetMs
  }

  /** How files are transferred. */
  get #cdn(): Cdn {
    return { cdnBaseUrl: this.#ports.options.cdnBaseUrl, agentFor: this.#connections.agentFor }
  }

  get isRunning(): boolean {
    return !this.#stop.signal.aborted
  }

  /** Begins; everything after the stored session is read happens behind this. @throws ILinkError state-failed, aborted */
  async start(): Promise<void> {
    await this.session.restore()
    if (this.isRunning) this.#done = this.session.run()
  }

  /**
   * Ends the poll at once, lets sends and the farewell finish for two seconds, and then waits for nothing any more: when
   * it resolves nothing of this run goes on. Never rejects; a second call joins the first.
   */
  async stop(): Promise<void> {
    this.#stopping ??= this.#endAll()
    await this.#stopping
  }

  /** @throws ILinkError */
  async sendFile(conversationId: string, file: FileBoxInterface, options: SendOptions): Promise<Sent> {
    return await this.sender.item(conversationId, options, async (signal) => {
      const uploadUrl = (request: UploadUrlRequest) => this.#wire().uploadUrl(request, signal)
      return await uploadedItem(
        file,
        conversationId,
        { folder: this.#folder, ...this.#cdn, uploadUrl },
        signal,
      )
    })
  }

  acknowledge(messageId: string): void {
    if (this.isRunning) this.#messages.pending.acknowledge(messageId)
  }

  async forget(messageId: string): Promise<void> {
    if (this.isRunning) await this.#messages.forget(messageId)
  }

  /** A received or sent message; after stop, one of the latest. */
  async find(messageId: string): Promise<RawMessage | undefined> {
    return this.isRunning ? await this.#messages.find(messageId) : this.#messages.findRecent(messageId)
  }

  async window(userId: string): Promise<SendWindow> {
    if (!this.isRunning) return { open: false, remaining: 0 }
    const [window, learnt] = await Promise.all([this.#windows.of(userId), this.#limits.read()])
    return window.likelyState(this.#backendClock.now(), learnt)
  }

  /** What was learnt of the backend's limits; undefined after a stop. */
  async limits(): Promise<LearntLimits | undefined> {
    return this.isRunning ? await this.#limits.read() : undefined
  }

  /** Everyone who has written in this session. */
  async people(): Promise<string[]> {
    return this.isRunning ? await this.#windows.people() : []
  }

  async #endAll(): Promise<void> {
    this.#stop.abort()
    const timer = setTimeout(() => this.#end.abort(), timeouts.farewellMs)
    const { onMinorFailure } = this.#ports
    await Promise.all([this.#done, this.sender.stop(this.#end.signal)])
    const lastWrites = Promise.allSettled([...this.#remembering, this.#messages.flush()])
    await untilAborted(lastWrites, this.#end.signal).catch(onMinorFailure)
    clearTimeout(timer)
    this.#end.abort()
    this.#connections.close()
    await this.#folder.dispose().catch(onMinorFailure)
  }

  #makeEntries(): Entries {
    const { state: store, events, clock } = this.#ports
    const report = events.problem
    return new Entries({ store, ended: this.#end.signal, now: () => clock.now(), report })
  }

  #makeSession(entries: Entries): Session {
    const { options, events, memory, askVerifyCode, onMinorFailure, onUnstored, clock, random } = this.#ports
    const { loginBaseUrl, localTokens, token, manualAck, timeoutSeconds } = options
    const now = () => clock.now()
    return new Session({
      credentials:
        memory === undefined ? storedCredentials(entries) : memoryCredentials(memory, now, events.problem),
      store: this.#messages,
      loginWire: new LoginWire(this.#wireOptions()),
      botWire: (live, onSessionExpired) => this.#botWire(live, onSessionExpired),
      askVerifyCode,
      onMinorFailure,
      events: { ...events, farewell: (signal) => this.typing.stop(signal) },
      clock,
      backendNow: () => this.#backendClock.now(),
      random,
      loginBaseUrl,
      localTokens,
      token,
      manualAck,
      onUnstored,
      heartbeatMs: Math.min(longPoll.heartbeatMs, (timeoutSeconds * 1_000) / 3),
      stopped: this.#stop.signal,
      ended: this.#end.signal,
    })
  }

  #wireOptions(): WireOptions {
    const { http = this.#connections.http, mayAsk, random, options } = this.#ports
    const beforeSent = () => {
      if (mayAsk?.() === false)
        throw refusedLocally('suspended', 'The program does not let the puppet ask', true)
    }
    const whileRunning: Http = async (url, request, limits) => {
      if (this.#end.signal.aborted) throw refusedLocally('aborted', 'The puppet was stopped', true)
      beforeSent()
      const answer = await http(url, request, { ...limits, beforeSent })
      this.#backendClock.see(answer.headers.date)
      return answer
    }
    return { http: whileRunning, random, botAgent: options.botAgent, routeTag: options.routeTag }
  }

  #botWire({ token, baseUrl }: LiveCredentials, onSessionExpired: () => void): BotWire {
    const base = apiBaseOf(this.#ports.options.baseUrl, baseUrl)
    return new BotWire({ ...this.#wireOptions(), baseUrl: base, token, onSessionExpired })
  }

  #wire(): BotWire {
    if (this.session.wire !== undefined) return this.session.wire
    throw refusedLocally('not-logged-in', 'The bot is not logged in', true)
  }

  #bot(): SendingBot | undefined {
    const { wire, botId } = this.session
    if (wire === undefined || botId === undefined || !this.isRunning) return undefined
    return { id: botId, send: (message, signal) => wire.send(message, signal) }
  }

  #track(work: Promise<void>): void {
    this.#remembering.add(work)
    work.catch(this.#ports.onMinorFailure).finally(() => this.#remembering.delete(work))
  }

  /** Stores a sent message and emits it, once: a repeated send has the id of the first. */
  async #remember(raw: RawMessage, isRepeated: boolean): Promise<void> {
    const isNew = await this.#messages.keepSent(raw, isRepeated)
    if (!this.#ports.options.emitOwnMessages) return
    // The caller gets the result of the send first.
    setImmediate(() => {
      if (isNew && this.isRunning) this.#ports.events.message(raw.id)
    })
  }
}
