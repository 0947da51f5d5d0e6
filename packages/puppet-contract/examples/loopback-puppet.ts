/** A whole puppet that passes the contract: direct texts on the loopback backend, everything else refused. */
import * as PUPPET from 'wechaty-puppet'
import { members, type RefusableMember } from 'wechaty-puppet-contract'
import type { Loopback, Notice, StoredMessage } from './loopback.ts'

export class LoopbackPuppet extends PUPPET.Puppet {
  readonly #backend: Loopback
  #leave: () => void = () => undefined

  /** The backend stays out of the options: wechaty-puppet writes those to the log as JSON. */
  constructor(backend: Loopback) {
    super()
    this.#backend = backend
  }

  /** Resolves without a login, which comes as a notice when there is one. */
  override async onStart(): Promise<void> {
    this.#leave = this.#backend.watch((notice) => this.#on(notice))
    if (!this.#backend.loggedIn) this.#askForScan()
  }

  override async onStop(): Promise<void> {
    this.#leave()
  }

  override ding(data?: string): void {
    this.emit('dong', { data: data ?? '' })
  }

  override async contactList(): Promise<string[]> {
    return []
  }

  override contactAlias(contactId: string): Promise<string>
  override contactAlias(contactId: string, alias: string | null): Promise<void>
  // biome-ignore lint/suspicious/noConfusingVoidType: the two overloads of the contract return one each
  override async contactAlias(_contactId: string, alias?: string | null): Promise<string | void> {
    return alias === undefined ? '' : PUPPET.throwUnsupportedError()
  }

  /** The backend keeps no names, so every id is a contact, the user's own also before and after a session. */
  override async contactRawPayload(id: string): Promise<{ id: string }> {
    return { id }
  }

  override async contactRawPayloadParser({ id }: { id: string }): Promise<PUPPET.payloads.Contact> {
    const { ContactGender, Contact } = PUPPET.types
    return { id, name: id, avatar: '', gender: ContactGender.Unknown, type: Contact.Individual, phone: [] }
  }

  override async conversationReadMark(): Promise<void> {}

  override async roomList(): Promise<string[]> {
    return []
  }

  override async roomMemberList(): Promise<string[]> {
    return []
  }

  override async messageRawPayload(id: string): Promise<StoredMessage> {
    const message = this.#backend.messages.get(id)
    if (!message) throw new Error(`the backend has no message ${id}`)
    return message
  }

  override async messageRawPayloadParser(raw: StoredMessage): Promise<PUPPET.payloads.Message> {
    const { id, text, from: talkerId, to: listenerId, atMs: timestamp } = raw
    return { id, text, talkerId, listenerId, timestamp, type: PUPPET.types.Message.Text }
  }

  /** The backend gives the user's own messages back, and so they are emitted as all others. */
  override async messageSendText(to: string, text: string): Promise<string> {
    if (!this.isLoggedIn) throw new Error('no user is logged in')
    return this.#backend.say({ from: this.currentUserId, to, text })
  }

  #askForScan(): void {
    const qrcode = 'https://example.com/scan'
    this.#tell(() => this.emit('scan', { qrcode, status: PUPPET.types.ScanStatus.Waiting }))
  }

  #on(notice: Notice): void {
    this.#tell(() => this.emit('heartbeat', { data: notice.kind }))
    if (notice.kind === 'message') this.#tell(() => this.emit('message', { messageId: notice.id }))
    if (notice.kind === 'login') {
      this.#tell(() => this.login(this.#backend.userId))
      this.#tell(() => this.emit('ready', {}))
    }
    if (notice.kind === 'logout') {
      this.wrapAsync(this.logout('the backend ended the session').then(() => this.#askForScan()))
    }
  }

  /** A listener that throws is the bot's own trouble; it must not end the delivery. */
  #tell(event: () => void): void {
    try {
      event()
    } catch (error) {
      this.emit('error', error)
    }
  }
}

/** Puts a refusal in the place of every member that the backend cannot have. */
export const unsupported: readonly RefusableMember[] = members
  .filter((member) => member.refusable)
  .map(({ name }) => name)

for (const name of unsupported) {
  const value = async () => PUPPET.throwUnsupportedError()
  Object.defineProperty(LoopbackPuppet.prototype, name, { value, writable: true, configurable: true })
}
