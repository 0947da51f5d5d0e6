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
    if (this.#entries.length >= 2 * this.#maxEntries) this.#entries = this.#newest()
    return numbered
  }

  after(seq: number): (T & { seq: number })[] {
    return this.#newest().filter((entry) => entry.seq > seq)
  }

  #newest(): (T & { seq: number })[] {
    return this.#entries.slice(-this.#maxEntries)
  }
}
