/**
 * What is gathered in a conversation for one turn: texts that follow each other, the parts of a long paste, a picture and
 * the words to it. Each message says what may still follow it, and the burst is over when that has not come in time.
 */

import type { Arrival } from '../inbound/arrival.ts'

/** How long a turn waits for more. Read at every message. */
export interface Patience {
  /** For another text of the sender, milliseconds. 0: not at all. */
  readonly debounceMs: () => number
  /** For words to a picture or file that came without any, milliseconds. 0: not at all. */
  readonly mediaWaitMs: () => number
}

/** The next part of a long paste comes after one or two seconds (seen: 1.2 s). */
const nextPartMs = 4_000
/** A document can be answered by itself, so it waits a part of the time that a picture does. */
const documentShare = 1 / 2
/** A burst that does not end is answered after this many times the wait. */
const maxRounds = 10

export class Burst {
  /** Resolves when nothing is waited for any more. */
  readonly gathered: Promise<void>
  /** Ends the wait at once. */
  readonly end: () => void
  readonly #patience: Patience
  readonly #sinceMs: number
  #timer: NodeJS.Timeout | undefined
  #senderId: string | undefined
  #last: Arrival['content'] | undefined

  constructor(patience: Patience, nowMs: number) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.gathered = promise
    this.#patience = patience
    this.#sinceMs = nowMs
    this.end = () => {
      clearTimeout(this.#timer)
      resolve()
    }
  }

  /** @param arrival left out for what has waited long enough */
  add(arrival: Arrival | undefined, nowMs: number): void {
    clearTimeout(this.#timer)
    const waitMs = arrival === undefined ? 0 : this.#waitMs(arrival)
    const leftMs = Math.min(waitMs, waitMs * maxRounds - (nowMs - this.#sinceMs))
    if (leftMs <= 0) this.end()
    else this.#timer = setTimeout(this.end, leftMs)
  }

  /** Another sender ends the burst. */
  #waitMs({ senderId, content }: Arrival): number {
    const { debounceMs, mediaWaitMs } = this.#patience
    const last = this.#last
    this.#last = content
    this.#senderId ??= senderId
    if (this.#senderId !== senderId) return 0
    switch (content) {
      case 'part':
        return nextPartMs
      case 'words':
        return isWordless(last) ? 0 : debounceMs()
      case 'bare':
        // Words that came before are the words to it.
        return last === undefined || isWordless(last) ? mediaWaitMs() : 0
      case 'document':
        return last === undefined || isWordless(last) ? mediaWaitMs() * documentShare : 0
      case 'whole':
        return 0
    }
  }
}

function isWordless(content: Arrival['content'] | undefined): boolean {
  return content === 'bare' || content === 'document'
}
