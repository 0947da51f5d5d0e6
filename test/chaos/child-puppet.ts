/**
 * Chaos that ends a whole process: this puppet randomly exits, crashes, hangs or leaks memory. It runs in a child process,
 * and stores its state in a folder. One user, Alice, writes to it.
 */

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type payloads, types } from 'wechaty-puppet'
import { PuppetMock } from 'wechaty-puppet-mock'
import { type Dice, diceOf } from './dice.ts'

export interface ChildChaosOptions {
  readonly seed: number
  /** Absolute path of the folder with `told`, `starts` and `delivered`. */
  readonly folder: string
  readonly messages: number
}

const everyMs = 20
/** Later starts are without chaos, so that everything can finish. */
const wildStarts = 2
const growBytes = 32 * 1024 * 1024

const ends: readonly [() => void, ...(() => void)[]] = [
  () => process.exit(3),
  () => {
    throw new Error('crashed by the dice')
  },
  // Hangs without a load on the machine that runs the tests.
  () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  () => {
    const held: Buffer[] = []
    setInterval(() => held.push(Buffer.alloc(growBytes, 1)), everyMs)
  },
]

export default class ChildChaosPuppet extends PuppetMock {
  readonly #options: ChildChaosOptions
  #dice: Dice = diceOf(0)
  #isWild = false

  constructor(options: ChildChaosOptions) {
    super()
    this.#options = options
  }

  override async onStart(): Promise<void> {
    const starts = this.#count('starts') + 1
    this.#note('starts', starts)
    this.#dice = diceOf(this.#options.seed * 100 + starts)
    this.#isWild = starts <= wildStarts
    setImmediate(() => {
      this.login('bot')
      setInterval(() => this.#tell(), everyMs)
    })
  }

  #tell(): void {
    const told = this.#count('told')
    if (told < this.#options.messages) {
      this.#note('told', told + 1)
      this.emit('message', { messageId: `m${told}` })
    }
    this.#maybeEnd(0.02)
  }

  #maybeEnd(probability: number): void {
    if (this.#isWild && this.#dice.chance(probability)) this.#dice.pick(ends)()
  }

  #count(name: string): number {
    const file = join(this.#options.folder, name)
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  }

  #note(name: string, value: number): void {
    writeFileSync(join(this.#options.folder, name), String(value))
  }

  override ding(data: string): void {
    this.emit('dong', { data })
  }

  override async messageRawPayload(id: string): Promise<payloads.Message> {
    const common = { id, talkerId: 'alice', listenerId: 'bot', text: `text of ${id}` }
    return { ...common, timestamp: Date.now(), type: types.Message.Text }
  }

  override async contactRawPayload(id: string): Promise<payloads.Contact> {
    return {
      id,
      name: id,
      gender: types.ContactGender.Unknown,
      type: types.Contact.Individual,
      avatar: '',
      phone: [],
    }
  }

  override async messageSendText(_conversationId: string, text: string): Promise<void> {
    this.#maybeEnd(0.02)
    appendFileSync(join(this.#options.folder, 'delivered'), `${text}\n`)
    this.#maybeEnd(0.02)
  }
}
