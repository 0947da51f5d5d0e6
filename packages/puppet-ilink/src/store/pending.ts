/**
 * The received messages whose consumer has not acknowledged them yet. An acknowledgement counts at once; its removal
 * from the store may lag behind, since one that is lost in a crash only means that a message is handed over once more.
 */

import { storeLimits } from '../limits.ts'
import type { StateChange } from './state-store.ts'

const keyLength = 16

export class Pending {
  readonly #flush: () => void
  /** Key in the store by message id. */
  readonly #keys = new Map<string, string>()
  #removals: string[] = []
  #timer: NodeJS.Timeout | undefined
  #lastPosition = 0
  readonly #watchers = new Set<() => void>()

  /** @param flush is to write what `takeRemovals` gives */
  constructor(flush: () => void) {
    this.#flush = flush
  }

  get size(): number {
    return this.#keys.size
  }

  /** The next key, greater than all before. */
  nextKey(): string {
    this.#lastPosition += 1
    return String(this.#lastPosition).padStart(keyLength, '0')
  }

  add(id: string, key: string): void {
    this.#keys.set(id, key)
    this.#lastPosition = Math.max(this.#lastPosition, Number.parseInt(key, 10) || 0)
  }

  /** Unknown and repeated ids are no-ops. */
  acknowledge(id: string): void {
    const key = this.#keys.get(id)
    if (key === undefined) return
    this.#keys.delete(id)
    this.#removals.push(key)
    this.#timer ??= setTimeout(this.#flush, storeLimits.ackFlushMs)
    for (const watcher of this.#watchers) watcher()
  }

  /** Calls `watcher` after each acknowledgement. @returns what ends it */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /** The acknowledgements that are not yet stored, for the next write. Hand them to `restore` when it fails. */
  takeRemovals(): StateChange[] {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const keys = this.#removals
    this.#removals = []
    return keys.map((key) => ({ kind: 'pending', key, value: undefined }))
  }

  /** They go with a later write; there is no timer for them, so that a full disk is not tried all the time. */
  restore(changes: readonly StateChange[]): void {
    this.#removals.push(...changes.flatMap(({ key }) => key ?? []))
  }
}
