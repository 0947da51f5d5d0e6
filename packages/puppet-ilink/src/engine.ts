/**
 * Puts the rooms together for one run of the puppet, from start to stop.
 */

import type { DatabaseSync } from 'node:sqlite'
import type { FileBoxInterface } from 'file-box'
import type { Clock, Random } from './clock.ts'
import { refusedLocally, toILinkError } from './errors.ts'
import { timeouts } from './limits.ts'
import type { AskVerifyCode } from './login/qr-login.ts'
import type { UploadUrlRequest } from './media/index.ts'
import { apiBaseOf, type ResolvedOptions } from './options.ts'
import { MediaFiles } from './receive/media-files.ts'
import type { RawMessage } from './schema/raw-message.ts'
import { Sender, type SendingBot, type SendOptions, type Sent } from './send/sender.ts'
import { Typing } from './send/typing.ts'
import { uploadedItem } from './send/upload.ts'
import { type LiveCredentials, Session, type SessionEvents } from './session.ts'
import { Acknowledger } from './store/acknowledger.ts'
import type { CredentialStore } from './store/credentials.ts'
import { MediaFolder } from './store/media-folder.ts'
import { MessageStore } from './store/message-store.ts'
import { type SendWindow, SendWindows } from './store/send-windows.ts'
import { BotWire, LoginWire, type WireOptions } from './wire/client.ts'
import type { Fetch } from './wire/http.ts'

/** The world outside, as a test may replace it. */
export interface Surroundings {
  fetch: Fetch
  clock: Clock
  random: Random
}

export interface EnginePorts extends Surroundings {
  options: ResolvedOptions
  database: DatabaseSync
  /** Folder for received files; undefined: a temporary one. */
  mediaPath: string | undefined
  credentials: CredentialStore
  askVerifyCode(): AskVerifyCode | undefined
  events: Omit<SessionEvents, 'farewell'>
  /** Courtesies that failed; nobody has to act. */
  onMinorFailure(error: unknown): void
}

export class Engine {
  readonly session: Session
  readonly sender: Sender
  readonly typing: Typing
  readonly mediaFiles: MediaFiles
  readonly #ports: EnginePorts
  readonly #messages: MessageStore
  readonly #windows: SendWindows
  readonly #acknowledger: Acknowledger
  readonly #folder: MediaFolder
  readonly #stop = new AbortController()
  #done: Promise<void> = Promise.resolve()

  constructor(ports: EnginePorts) {
    this.#ports = ports
    const { database, clock, random, events } = ports
    this.#messages = new MessageStore(database)
    this.#windows = new SendWindows(database)
    this.#acknowledger = new Acknowledger((ids) => this.#commitAcks(ids))
    this.session = this.#makeSession()
    this.#folder = new MediaFolder(ports.mediaPath)
    this.mediaFiles = new MediaFiles(this.#folder, ports.options.cdnBaseUrl, this.#stop.signal)
    this.sender = new Sender({
      bot: () => this.#bot(),
      windows: this.#windows,
      keepSent: (raw) => {
        if (this.#messages.keepSent(raw, clock.now()))
          setImmediate(() => this.isRunning && events.message(raw.id))
      },
      clock,
    })
    this.typing = new Typing({
      wire: () => this.session.wire,
      contextToken: (userId) => this.#windows.contextToken(userId),
      onFailure: ports.onMinorFailure,
      clock,
      random,
    })
  }

  get isRunning(): boolean {
    return !this.#stop.signal.aborted
  }

  /** Begins; everything after the stored credentials are read happens behind this. */
  async start(): Promise<void> {
    await this.session.restore()
    this.#done = this.session.run(this.#stop.signal)
  }

  /** Ends the poll at once, lets sends finish for a moment, and says goodbye. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all([this.#done, this.sender.stop(AbortSignal.timeout(timeouts.farewellMs))])
    this.#acknowledger.flush()
    await this.#folder.dispose()
  }

  /** @throws ILinkError */
  async sendFile(conversationId: string, file: FileBoxInterface, options: SendOptions): Promise<Sent> {
    const { cdnBaseUrl } = this.#ports.options
    return await this.sender.item(conversationId, options, async (signal) => {
      const uploadUrl = (request: UploadUrlRequest) => this.#wire().uploadUrl(request, signal)
      return await uploadedItem(file, conversationId, { folder: this.#folder, cdnBaseUrl, uploadUrl }, signal)
    })
  }

  acknowledge(messageId: string): void {
    if (this.isRunning) this.#acknowledger.add(messageId)
  }

  /** A received or sent message; after stop, one of the latest. */
  find(messageId: string): RawMessage | undefined {
    return this.isRunning ? this.#messages.find(messageId) : this.#messages.findRecent(messageId)
  }

  window(userId: string): SendWindow {
    if (!this.isRunning) return { open: false, remaining: 0 }
    return this.#windows.window(userId, this.#ports.clock.now())
  }

  /** Everyone who has written in this session. */
  people(): string[] {
    return this.isRunning ? this.#windows.people() : []
  }

  #makeSession(): Session {
    const { options, events, credentials, askVerifyCode, clock, random } = this.#ports
    const { loginBaseUrl, localTokens, token, manualAck } = options
    return new Session({
      credentials,
      store: this.#messages,
      loginWire: new LoginWire(this.#wireOptions()),
      botWire: (live, onSessionExpired) => this.#botWire(live, onSessionExpired),
      askVerifyCode,
      acknowledge: (id) => this.#acknowledger.add(id),
      onMinorFailure: this.#ports.onMinorFailure,
      events: { ...events, farewell: (signal) => this.typing.stop(signal) },
      clock,
      random,
      loginBaseUrl,
      localTokens,
      token,
      manualAck,
    })
  }

  #wireOptions(): WireOptions {
    const { fetch, random, options } = this.#ports
    return { fetch, random, botAgent: options.botAgent, routeTag: options.routeTag }
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

  /** An acknowledgement that could not be written means one more hand-over, not a loss. */
  #commitAcks(ids: ReadonlySet<string>): void {
    try {
      this.#messages.acknowledge(ids)
    } catch (error) {
      this.#ports.events.problem(toILinkError(error, 'state-failed', 'Acknowledgements were not stored'))
    }
  }
}
