/**
 * From a message of Wechaty's to one that is kept: read side by side, kept in the order of arrival, acknowledged when it
 * is on the disk. What cannot be read is told.
 */

import { codeOf, type Logger, messageOf } from '@moltbot/channel-sdk'
import type { Message, Wechaty } from 'wechaty'
import type { InboundMessage } from '../model/message.ts'
import { withDeadline } from './deadline.ts'
import type { GroupAliases } from './group-aliases.ts'
import { InOrder } from './in-order.ts'
import { messageReader, type ReadMessage } from './reader.ts'
import { withRetries } from './retry.ts'

export interface ReceiverOptions {
  readonly accountId: string
  readonly aliases: GroupAliases
  /** Resolves when the message is on the disk. */
  readonly keep: (message: InboundMessage) => Promise<void>
  /** The backend may forget the message. */
  readonly ack: (messageId: string) => void
  /** A failure that is tried again. */
  readonly onFailure: (error: unknown) => void
  readonly log: Logger
  readonly signal: AbortSignal
}

/** For one attempt to read a message from the puppet, or to keep it. */
const attemptDeadlineMs = 10_000

export class Receiver {
  readonly #options: ReceiverOptions
  readonly #arrivals = new InOrder()
  #read: ReadMessage | undefined

  constructor(options: ReceiverOptions) {
    this.#options = options
  }

  /** Never rejects. */
  async receive(received: Message, bot: Wechaty): Promise<void> {
    const { accountId, aliases, keep, ack, log, signal } = this.#options
    const { id: messageId } = received
    this.#read ??= messageReader(bot, accountId, aliases)
    try {
      const message = await this.#arrivals.pass(this.#persist(this.#read, received))
      // The puppet would hand it over again only after a restart.
      if (typeof message === 'object') await this.#persist(keep, message)
      else log.debug({ messageId, ignored: message }, 'message ignored')
      ack(messageId)
    } catch (error) {
      if (signal.aborted) return
      log.error({ messageId, code: codeOf(error), error: messageOf(error) }, 'a message could not be read')
    }
  }

  /** A puppet that hangs holds up the messages after this one only so long. */
  #persist<Input, Result>(work: (input: Input) => Promise<Result>, input: Input): Promise<Result> {
    const { onFailure, signal } = this.#options
    const once = () => withDeadline(work(input), attemptDeadlineMs, 'a message could not be read or kept')
    return withRetries(once, onFailure, signal)
  }
}
