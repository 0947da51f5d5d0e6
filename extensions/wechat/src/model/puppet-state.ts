/**
 * A place for what a puppet has to remember, in the account's own store. Shaped like the `StateStore` of
 * wechaty-puppet-ilink, which is handed one.
 */

/** A put, a removal, or the removal of all of a kind. */
export type StateChange =
  | { readonly kind: string; readonly key: string; readonly value: string; readonly atMs: number }
  | { readonly kind: string; readonly key: string; readonly value: undefined }
  | { readonly kind: string; readonly key: undefined }

export interface StateEntry {
  readonly key: string
  readonly value: string
  readonly atMs: number
}

export interface PuppetState {
  /** Values by key; unknown keys are left out. */
  get(kind: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** In the order of the keys, those after `after`, at most `limit`. */
  list(
    kind: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly StateEntry[]>
  /** All or nothing. A relaxed one can be lost with the process where it goes with a later verb of the account, within a second. */
  write(changes: readonly StateChange[], durability: 'durable' | 'relaxed'): Promise<void>
  /** Removes what is older than `beforeMs`, and the oldest beyond the newest `keep`. */
  prune(kind: string, limits: { readonly beforeMs?: number; readonly keep?: number }): Promise<void>
  close(): Promise<void>
}
