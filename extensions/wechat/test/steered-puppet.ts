/**
 * puppet-mock whose people are elsewhere: it reports to a `MockWorld` what the bot sends and runs the orders it gets from
 * there, so that a test steers it in whatever process it runs, and the world outlives it.
 */

import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { FileBox, type FileBoxInterface } from 'file-box'
import { types } from 'wechaty-puppet'
import { PuppetMock } from 'wechaty-puppet-mock'
import { bot, group, type Order, person, type Report, type Said } from './mock-world-messages.ts'

export interface SteeredOptions {
  /** Path of the world's socket. */
  readonly world: string
}

export default class SteeredPuppet extends PuppetMock {
  readonly #path: string
  #world: Socket | undefined

  constructor({ world }: SteeredOptions) {
    super()
    this.#path = world
    this.mocker.createContact(bot)
    this.mocker.createContact(person)
    this.mocker.createRoom({ ...group, memberIdList: [bot.id, person.id] })
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

  override async messageSendText(conversationId: string, text: string): Promise<void> {
    await super.messageSendText(conversationId, text)
    this.#report({ to: conversationId, text })
  }

  /** The mock stores files as JSON, which only some kinds of a FileBox have. */
  override async messageSendFile(conversationId: string, file: FileBoxInterface): Promise<void> {
    const { name } = file
    const base64 = await file.toBase64()
    await super.messageSendFile(conversationId, FileBox.fromBase64(base64, name))
    this.#report({ to: conversationId, file: { name, base64 } })
  }

  #report(report: Report): void {
    this.#world?.write(`${JSON.stringify(report)}\n`)
  }

  #run(order: Order): void {
    if (order.type === 'log-in') this.mocker.login(this.mocker.ContactMock.load(bot.id))
    else this.#say(order)
  }

  #say({ id, text, picture, inGroup, mention }: Said): void {
    const said = { id, text, talkerId: person.id, timestamp: Date.now() }
    const type = picture === undefined ? types.Message.Text : types.Message.Image
    const to = inGroup ? { roomId: group.id, mentionIdList: mention ? [bot.id] : [] } : { listenerId: bot.id }
    if (picture !== undefined) {
      this.mocker.cacheFileBoxPayload.set(id, FileBox.fromBase64(picture, 'picture.png').toJSON())
    }
    // A backend may hand over a message again.
    if (!this.mocker.cacheMessagePayload.has(id)) this.mocker.MessageMock.create({ ...said, type, ...to })
    this.emit('message', { messageId: id })
  }
}
