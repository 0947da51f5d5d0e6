/**
 * Who is approved and who is not, as it was read from PostgreSQL, until any approval changes: the server notifies of every change,
 * whoever makes it. Where notifications may be missed nothing is remembered, and every question is asked again.
 */

import type { PostgresDatabase } from '../postgres/database.ts'

/** The server notifies on it, see the tables of the gateway. */
const channel = 'moltbot_approvals'
/** People remembered. Beyond it all are forgotten, and read again. */
const most = 10_000

export class KnownApprovals {
  readonly #db: Pick<PostgresDatabase, 'listen'>
  readonly #known = new Map<string, boolean>()
  #isListening = false
  /** Notifications arrive. */
  #isLive = false
  #changes = 0

  constructor(db: Pick<PostgresDatabase, 'listen'>) {
    this.#db = db
  }

  /** @param read asks the database */
  async has(place: readonly string[], read: () => Promise<boolean>): Promise<boolean> {
    const key = JSON.stringify(place)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    this.#listen()
    const changes = this.#changes
    const isApproved = await read()
    // What was read before a change may be what it changed.
    if (this.#isLive && changes === this.#changes) this.#remember(key, isApproved)
    return isApproved
  }

  /** An approval may have been given or taken back. */
  changed(): void {
    this.#changes++
    this.#known.clear()
  }

  #listen(): void {
    if (this.#isListening) return
    this.#isListening = true
    const watch = (isLive: boolean) => {
      this.#isLive = isLive
      this.changed()
    }
    this.#db.listen(channel, () => this.changed(), watch)
  }

  #remember(key: string, isApproved: boolean): void {
    if (this.#known.size >= most) this.#known.clear()
    this.#known.set(key, isApproved)
  }
}
