/**
 * Sends one item to one person: admitted by the send window first, counted before it is attempted, remembered after it
 * was taken. Repeating a send with the same client id is safe.
 */

import { once } from 'node:events'
import type { Clock } from '../clock.ts'
import { type ILinkError, mediaFailure, refusedLocally, toILinkError } from '../errors.ts'
import { maxTextLength } from '../limits.ts'
import type { RawMessage } from '../schema/raw-message.ts'
import { itemType, readWireMessage } from '../schema/wire-message.ts'
import type { OutgoingMessage } from '../wire/client.ts'

export interface SendOptions {
  /** Reaches the backend unchanged: it shows a repeated send with the same id once. */
  clientId: string
  signal?: AbortSignal
}

export interface Sent {
  /** The backend's id of the message, in decimal. */
  messageId: string
}

/** The windows a send has to pass; SendWindows of the store. */
interface Windows {
  contextToken(userId: string): string | undefined
  window(userId: string, nowMs: number): { open: boolean; remaining: number; closesAtMs?: number }
  isCounted(userId: string, clientId: string): boolean
  count(userId: string, clientId: string): void
  uncount(userId: string, clientId: string): void
  exhaust(userId: string): void
}

/** The logged-in bot. */
export interface SendingBot {
  id: string
  send(message: OutgoingMessage, signal?: AbortSignal): Promise<string>
}

export interface SenderPorts {
  bot(): SendingBot | undefined
  windows: Windows
  keepSent(raw: RawMessage): void
  clock: Clock
}

const closed = (conversationId: string) =>
  refusedLocally(
    'window-closed',
    `${conversationId} has to write first: iLink lets a bot answer for 24 h`,
    true,
  )

export class Sender {
  readonly #ports: SenderPorts
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #life = new AbortController()

  constructor(ports: SenderPorts) {
    this.#ports = ports
  }

  /** @throws ILinkError */
  async text(conversationId: string, text: string, options: SendOptions): Promise<Sent> {
    if (text === '') throw refusedLocally('invalid-argument', 'An empty text cannot be sent', false)
    if (text.length > maxTextLength) {
      const message = `The text has ${text.length} characters; iLink delivers ${maxTextLength} reliably`
      throw refusedLocally('invalid-argument', message, false)
    }
    return await this.item(conversationId, options, async () => ({
      type: itemType.text,
      text_item: { text },
    }))
  }

  /**
   * @param makeItem called once the send is admitted, so that nothing is uploaded for a closed window
   * @throws ILinkError
   */
  async item(
    conversationId: string,
    options: SendOptions,
    makeItem: (signal: AbortSignal) => Promise<object>,
  ): Promise<Sent> {
    const stop = this.#life.signal
    const signal = options.signal === undefined ? stop : AbortSignal.any([options.signal, stop])
    const work = this.#deliver(conversationId, { ...options, signal }, makeItem)
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  /** Waits for what is under way until `limit` aborts, then aborts the rest. */
  async stop(limit: AbortSignal): Promise<void> {
    await Promise.race([Promise.allSettled(this.#underWay), once(limit, 'abort')])
    this.#life.abort()
    await Promise.allSettled(this.#underWay)
  }

  async #deliver(
    conversationId: string,
    { clientId, signal }: Required<SendOptions>,
    makeItem: (signal: AbortSignal) => Promise<object>,
  ): Promise<Sent> {
    const { bot: botOf, windows } = this.#ports
    const bot = botOf()
    if (bot === undefined) throw refusedLocally('not-logged-in', 'The bot is not logged in', true)
    const repeated = windows.isCounted(conversationId, clientId)
    this.#admit(conversationId, repeated)
    const item = await makeItem(signal).catch((error: unknown) => {
      throw mediaFailure(error, signal)
    })
    const context_token = this.#admit(conversationId, repeated)
    windows.count(conversationId, clientId)
    try {
      const message = {
        to_user_id: conversationId,
        client_id: clientId,
        item_list: [item] as const,
        context_token,
      }
      const messageId = await bot.send(message, signal)
      this.#keep(bot.id, conversationId, messageId, item)
      return { messageId }
    } catch (error) {
      throw this.#learn(toILinkError(error, 'network', 'sendmessage'), conversationId, clientId, repeated)
    }
  }

  /** @returns the context token. A repeated send has its place in the quota already. */
  #admit(conversationId: string, repeated: boolean): string {
    const { windows, clock } = this.#ports
    const token = windows.contextToken(conversationId)
    const window = windows.window(conversationId, clock.now())
    if (token === undefined || window.closesAtMs === undefined) throw closed(conversationId)
    if (clock.now() >= window.closesAtMs) throw closed(conversationId)
    if (window.remaining === 0 && !repeated) {
      throw refusedLocally('quota', `All sends that ${conversationId}'s last message allows are used`, true)
    }
    return token
  }

  #learn(error: ILinkError, conversationId: string, clientId: string, repeated: boolean): ILinkError {
    const { windows } = this.#ports
    if (error.certain && !repeated) windows.uncount(conversationId, clientId)
    if (error.code === 'quota') windows.exhaust(conversationId)
    return error
  }

  #keep(botId: string, conversationId: string, messageId: string, item: object): void {
    const wire = readWireMessage({ from_user_id: botId, to_user_id: conversationId, item_list: [item] })
    const atMs = this.#ports.clock.now()
    this.#ports.keepSent({ id: messageId, conversationId, talkerId: botId, atMs, wire })
  }
}
