/**
 * Gathers acknowledgements and commits them together. They may lag behind: an acknowledgement lost in a crash means one
 * more hand-over, which every consumer has to expect anyway.
 */

import { storeLimits } from '../limits.ts'

export class Acknowledger {
  readonly #commit: (ids: ReadonlySet<string>) => void
  #waiting = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  /** @param commit must not throw: it runs in a timer */
  constructor(commit: (ids: ReadonlySet<string>) => void) {
    this.#commit = commit
  }

  add(id: string): void {
    this.#waiting.add(id)
    this.#timer ??= setTimeout(() => this.flush(), storeLimits.ackFlushMs)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting.size === 0) return
    const ids = this.#waiting
    this.#waiting = new Set()
    this.#commit(ids)
  }
}
