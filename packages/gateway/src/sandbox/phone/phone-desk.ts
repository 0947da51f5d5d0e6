/**
 * The phone of the sandbox: writes to the bot as several people, and shows what they get. Everything goes through the
 * simulated backends, so the gateway gets it as it would from WeChat.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { RouteAnswer } from '../../api/routes.ts'
import { english } from '../../language/speech.ts'
import { type MovableClock, passTime } from '../clock.ts'
import { type Chat, directChat, groupChat } from './chats.ts'
import type { Named, PhoneLine, Saying } from './phone-line.ts'

/** @returns the accounts that the phone can write to now, by their ids */
export type FindLines = () => Promise<ReadonlyMap<string, PhoneLine>>

export class PhoneDesk {
  readonly #lines: FindLines
  readonly #clock: MovableClock

  constructor(lines: FindLines, clock: MovableClock) {
    this.#lines = lines
    this.#clock = clock
  }

  async list(): Promise<RouteAnswer<'phone'>> {
    const lines = Array.from(await this.#lines(), ([accountId, { people, groups }]) => ({
      accountId,
      people: [...people.all],
      groups: [...groups],
    }))
    return { nowMs: Date.now(), accounts: lines }
  }

  /** @param runDue see `passTime` */
  async passTime(
    byMs: number,
    runDue: () => Promise<number | undefined>,
  ): Promise<RouteAnswer<'phoneClock'>> {
    await passTime(byMs, this.#clock, runDue)
    return { nowMs: Date.now() }
  }

  async addPerson(accountId: string, name: string): Promise<Named> {
    return (await this.#line(accountId)).people.add(name)
  }

  async chat(chat: Chat): Promise<RouteAnswer<'phoneChat'>> {
    const { line, person, chatId } = await this.#place(chat)
    await line.refresh()
    return { messages: line.chats.read(chatId), isTyping: await line.isTyping(person, chat.groupId) }
  }

  async file(chat: Chat, messageId: string): Promise<RouteAnswer<'phoneFile'>> {
    const { line, chatId } = await this.#place(chat)
    return line.chats.file(chatId, messageId)
  }

  async say(chat: Chat, saying: Saying): Promise<void> {
    const { line, person } = await this.#place(chat)
    if (saying.text.trim() === '' && saying.file === undefined)
      throw new MoltbotError('nothing-to-send', english('there is nothing to send'))
    await line.say(person, chat.groupId, withWav(saying))
  }

  /** @throws `account-unknown`, `person-unknown`, `group-unknown` */
  async #place({ accountId, personId, groupId }: Chat) {
    const line = await this.#line(accountId)
    const person = line.people.get(personId)
    if (groupId !== undefined && !line.groups.some(({ id }) => id === groupId))
      throw new MoltbotError('group-unknown', 'the phone does not have this group')
    return { line, person, chatId: groupId === undefined ? directChat(person.id) : groupChat(groupId) }
  }

  async #line(accountId: string): Promise<PhoneLine> {
    const line = (await this.#lines()).get(accountId)
    if (line !== undefined) return line
    throw new MoltbotError('account-unknown', english('the phone cannot write to this account now'))
  }
}

/** Plays as it is, and opens in any program. */
function withWav(saying: Saying): Saying {
  const { file } = saying
  if (file?.kind !== 'voice') return saying
  const wav = wavFile(Buffer.from(file.base64, 'base64'))
  return { ...saying, file: { ...file, base64: wav.toString('base64') } }
}

const samplesPerSecond = 24_000
const headerBytes = 44

/** @param samples one channel of 16 bits */
function wavFile(samples: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.write('RIFF', 0)
  header.writeUInt32LE(headerBytes - 8 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16) // Bytes of what follows until `data`.
  header.writeUInt16LE(1, 20) // Not compressed.
  header.writeUInt16LE(1, 22) // One channel.
  header.writeUInt32LE(samplesPerSecond, 24)
  header.writeUInt32LE(2 * samplesPerSecond, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}
