/** A chat backend in memory: what a WeChat server would be to a real puppet. It outlives the puppets it serves. */

export interface StoredMessage {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly text: string
  readonly atMs: number
}

export type Notice =
  | { readonly kind: 'login' }
  | { readonly kind: 'logout' }
  | { readonly kind: 'message'; readonly id: string }

/** Old messages are forgotten first. More than the 500 payloads that wechaty-puppet keeps by itself. */
const maxMessages = 1000

export class Loopback {
  readonly userId = 'loopback-user'
  readonly messages = new Map<string, StoredMessage>()
  loggedIn = false
  #undelivered: Notice[] = []
  #watcher: ((notice: Notice) => void) | undefined
  #lastId = 0

  /** Delivers what has waited and what comes, until the returned function is called. */
  watch(watcher: (notice: Notice) => void): () => void {
    this.#watcher = watcher
    if (this.loggedIn) this.#undelivered.unshift({ kind: 'login' })
    setImmediate(() => this.#deliver())
    return () => {
      this.#watcher = undefined
    }
  }

  scan(): void {
    if (this.loggedIn) return
    this.loggedIn = true
    this.#push({ kind: 'login' })
  }

  kickOut(): void {
    this.loggedIn = false
    this.#push({ kind: 'logout' })
  }

  say(message: Omit<StoredMessage, 'id' | 'atMs'>): string {
    this.#lastId += 1
    const id = `loopback-${this.#lastId}`
    this.messages.set(id, { ...message, id, atMs: Date.now() })
    for (const oldest of this.messages.keys()) {
      if (this.messages.size <= maxMessages) break
      this.messages.delete(oldest)
    }
    this.#push({ kind: 'message', id })
    return id
  }

  #push(notice: Notice): void {
    this.#undelivered = [...this.#undelivered, notice].slice(-maxMessages)
    setImmediate(() => this.#deliver())
  }

  #deliver(): void {
    while (this.#watcher) {
      const notice = this.#undelivered.shift()
      if (!notice) return
      this.#watcher(notice)
    }
  }
}
