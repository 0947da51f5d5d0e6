/**
 * The port for the puppet's state. It is small on purpose, so that a program can put the state into its own database.
 */

/**
 * - `durable`: the write resolves when it is on the disk.
 * - `relaxed`: the write resolves when a killed process cannot lose it. A power failure may.
 */
export type Durability = 'durable' | 'relaxed'

/** One change of a {@link StateStore.write}: put an entry (insert or replace), remove it, or remove all of a kind. */
export type StateChange =
  | { readonly kind: string; readonly key: string; readonly value: string; readonly atMs: number }
  | { readonly kind: string; readonly key: string; readonly value: undefined }
  | { readonly kind: string; readonly key: undefined }

export interface StateEntry {
  readonly key: string
  readonly value: string
  /** The time that was written with the value, in milliseconds since the epoch; always an integer. */
  readonly atMs: number
}

/** Which entries `prune` removes; both limits apply when both are given. */
export interface PruneLimits {
  /** Entries with an older time are removed. Milliseconds since the epoch. */
  readonly beforeMs?: number
  /** How many of the newest entries stay. */
  readonly keep?: number
}

/**
 * A key-value store with atomic writes, for one account. Implement it on any database and pass it to the puppet:
 * `new PuppetILink(options, { state })`. The suite in `test/state-store-contract.ts` checks an implementation.
 *
 * Kinds are `credentials`, `meta`, `pending`, `message`, `seen`, `window` and `damaged`. Keys have at most 300
 * characters; neither they nor values hold NUL characters or unpaired surrogates. Values are text of up to 16 MiB and
 * may hold secrets (the bot's token, context tokens): store them as privately as a password.
 *
 * The puppet never closes a store that was passed to it. A method may reject at any time; the puppet then tries again or
 * reports the failure, and loses nothing.
 *
 * @example
 * ```ts
 * import { PuppetILink, type StateStore } from 'wechaty-puppet-ilink'
 *
 * declare const state: StateStore // your implementation
 * const puppet = new PuppetILink({}, { state })
 * ```
 */
export interface StateStore {
  /** Values by key; keys that are unknown are left out. */
  get(kind: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>>
  /**
   * One page of a kind, ordered by key (by code point).
   * @param page only keys that come after `after` (default: from the first), at most `limit` entries
   */
  list(
    kind: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly StateEntry[]>
  /**
   * Applies all changes in their order, or none of them. Writes take effect in the order of the calls, and `get` and
   * `list` see a write as soon as it has resolved.
   */
  write(changes: readonly StateChange[], durability: Durability): Promise<void>
  /** Removes old entries, in batches that do not hold the event loop. Entries of the same time go in key order. */
  prune(kind: string, limits: PruneLimits): Promise<void>
  /** Makes everything that was written durable and releases the store; every later call rejects. */
  close(): Promise<void>
}
