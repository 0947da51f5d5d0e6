/**
 * Notices an account whose sends are accepted and not confirmed, one after another. Users report that for days nothing of
 * such an account arrives, although typing is still shown: Tencent/openclaw-weixin issues 261, 278, 310.
 */

import { codeOf } from '@moltbot/channel-sdk'
import type { SilenceState } from '../model/outbox.ts'

/** One such send proves nothing; this many in a row do. */
const inARow = 5

export interface SilenceOptions {
  /** Called when an account falls silent, and when a send is confirmed again. */
  readonly onChange: (isSilent: boolean) => void
  /** Stores the count, which a restart does not end. Undefined: there is none. */
  readonly note: (state: SilenceState | undefined) => Promise<void>
}

export class Silence {
  readonly #options: SilenceOptions
  #botId = ''
  #sends = 0

  constructor(options: SilenceOptions) {
    this.#options = options
  }

  /** The latest sends were accepted and not confirmed. */
  get isSilent(): boolean {
    return this.#sends >= inARow
  }

  /** @param state of the last run */
  resume(state: SilenceState | undefined): void {
    if (state === undefined) return
    this.#botId = state.botId
    this.#sends = state.sends
    if (state.sends >= inARow) this.#options.onChange(true)
  }

  /** A bot is online. What another one met says nothing about it. */
  async online(botId: string): Promise<void> {
    if (botId !== this.#botId) await this.ended()
    this.#botId = botId
  }

  /** Notes a failed send. Other failures than an acceptance without a message id say nothing about it. */
  async failed(thrown: unknown): Promise<void> {
    if (codeOf(thrown) !== 'unconfirmed' || this.#sends >= inARow) return
    this.#sends++
    if (this.#sends === inARow) this.#options.onChange(true)
    await this.#options.note({ botId: this.#botId, sends: this.#sends })
  }

  /** Notes that a send was confirmed. */
  async ended(): Promise<void> {
    if (this.#sends === 0) return
    const wasSilent = this.#sends >= inARow
    this.#sends = 0
    if (wasSilent) this.#options.onChange(false)
    await this.#options.note(undefined)
  }
}
