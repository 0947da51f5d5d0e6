/**
 * Notices an account whose sends are accepted and not confirmed, one after another. Users report that for days nothing of
 * such an account arrives, although typing is still shown: Tencent/openclaw-weixin issues 261, 278, 310.
 */

import { codeOf } from '@moltbot/channel-sdk'

/** One such send proves nothing; this many in a row do. */
const inARow = 5

export class Silence {
  #count = 0
  readonly #onChange: (isSilent: boolean) => void

  /** @param onChange called when an account falls silent, and when a send is confirmed again */
  constructor(onChange: (isSilent: boolean) => void) {
    this.#onChange = onChange
  }

  /** Notes a failed send. Other failures than an acceptance without a message id say nothing about it. */
  failed(thrown: unknown): void {
    if (codeOf(thrown) !== 'unconfirmed') return
    this.#count++
    if (this.#count === inARow) this.#onChange(true)
  }

  /** Notes that a send was confirmed, or that another bot takes over. */
  ended(): void {
    const wasSilent = this.#count >= inARow
    this.#count = 0
    if (wasSilent) this.#onChange(false)
  }
}
