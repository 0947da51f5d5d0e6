/**
 * The three verbs by which the service client keeps what it knows, on a map that forgets the oldest.
 */

export class BoundedCache {
  readonly #values = new Map<string, unknown>()
  readonly #maxEntries: number

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  async get(key: string): Promise<unknown> {
    return this.#values.get(key)
  }

  async set(key: string, value: unknown): Promise<void> {
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size <= this.#maxEntries) return
    const [oldest] = this.#values.keys()
    if (oldest !== undefined) this.#values.delete(oldest)
  }

  async delete(key: string): Promise<boolean> {
    return this.#values.delete(key)
  }

  clear(): void {
    this.#values.clear()
  }
}
