/**
 * Relaxed changes of what a puppet remembers, which go with the next verb of the account in one round trip and one transaction:
 * those of a message with the message, those of a send with its outcome. A killed process loses those of a second at most, as a
 * power failure does where a disk is written.
 */

import type { SqlValue } from '@moltbot/channel-sdk/sql'
import type { StateChange } from '../../model/puppet-state.ts'

export class PendingChanges {
  readonly #flush: () => Promise<unknown>
  /** Oldest first. */
  readonly #changes: StateChange[] = []
  #timer: NodeJS.Timeout | undefined

  /** @param flush makes a call that takes them along */
  constructor(flush: () => Promise<unknown>) {
    this.#flush = flush
  }

  get isEmpty(): boolean {
    return this.#changes.length === 0
  }

  add(changes: readonly StateChange[]): void {
    this.#changes.push(...changes)
    this.#timer ??= setTimeout(() => void this.flush(), flushAfterMs).unref()
  }

  /** Never rejects: what could not be stored goes with a later call. */
  async flush(): Promise<void> {
    if (!this.isEmpty) await this.#flush().catch(() => undefined)
  }

  /** Runs a call that stores all of them, one such call at a time. @param call takes them as arguments of `put_state` */
  async take<Result>(call: (values: readonly SqlValue[]) => Promise<Result>): Promise<Result> {
    const taken = this.#changes.length
    const result = await call(valuesOf(this.#changes))
    this.#changes.splice(0, taken)
    if (this.isEmpty) {
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
    return result
  }

  /** What `read` gives, as it is when they are stored. */
  async over(
    { kind, keys }: { readonly kind: string; readonly keys: readonly string[] },
    read: () => Promise<Map<string, string>>,
  ): Promise<Map<string, string>> {
    const before = [...this.#changes] // They may be stored while it reads.
    const values = await read()
    for (const change of [...before, ...this.#changes]) {
      if (change.kind !== kind) continue
      if (change.key === undefined) values.clear()
      else if (change.value === undefined) values.delete(change.key)
      else if (keys.includes(change.key)) values.set(change.key, change.value)
    }
    return values
  }
}

const flushAfterMs = 1_000

/** The arguments of `put_state`. */
export function valuesOf(changes: readonly StateChange[]): SqlValue[] {
  return [
    changes.map(({ kind }) => kind),
    changes.map(({ key }) => key ?? null),
    changes.map((change) => ('value' in change ? (change.value ?? null) : null)),
    changes.map((change) => ('atMs' in change ? change.atMs : 0)),
  ]
}
