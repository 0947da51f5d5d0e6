/**
 * Tells the pages of all gateways that something happened to accounts, so that they read again what they show. What it
 * was, the notification does not carry.
 */

import { type Logger, messageOf } from '@moltbot/channel-sdk'
import type { Members } from './members.ts'

/** Wakes every gateway: something happened to accounts. Carries nothing. */
export const newsChannel = 'moltbot_news'

/** Whatever happens within it is one notification. Longer than a changed state takes to be published, see `Reports`. */
const gatherMs = 1_000

export class News {
  readonly #members: Pick<Members, 'wake'>
  readonly #log: Logger
  #timer: NodeJS.Timeout | undefined

  constructor(members: Pick<Members, 'wake'>, log: Logger) {
    this.#members = members
    this.#log = log
  }

  note(): void {
    this.#timer ??= setTimeout(() => void this.#tell(), gatherMs).unref()
  }

  async #tell(): Promise<void> {
    this.#timer = undefined
    await this.#members.wake(newsChannel).catch((error: unknown) => {
      this.#log.debug({ error: messageOf(error) }, 'Other gateways do not know yet that something happened')
    })
  }
}
