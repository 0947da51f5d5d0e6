// Collections with a cap: what is full forgets its oldest entry.

export function setCapped<K, V>(map: Map<K, V>, key: K, value: V, maxEntries: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= maxEntries) return
  const oldest = map.keys().next()
  if (!oldest.done) map.delete(oldest.value)
}

/** A log that numbers its entries from 1 and keeps the newest. */
export class Log<T> {
  readonly #maxEntries: number
  #entries: (T & { seq: number })[] = []
  #lastSeq = 0

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  add(entry: T): T & { seq: number } {
    const numbered = { seq: ++this.#lastSeq, ...entry }
    this.#entries.push(numbered)
    if (this.#entries.length >= 2 * this.#maxEntries) this.#entries = this.#entries.slice(-this.#maxEntries)
    return numbered
  }

  after(seq: number): (T & { seq: number })[] {
    const firstSeq = this.#entries[0]?.seq ?? 1
    const keptFrom = this.#entries.length - this.#maxEntries
    return this.#entries.slice(Math.max(0, keptFrom, seq + 1 - firstSeq))
  }
}
