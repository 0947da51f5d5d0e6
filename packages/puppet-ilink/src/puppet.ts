/**
 * The Wechaty puppet: maps the members of the puppet contract to the rooms of this package, and makes no decision of its
 * own.
 */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { FileBoxInterface } from 'file-box'
import * as PUPPET from 'wechaty-puppet'
import { Announcer } from './announcer.ts'
import { type Capabilities, capabilitiesFor, type ILinkExtras } from './capabilities.ts'
import { systemClock } from './clock.ts'
import { Engine, type Surroundings } from './engine.ts'
import { type ILinkError, refusedLocally } from './errors.ts'
import type { AskVerifyCode } from './login/qr-login.ts'
import { type PuppetILinkOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import type { FileLimits } from './receive/media-files.ts'
import { ILinkRefusals } from './refusals.ts'
import { contactPayload, type RawContact } from './schema/contact.ts'
import { contentOf } from './schema/content.ts'
import { messagePayload } from './schema/message.ts'
import { type FindMessage, idsBehind, idsQuotedBy, mediaBehind, type Quote, quoteOf } from './schema/quote.ts'
import type { RawMessage } from './schema/raw-message.ts'
import type { SendOptions, Sent } from './send/sender.ts'
import type { LearntLimits } from './store/learnt-limits.ts'
import { MemoryState } from './store/memory-state.ts'
import { openOwnState } from './store/own-file.ts'
import type { StateStore } from './store/state-store.ts'
import type { SendWindow } from './store/windows.ts'
import { packageVersion } from './version.ts'

/**
 * A Wechaty puppet for iLink. Listen to `error`: it reports that messages have stopped arriving.
 *
 * @example
 * ```ts
 * import { WechatyBuilder } from 'wechaty'
 * import { PuppetILink } from 'wechaty-puppet-ilink'
 *
 * const bot = WechatyBuilder.build({ puppet: new PuppetILink({ stateDir: '.my-bot' }) })
 * bot.on('scan', (code) => console.log(code))
 * bot.on('error', (error) => console.error(error.message))
 * bot.on('message', async (message) => {
 *   if (!message.self()) await message.say('hello')
 * })
 * await bot.start()
 * ```
 */
export class PuppetILink extends ILinkRefusals implements ILinkExtras {
  static override readonly VERSION = packageVersion

  onVerifyCode?: AskVerifyCode

  readonly #announcer = new Announcer(this)
  readonly #options: ResolvedOptions
  readonly #surroundings: Surroundings
  /** The present run, or the latest. */
  #engine: Engine | undefined
  /** The state of a puppet without a store or folder: it lasts from one run to the next. */
  readonly #inMemory = new MemoryState()
  /** The open file of a puppet with a folder. */
  #ownState: StateStore | undefined

  /**
   * @param options all of them are optional
   * @param surroundings what the puppet uses of the world outside: a state store of your own, and for tests the HTTP
   * client, the clock and the source of randomness
   * @throws ILinkError invalid-argument
   */
  constructor(options: PuppetILinkOptions = {}, surroundings: Partial<Surroundings> = {}) {
    const resolved = resolveOptions(options)
    const { timeoutSeconds, cache } = resolved
    // Wechaty's classes log the options they get: these are no secret.
    super({ timeoutSeconds, ...(cache === undefined ? {} : { cache }) })
    this.#options = resolved
    this.#surroundings = {
      state: undefined,
      http: undefined,
      mayAsk: undefined,
      onUnstored: undefined,
      mediaRoom: undefined,
      clock: systemClock,
      random: Math.random,
      ...surroundings,
    }
  }

  /** @throws ILinkError state-in-use, state-newer, state-failed; aborted when the puppet is stopped meanwhile */
  override async onStart(): Promise<void> {
    const { stateDir } = this.#options
    const state = this.#surroundings.state ?? this.#openState()
    const engine = new Engine({
      ...this.#surroundings,
      options: this.#options,
      state,
      mediaPath: stateDir === undefined ? undefined : join(stateDir, 'media'),
      memory: state === this.#inMemory ? () => this.memory : undefined,
      askVerifyCode: () => this.onVerifyCode,
      events: {
        progress: (progress) => this.#announcer.progress(progress),
        login: (botId) => this.#announcer.login(botId),
        ready: () => this.#announcer.emit('ready', {}),
        logout: async (reason) => await super.logout(reason),
        message: (messageId) => this.#announcer.emit('message', { messageId }),
        heartbeat: (data) => this.#announcer.emit('heartbeat', { data }),
        problem: (error) => this.#announcer.report(error),
      },
      onMinorFailure: (error) => this.#announcer.minorFailure(error),
    })
    this.#engine = engine
    await engine.start()
  }

  /** Resolves within about two seconds, whatever the backend or the state store does; then nothing runs any more. */
  override async onStop(): Promise<void> {
    await this.#engine?.stop()
    await this.#ownState?.close()
    this.#ownState = undefined
  }

  override ding(data?: string): void {
    this.#announcer.emit('dong', data === undefined ? {} : { data })
  }

  /** Ends the session here and shows a new QR code. The same person is recognised when scanning again. */
  override async logout(reason?: string): Promise<void> {
    await super.logout(reason)
    this.#engine?.session.logOut()
  }

  // Members that this puppet adds to the contract.

  get capabilities(): Capabilities {
    return capabilitiesFor(this.#engine?.session.ownerId)
  }

  get secrets(): readonly string[] {
    return [this.#engine?.session.token ?? []].flat()
  }

  get connected(): boolean {
    return this.#engine?.session.connected ?? false
  }

  get receiveProblem(): ILinkError | undefined {
    return this.#engine?.session.receiveProblem
  }

  get clockOffsetMs(): number | undefined {
    return this.#engine?.clockOffsetMs
  }

  ack(messageId: string): void {
    this.#engine?.acknowledge(messageId)
  }

  async messageForget(messageId: string): Promise<void> {
    await this.#engine?.forget(messageId)
  }

  stopReceiving(): void {
    this.#engine?.session.stopReceiving()
  }

  readonly receiveAgain: ILinkExtras['receiveAgain'] = async (unstored) =>
    await this.#running().session.receiveAgain(unstored)

  async conversationTyping(conversationId: string, on: boolean): Promise<void> {
    if (this.#engine?.isRunning) await this.#engine.typing.set(conversationId, on)
  }

  async sendText(conversationId: string, text: string, options: SendOptions): Promise<Sent> {
    return await this.#running().sender.text(conversationId, text, options)
  }

  async sendFile(conversationId: string, file: FileBoxInterface, options: SendOptions): Promise<Sent> {
    return await this.#running().sendFile(conversationId, file, options)
  }

  async sendWindow(conversationId: string): Promise<SendWindow> {
    return (await this.#engine?.window(conversationId)) ?? { open: false, remaining: 0 }
  }

  async sendLimits(): Promise<LearntLimits | undefined> {
    return await this.#engine?.limits()
  }

  async messageQuote(messageId: string): Promise<Quote | undefined> {
    const raw = await this.#find(messageId)
    return raw === undefined ? undefined : quoteOf(raw, await this.#findAll(idsQuotedBy(raw)))
  }

  // Messages.

  override async messageRawPayload(messageId: string): Promise<RawMessage> {
    const raw = await this.#find(messageId)
    if (raw === undefined) throw refusedLocally('invalid-argument', `No message ${messageId} is known`, false)
    return raw
  }

  override async messageRawPayloadParser(raw: RawMessage): Promise<PUPPET.payloads.Message> {
    return messagePayload(raw, this.#selfId, await this.#findAll(idsQuotedBy(raw)))
  }

  override async messageSendText(conversationId: string, text: string): Promise<string> {
    const { messageId } = await this.sendText(conversationId, text, { clientId: newClientId() })
    return messageId
  }

  override async messageSendFile(conversationId: string, file: FileBoxInterface): Promise<string> {
    const { messageId } = await this.sendFile(conversationId, file, { clientId: newClientId() })
    return messageId
  }

  /** The plain file, downloaded on demand; a voice message as WAV if it can be decoded. */
  override async messageFile(messageId: string): Promise<FileBoxInterface> {
    return await this.receiveFile(messageId)
  }

  /** As {@link messageFile}, for a caller that may give the file up. */
  async receiveFile(messageId: string, limits: FileLimits = {}): Promise<FileBoxInterface> {
    const engine = this.#running()
    const content = mediaBehind(messageId, await this.#findAll(idsBehind(messageId)))
    if (content === undefined) throw refusedLocally('invalid-argument', `${messageId} has no file`, false)
    return await engine.mediaFiles.file(messageId, content, limits)
  }

  /** An iLink message has one image; it serves as thumbnail and artwork too. */
  override async messageImage(messageId: string): Promise<FileBoxInterface> {
    return await this.messageFile(messageId)
  }

  override async messageForward(conversationId: string, messageId: string): Promise<string> {
    const raw = await this.messageRawPayload(messageId)
    const { text, media } = contentOf(raw.wire.item_list ?? [])
    if (media === undefined) return await this.messageSendText(conversationId, text)
    return await this.messageSendFile(conversationId, await this.messageFile(messageId))
  }

  /** iLink has no read marks. Wechaty sets them by itself, so this does not refuse. */
  override async conversationReadMark(): Promise<void> {}

  // Contacts: iLink gives only their ids.

  override async contactList(): Promise<string[]> {
    return [this.#selfId || [], (await this.#engine?.people()) ?? []].flat()
  }

  override async contactRawPayload(contactId: string): Promise<RawContact> {
    return { id: contactId, self: contactId === this.#selfId }
  }

  override async contactRawPayloadParser(raw: RawContact): Promise<PUPPET.payloads.Contact> {
    return contactPayload(raw)
  }

  override async contactAlias(contactId: string): Promise<string>
  override async contactAlias(contactId: string, alias: string | null): Promise<void>
  override async contactAlias(_contactId: string, alias?: string | null): Promise<unknown> {
    return alias === undefined ? '' : PUPPET.throwUnsupportedError()
  }

  // Rooms: iLink delivers none today, but its messages have a field for them.

  override async roomList(): Promise<string[]> {
    return []
  }

  override async roomRawPayload(roomId: string): Promise<{ id: string }> {
    return { id: roomId }
  }

  override async roomRawPayloadParser({ id }: { id: string }): Promise<PUPPET.payloads.Room> {
    return { id, topic: '', memberIdList: await this.roomMemberList(), adminIdList: [] }
  }

  override async roomMemberList(): Promise<string[]> {
    return this.#selfId === '' ? [] : [this.#selfId]
  }

  override async roomMemberRawPayload(_roomId: string, contactId: string): Promise<RawContact> {
    return await this.contactRawPayload(contactId)
  }

  override async roomMemberRawPayloadParser(raw: RawContact): Promise<PUPPET.payloads.RoomMember> {
    return contactPayload(raw)
  }

  /** The bot's id in this login or the latest one; empty before the first. */
  get #selfId(): string {
    return this.#engine?.session.botId ?? ''
  }

  #running(): Engine {
    if (this.#engine?.isRunning) return this.#engine
    throw refusedLocally('not-logged-in', 'The puppet is not started', true)
  }

  async #find(messageId: string): Promise<RawMessage | undefined> {
    return await this.#engine?.find(messageId)
  }

  /** Reads these messages. @returns how to look one of them up */
  async #findAll(ids: readonly string[]): Promise<FindMessage> {
    if (ids.length === 0) return () => undefined
    const known = new Map(await Promise.all(ids.map(async (id) => [id, await this.#find(id)] as const)))
    return (id) => known.get(id)
  }

  /** The file may still be open when an earlier stop did not get through. */
  #openState(): StateStore {
    const { stateDir } = this.#options
    if (stateDir === undefined || this.#ownState !== undefined) return this.#ownState ?? this.#inMemory
    const { store, problems } = openOwnState(stateDir, this.#surroundings.clock.now())
    this.#ownState = store
    for (const problem of problems) this.#announcer.report(problem)
    return store
  }
}

const newClientId = () => `wechaty-puppet-ilink:${randomUUID()}`
