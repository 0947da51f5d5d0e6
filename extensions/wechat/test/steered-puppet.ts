/**
 * puppet-mock whose people are elsewhere: it reports to a `MockWorld` what the bot sends and runs the orders it gets from
 * there, so that a test steers it in whatever process it runs, and the world outlives it.
 */

import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { FileBox, type FileBoxInterface } from 'file-box'
import { types } from 'wechaty-puppet'
import { PuppetMock } from 'wechaty-puppet-mock'
import {
  bot,
  group,
  type Order,
  person,
  type Report,
  type Said,
  type SendFault,
} from './mock-world-messages.ts'

export interface SteeredOptions {
  /** Path of the world's socket. */
  readonly world: string
  /** Default: the group of every world. */
  readonly groupId?: string
}

/** Messages that can be read; puppet-mock itself would keep them all. */
const messagesKept = 200

export default class SteeredPuppet extends PuppetMock {
  readonly #path: string
  readonly #groupId: string
  #world: Socket | undefined
  readonly #sendFaults: SendFault[] = []
  /** A logout takes a moment, in which nobody can log in. */
  #loggedOut: Promise<void> = Promise.resolve()

  constructor({ world, groupId = group.id }: SteeredOptions) {
    super()
    this.#path = world
    this.#groupId = groupId
    this.mocker.createContact(bot)
    this.mocker.createContact(person)
    this.mocker.createRoom({ ...group, id: groupId, memberIdList: [bot.id, person.id] })
  }

  override async onStart(): Promise<void> {
    await super.onStart()
    const world = connect(this.#path)
    this.#world = world
    createInterface(world).on('line', (line) => this.#run(JSON.parse(line)))
  }

  override async onStop(): Promise<void> {
    this.#world?.destroy()
    await super.onStop()
  }

  override messageSendText(conversationId: string, text: string): Promise<void> {
    return this.#send({ to: conversationId, text }, () => super.messageSendText(conversationId, text))
  }

  /** The mock stores files as JSON, which only some kinds of a FileBox have. */
  override async messageSendFile(conversationId: string, box: FileBoxInterface): Promise<void> {
    const file = { name: box.name, base64: await box.toBase64() }
    await this.#send({ to: conversationId, file }, () =>
      super.messageSendFile(conversationId, FileBox.fromBase64(file.base64, file.name)),
    )
  }

  async #send(report: Report, send: () => Promise<void>): Promise<void> {
    const fault = this.#sendFaults.shift()
    if (fault === 'silent') return new Promise<never>(() => undefined)
    if (fault !== undefined && fault !== 'sent') throw sendFailures[fault]()
    await send()
    await this.#report(report)
    if (fault === 'sent') throw sendFailures.unsent()
  }

  /** Resolves when the world gets it even if this process ends now. @throws when there is no world */
  async #report(report: Report): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const line = `${JSON.stringify(report)}\n`
    if (this.#world === undefined) throw new Error('the puppet has no world')
    this.#world.write(line, (error) => (error ? reject(error) : resolve()))
    await promise
  }

  async #logIn(): Promise<void> {
    await this.#loggedOut
    if (!this.isLoggedIn) this.mocker.login(this.mocker.ContactMock.load(bot.id))
  }

  #run(order: Order): void {
    switch (order.type) {
      case 'log-in':
        void this.#logIn()
        break
      case 'log-out':
        this.#loggedOut = this.logout('by the world')
        break
      case 'stop':
        void this.stop()
        break
      case 'fail-send':
        this.#sendFaults.push(order.how)
        break
      case 'say':
        this.#say(order)
    }
  }

  #say({ id, text, picture, file, inGroup, mention }: Said): void {
    const shown = picture === undefined ? file : { name: 'picture.png', base64: picture }
    if (shown !== undefined) {
      this.mocker.cacheFileBoxPayload.set(id, FileBox.fromBase64(shown.base64, shown.name).toJSON())
    }
    const type = typeOf({ picture, file })
    const said = { id, text, type, talkerId: person.id, timestamp: Date.now() }
    const to = inGroup
      ? { roomId: this.#groupId, mentionIdList: mention ? [bot.id] : [] }
      : { listenerId: bot.id }
    // A backend may hand over a message again.
    if (!this.mocker.cacheMessagePayload.has(id)) this.mocker.MessageMock.create({ ...said, ...to })
    for (const cache of [this.mocker.cacheMessagePayload, this.mocker.cacheFileBoxPayload])
      forgetOldest(cache)
    this.emit('message', { messageId: id })
  }
}

const sendFailures = {
  busy: () => Object.assign(new Error('busy'), { certain: true, retryable: true }),
  limited: () =>
    Object.assign(new Error('too often'), { certain: true, retryable: true, retryAfterMs: 1_000 }),
  unsent: () => new Error('something is wrong'),
}

function typeOf({ picture, file }: { picture: unknown; file: unknown }): types.Message {
  if (picture !== undefined) return types.Message.Image
  return file === undefined ? types.Message.Text : types.Message.Attachment
}

function forgetOldest(cache: Map<string, unknown>): void {
  for (const id of cache.keys()) if (cache.size > messagesKept) cache.delete(id)
}
