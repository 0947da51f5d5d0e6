/**
 * Messages that a backend has given to this gateway when another one serves their account already, as after it stood still.
 * The backend may count them as delivered, so they are handed to that gateway, which stores them as its own: this one may
 * not write anything of the account any more.
 */

import { codeOf, type Logger, MoltbotError, messageOf, untilDone } from '@moltbot/channel-sdk'
import type { PeerRequest } from './peers.ts'

export interface HandOversOptions {
  /** The id of the gateway that serves an account (`channel/account`); undefined while none does. */
  readonly holderOf: (account: string) => string | undefined
  /** Asks a gateway, which may be this one. @throws what it throws there */
  readonly ask: (gatewayId: string, request: PeerRequest) => Promise<unknown>
  /** Ends all that waits. */
  readonly life: AbortSignal
  readonly log: Logger
}

/** What waits in memory, characters. */
const maxWaiting = 64 * 1024 * 1024
/** After it somebody else must have taken them, or nobody does. */
const giveUpMs = 10 * 60_000
const firstPauseMs = 200
const longestPauseMs = 2_000
/** They would be refused again. */
const finalRefusals = ['invalid-argument', 'account-unknown', 'account-disabled']

export class HandOvers {
  readonly #options: HandOversOptions
  #waiting = 0

  constructor(options: HandOversOptions) {
    this.#options = options
  }

  /** Resolves when another gateway has stored them, or they are given up. Never rejects. */
  async add(account: string, request: Extract<PeerRequest, { receiveAgain: unknown }>): Promise<void> {
    const { life, log } = this.#options
    const { length } = request.receiveAgain.received
    this.#waiting += length
    try {
      if (this.#waiting > maxWaiting) throw new MoltbotError('too-many-waiting', 'too many of them wait')
      await untilDone(() => this.#handOver(account, request), {
        signal: AbortSignal.any([life, AbortSignal.timeout(giveUpMs)]),
        firstPauseMs,
        longestPauseMs,
        isFinal: (error) => finalRefusals.includes(codeOf(error)),
      })
      log.info(
        { event: 'cluster.handed-over', account },
        'Messages that came too late for this gateway were handed to the one that serves the account',
      )
    } catch (error) {
      log.error(
        { event: 'cluster.not-handed-over', account, error: messageOf(error) },
        'Messages that came too late for this gateway could not be handed to another one and may be lost',
      )
    } finally {
      this.#waiting -= length
    }
  }

  async #handOver(account: string, request: PeerRequest): Promise<void> {
    const holder = this.#options.holderOf(account)
    if (holder === undefined)
      throw new MoltbotError('account-not-running', 'no gateway serves the account', { retryable: true })
    await this.#options.ask(holder, request)
  }
}
