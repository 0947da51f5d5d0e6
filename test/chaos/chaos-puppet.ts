/**
 * A puppet that randomly does everything that a puppet can do wrong within one process. Its own timers do not keep the
 * process alive, so that any timer that does belongs to the channel.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { type payloads, types } from 'wechaty-puppet'
import { PuppetMock } from 'wechaty-puppet-mock'
import { botId, type ChaosWorld, people, roomId } from './chaos-world.ts'
import type { Dice } from './dice.ts'

const never = () => new Promise<never>(() => undefined)
/** After this time no call waits for an answer. */
const lateMs = 120_000

export class ChaosPuppet extends PuppetMock {
  readonly #world: ChaosWorld
  readonly #dice: Dice
  #mute = false

  readonly capabilities: { readonly resendUncertain: boolean; readonly minSendGapMs: number }
  /** Only if the backend accepts ids, see `PuppetExtras`. */
  readonly sendText?: (conversationId: string, text: string) => Promise<void>

  constructor(world: ChaosWorld, dice: Dice) {
    super()
    this.#world = world
    this.#dice = dice
    this.capabilities = { resendUncertain: world.resends, minSendGapMs: 0 }
    if (world.resends) this.sendText = (conversationId, text) => this.messageSendText(conversationId, text)
    world.puppets += 1
  }

  #mischief(probability: number): boolean {
    return !this.#world.calm && this.#dice.chance(probability)
  }

  /** Emits a message once, never, twice or late. */
  tell({ id }: payloads.Message): void {
    const tell = () => this.emit('message', { messageId: id })
    if (this.#mischief(0.05)) return
    if (this.#mischief(0.2)) setTimeout(tell, this.#dice.below(2_000)).unref()
    else tell()
    if (this.#mischief(0.1)) setTimeout(tell, this.#dice.below(5_000)).unref()
    this.#misbehave()
  }

  #misbehave(): void {
    if (this.#mischief(0.02)) this.emit('error', new Error('something is wrong'))
    if (this.#mischief(0.005)) this.#mute = true
    if (this.#mischief(0.01)) Reflect.apply(this.emit, this, ['message', undefined])
    if (this.#mischief(0.01)) this.emit('message', { messageId: 'unknown' })
    if (this.#mischief(0.005)) void this.stop()
    if (this.#mischief(0.005)) this.#relogin()
  }

  #relogin(): void {
    void this.logout('by the backend').then(() =>
      setTimeout(() => this.#enter(), this.#dice.below(3_000)).unref(),
    )
  }

  #enter(): void {
    if (this.state.active() === true && !this.isLoggedIn) this.login(botId)
  }

  override async onStart(): Promise<void> {
    if (this.#mischief(0.1)) throw new Error('does not start')
    if (this.#mischief(0.05)) return never()
    if (this.#mischief(0.05)) return
    setImmediate(() => this.#enter())
  }

  override async onStop(): Promise<void> {
    if (this.#mischief(0.3)) setTimeout(() => this.#haunt(), this.#dice.below(10_000)).unref()
    if (this.#mischief(0.1)) return never()
  }

  /** Emits events after its end. */
  #haunt(): void {
    this.emit('scan', { qrcode: 'https://qr.example', status: types.ScanStatus.Waiting })
    this.emit('logout', { contactId: botId, data: 'too late' })
    for (const id of this.#world.messages.keys()) this.emit('message', { messageId: id })
  }

  override ding(data: string): void {
    if (this.#mute) return
    if (this.#mischief(0.05)) throw new Error('cannot be asked')
    this.emit('dong', { data })
  }

  override async messageRawPayload(id: string): Promise<payloads.Message> {
    if (this.#mischief(0.03)) throw new Error('cannot read the message')
    if (this.#mischief(0.01)) return never()
    const message = this.#world.messages.get(id)
    if (message === undefined) throw new Error(`no message ${id}`)
    return message
  }

  override async contactRawPayload(id: string): Promise<payloads.Contact> {
    if (this.#mischief(0.01)) throw new Error('cannot read the contact')
    return {
      id,
      name: id,
      gender: types.ContactGender.Unknown,
      type: types.Contact.Individual,
      avatar: '',
      phone: [],
    }
  }

  override async roomRawPayload(id: string): Promise<payloads.Room> {
    return { id, topic: 'Room', memberIdList: [botId, ...people], adminIdList: [] }
  }

  override async roomMemberRawPayload(_roomId: string, id: string): Promise<payloads.RoomMember> {
    return { id, name: id, avatar: '' }
  }

  override async roomList(): Promise<string[]> {
    return [roomId]
  }

  override async contactList(): Promise<string[]> {
    return [botId, ...people]
  }

  /** Throws at once, later, before or after the text has arrived, or never settles. */
  override messageSendText(conversationId: string, text: string): Promise<void> {
    if (this.#mischief(0.03)) {
      this.#world.uncertain.add(text)
      throw new Error('thrown at once')
    }
    return this.#send(conversationId, text)
  }

  async #send(conversationId: string, text: string): Promise<void> {
    if (this.#mischief(0.1)) await sleep(this.#dice.below(1_000), undefined, { ref: false })
    const fails = this.#mischief(0.05)
    const hangs = this.#mischief(0.02)
    const isLate = this.state.active() !== true || !this.isLoggedIn
    if (fails || hangs || isLate) this.#world.uncertain.add(text)
    if ((fails || hangs) && this.#dice.chance(0.5))
      return hangs ? never() : Promise.reject(new Error('not sent'))
    this.#world.deliver(conversationId, text)
    if (hangs) await sleep(lateMs, undefined, { ref: false })
    if (fails) throw new Error('sent, but who knows')
  }
}
