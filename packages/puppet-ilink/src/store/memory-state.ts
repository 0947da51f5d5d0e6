/**
 * A state store in memory, for a puppet without a state folder: everything is lost when the process ends.
 */

import type { PruneLimits, StateChange, StateEntry, StateStore } from './state-store.ts'

/** UTF-8 bytes compare like code points; the characters of a JavaScript string do not (U+FFFF, U+10000). */
const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const byAge = (a: StateEntry, b: StateEntry): number => a.atMs - b.atMs || byCodePoint(a.key, b.key)

export class MemoryState implements StateStore {
  readonly #kinds = new Map<string, Map<string, StateEntry>>()
  #isClosed = false

  async get(kind: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const entries = this.#entries(kind)
    return new Map(
      keys.flatMap((key) => {
        const value = entries.get(key)?.value
        return value === undefined ? [] : [[key, value]]
      }),
    )
  }

  async list(kind: string, { after, limit }: { after?: string; limit: number }): Promise<StateEntry[]> {
    const entries = [...this.#entries(kind).values()].sort((a, b) => byCodePoint(a.key, b.key))
    const start = after === undefined ? 0 : entries.findIndex(({ key }) => byCodePoint(key, after) > 0)
    return start < 0 ? [] : entries.slice(start, start + limit)
  }

  async write(changes: readonly StateChange[]): Promise<void> {
    this.#assertOpen()
    for (const change of changes) this.#apply(change)
  }

  async prune(kind: string, { beforeMs = Number.NEGATIVE_INFINITY, keep }: PruneLimits): Promise<void> {
    const entries = this.#entries(kind)
    const oldestFirst = [...entries.values()].sort(byAge)
    const surplus = keep === undefined ? 0 : oldestFirst.length - keep
    for (const [index, { key, atMs }] of oldestFirst.entries()) {
      if (index < surplus || atMs < beforeMs) entries.delete(key)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#kinds.clear()
  }

  #apply(change: StateChange): void {
    const { kind, key } = change
    if (key === undefined) this.#kinds.delete(kind)
    else if (change.value === undefined) this.#entries(kind).delete(key)
    else this.#entries(kind).set(key, { key, value: change.value, atMs: change.atMs })
  }

  #entries(kind: string): Map<string, StateEntry> {
    this.#assertOpen()
    const known = this.#kinds.get(kind) ?? new Map<string, StateEntry>()
    this.#kinds.set(kind, known)
    return known
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new Error('The state store is closed')
  }
}
