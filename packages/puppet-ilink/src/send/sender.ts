/**
 * Sends one item to one person: admitted by the send window first, counted before it is attempted, remembered after the
 * backend accepted it. Repeating a send with the same client id is safe.
 */

import { type Clock, lifetimeWithin, untilAborted } from '../clock.ts'
import { type ILinkError, mediaFailure, reasonOf, refusedLocally, toILinkError } from '../errors.ts'
import { maxTextLength } from '../limits.ts'
import type { RawMessage } from '../schema/raw-message.ts'
import { itemType, readWireMessage } from '../schema/wire-message.ts'
import type { Limits } from '../store/learnt-limits.ts'
import { placeIn, type SendWindows, type StoredWindow, type Window } from '../store/windows.ts'
import type { OutgoingMessage } from '../wire/client.ts'

export interface SendOptions {
  /** Sent to the backend unchanged: it shows a repeated send with the same id once. */
  clientId: string
  signal?: AbortSignal
}

export interface Sent {
  /** The backend's id of the message, in decimal. */
  messageId: string
}

/** The logged-in bot. */
export interface SendingBot {
  id: string
  send(message: OutgoingMessage, signal?: AbortSignal): Promise<string>
}

export interface SenderPorts {
  bot(): SendingBot | undefined
  windows: Pick<SendWindows, 'of' | 'count' | 'uncount' | 'exhaust'>
  /** Learns from what the backend accepts and refuses. */
  limits: Pick<Limits, 'accepted' | 'refused'>
  /** Takes a message that was sent; `isRepeated` when the client id was used before. The send does not wait for it. */
  onSent(raw: RawMessage, isRepeated: boolean): void
  /** Of the backend, which decides whether a window is open. */
  clock: Pick<Clock, 'now'>
}

/** One send on its way. */
interface Delivery {
  conversationId: string
  clientId: string
  window: Window
  /** Its place in the quota is taken already. */
  isRepeated: boolean
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
      const message = `The text has ${text.length} characters; iLink reliably delivers up to ${maxTextLength}`
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
    { clientId, signal }: SendOptions,
    makeItem: (signal: AbortSignal) => Promise<object>,
  ): Promise<Sent> {
    const life = lifetimeWithin(this.#life.signal)
    signal?.addEventListener('abort', life.end, { once: true })
    if (signal?.aborted) life.end()
    const work = this.#deliver(conversationId, clientId, makeItem, life.signal)
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
      signal?.removeEventListener('abort', life.end)
      life.dispose()
    }
  }

  /** Waits for the sends under way until `limit` aborts, then aborts the rest. */
  async stop(limit: AbortSignal): Promise<void> {
    await untilAborted(Promise.allSettled(this.#underWay), limit).catch(() => undefined)
    this.#life.abort()
  }

  async #deliver(
    conversationId: string,
    clientId: string,
    makeItem: (signal: AbortSignal) => Promise<object>,
    signal: AbortSignal,
  ): Promise<Sent> {
    const { bot: botOf, windows } = this.#ports
    const bot = botOf()
    if (bot === undefined) throw refusedLocally('not-logged-in', 'The bot is not logged in', true)
    const window = await untilAborted(windows.of(conversationId), signal).catch((error: unknown) => {
      throw windowFailure(error, signal)
    })
    const delivery = { conversationId, clientId, window, isRepeated: window.isCounted(clientId) }
    this.#admit(delivery)
    const item = await makeItem(signal).catch((error: unknown) => {
      throw mediaFailure(error, signal)
    })
    return await this.#send(bot, delivery, item, signal)
  }

  async #send(bot: SendingBot, delivery: Delivery, item: object, signal: AbortSignal): Promise<Sent> {
    const { conversationId, clientId, window, isRepeated } = delivery
    const stored = this.#admit(delivery)
    await untilAborted(this.#ports.windows.count(window, clientId), signal).catch(() => undefined)
    try {
      const message = {
        to_user_id: conversationId,
        client_id: clientId,
        item_list: [item] as const,
        context_token: stored.token,
      }
      const messageId = await bot.send(message, signal)
      void this.#ports.limits.accepted(placeIn(stored, clientId, this.#ports.clock.now()))
      this.#ports.onSent(this.#sent(bot.id, conversationId, messageId, item), isRepeated)
      return { messageId }
    } catch (error) {
      throw this.#learn(toILinkError(error, 'network', 'sendmessage'), delivery, stored)
    }
  }

  /** @returns the window as it is now. A repeated send has its place in the quota already. */
  #admit({ conversationId, window, isRepeated }: Delivery): StoredWindow {
    const { clock } = this.#ports
    const { stored } = window
    const { remaining, closesAtMs } = window.state(clock.now())
    if (stored === undefined || closesAtMs === undefined) throw closed(conversationId)
    if (clock.now() >= closesAtMs) throw closed(conversationId)
    if (remaining === 0 && !isRepeated) {
      const message = `${conversationId} has to write again first: the sends that the last message allowed are used up`
      throw refusedLocally('quota', message, true)
    }
    return stored
  }

  /** The error does not wait for the store. @param stored the window when the send began; the person may have written since */
  #learn(error: ILinkError, { window, clientId, isRepeated }: Delivery, stored: StoredWindow): ILinkError {
    const { windows, limits, clock } = this.#ports
    if (error.certain && !isRepeated) {
      void limits.refused(error.code, placeIn(stored, clientId, clock.now()), clock.now())
      void windows.uncount(window, clientId)
    }
    if (error.code === 'quota') void windows.exhaust(window, stored)
    return error
  }

  #sent(botId: string, conversationId: string, messageId: string, item: object): RawMessage {
    const wire = readWireMessage({ from_user_id: botId, to_user_id: conversationId, item_list: [item] })
    return { id: messageId, conversationId, talkerId: botId, atMs: this.#ports.clock.now(), wire }
  }
}

const windowFailure = (error: unknown, signal: AbortSignal): ILinkError =>
  signal.aborted
    ? refusedLocally('aborted', 'The send was aborted before it was attempted', true)
    : refusedLocally('state-failed', `The send window could not be read: ${reasonOf(error)}`, true)
