/**
 * What the phones of an account's people show: the newest messages of each chat, and their files.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { CheckedInput, RouteAnswer } from '../../api/routes.ts'
import { english } from '../../language/speech.ts'

export type Chat = CheckedInput<'phoneChat'>
export type ShownMessage = RouteAnswer<'phoneChat'>['messages'][number]

const maxMessages = 100
/** In base64. The oldest leave first. */
const maxFileChars = 64 * 1024 * 1024

export class Chats {
  readonly #byId = new Map<string, ShownMessage[]>()
  /** In base64, by message, oldest first. */
  readonly #files = new Map<string, string>()
  #fileChars = 0

  /** @param base64 the file of the message, unless it is stored already */
  add(chatId: string, message: ShownMessage, base64?: string): void {
    const shown = this.#of(chatId)
    shown.push(message)
    shown.sort((one, other) => one.atMs - other.atMs)
    for (const { id } of shown.splice(0, Math.max(0, shown.length - maxMessages))) this.#drop(id)
    if (base64 !== undefined) this.keep(message.id, base64)
  }

  keep(messageId: string, base64: string): void {
    this.#drop(messageId)
    this.#files.set(messageId, base64)
    this.#fileChars += base64.length
    for (const oldest of this.#files.keys()) {
      if (this.#fileChars <= maxFileChars) break
      this.#drop(oldest)
    }
  }

  hasFile(messageId: string): boolean {
    return this.#files.has(messageId)
  }

  /** Oldest first. */
  read(chatId: string): ShownMessage[] {
    return this.#of(chatId)
  }

  /** @throws `file-unknown` */
  file(chatId: string, messageId: string): RouteAnswer<'phoneFile'> {
    const message = this.#of(chatId).find(({ id }) => id === messageId)
    const base64 = this.#files.get(messageId)
    if (message?.file !== undefined && base64 !== undefined) return { name: message.file.name, base64 }
    throw new MoltbotError('file-unknown', english('this file is not on the phone (any more)'))
  }

  #of(chatId: string): ShownMessage[] {
    const found = this.#byId.get(chatId) ?? []
    this.#byId.set(chatId, found)
    return found
  }

  #drop(messageId: string): void {
    this.#fileChars -= this.#files.get(messageId)?.length ?? 0
    this.#files.delete(messageId)
  }
}

/** The key of a chat, of one that a person has with the bot or of a group. */
export const directChat = (personId: string) => `direct ${personId}`
export const groupChat = (groupId: string) => `group ${groupId}`
