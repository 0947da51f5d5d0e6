/**
 * Whether the state directory can be written: a full disk, or one that became read-only, loses no message, but stops all
 * work, so the status says so.
 */

import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '@moltbot/channel-sdk'

/** Commands ask for the status several times a second. */
const checkEveryMs = 5_000
/** Takes a block of the disk, as a row would. */
const sample = Buffer.alloc(4_096, 1)

export class WriteCheck {
  readonly #file: string
  readonly #now: () => number
  #checkedMs = Number.NEGATIVE_INFINITY
  #problem: string | undefined

  constructor(stateDir: string, now: () => number = () => performance.now()) {
    this.#file = join(stateDir, '.write-check')
    this.#now = now
  }

  /** The sentence for the operator; undefined while it can be written. Never rejects. */
  async problem(): Promise<string | undefined> {
    if (this.#now() - this.#checkedMs < checkEveryMs) return this.#problem
    this.#checkedMs = this.#now()
    try {
      await writeFile(this.#file, sample, { mode: 0o600 })
      this.#problem = undefined
    } catch (error) {
      this.#problem = `the state directory cannot be written: ${messageOf(error)} (make room on the disk, or correct its permissions)`
    }
    await rm(this.#file, { force: true }).catch(() => undefined)
    return this.#problem
  }
}
