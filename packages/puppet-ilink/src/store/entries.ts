/**
 * The puppet's view of a state store: typed kinds, keys that every database takes, and reads that survive a damaged
 * row. Such a row is moved to the kind `damaged` and reported; everything else goes on.
 */

import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { ILinkError, refusedLocally } from '../errors.ts'
import { storeLimits } from '../limits.ts'
import type { Durability, PruneLimits, StateChange, StateStore } from './state-store.ts'

export type Kind = 'credentials' | 'meta' | 'pending' | 'message' | 'seen' | 'window' | 'damaged'

/** What reading a value gives: it, or why it is damaged. The reason never quotes the value, which may be a secret. */
export type Parsed<T> = { readonly value: T } | { readonly reason: string }

type Parse<T> = (value: string) => Parsed<T>

/** Reads JSON of a schema. */
export const jsonOf =
  <S extends z.ZodType>(schema: S) =>
  (text: string): Parsed<z.infer<S>> => {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      return { reason: 'not JSON' }
    }
    const { success, data, error } = schema.safeParse(json)
    if (success) return { value: data }
    return { reason: `unexpected ${error.issues[0]?.path.join('.') || 'content'}` }
  }

const maxKeyCharacters = 200

/** Whether every database takes this text: it has no NUL character and no unpaired surrogate. */
export const isPortable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/**
 * The key for an id of the backend. Ids are foreign text: one that is too long for an index, or that a database may
 * refuse, is replaced by its hash, so that no message can make a write fail.
 */
export const keyOf = (id: string): string => {
  if (id !== '' && id.length <= maxKeyCharacters && isPortable(id)) return id
  return `sha256:${createHash('sha256').update(Buffer.from(id, 'utf16le')).digest('hex')}`
}

/** The change that keeps a damaged value for a person to look at. */
export const damagedEntry = (
  { kind, key, value }: { kind: string; key: string; value: string },
  reason: string,
  atMs: number,
): StateChange => ({
  kind: 'damaged',
  key: `${kind}/${keyOf(key)}`,
  value: JSON.stringify({ reason, value }),
  atMs,
})

export interface EntriesPorts {
  store: StateStore
  /** Once aborted, nothing is read or written any more: a successor may use the store. */
  ended: AbortSignal
  now(): number
  report(problem: ILinkError): void
}

export class Entries {
  readonly #ports: EntriesPorts
  /** Damaged entries that were reported: one that cannot be moved is found again at each look. */
  readonly #reported = new Set<string>()

  constructor(ports: EntriesPorts) {
    this.#ports = ports
  }

  /** The change that puts an entry. @param atMs defaults to now */
  put(kind: Kind, key: string, value: string, atMs: number = this.#ports.now()): StateChange {
    return { kind, key, value, atMs }
  }

  /** Parsed values by key, without those that are unknown or damaged. */
  async read<T>(kind: Kind, keys: readonly string[], parse: Parse<T>): Promise<Map<string, T>> {
    const parsed = new Map<string, T>()
    for (const [key, value] of await this.#store.get(kind, keys)) {
      const read = parse(value)
      if ('value' in read) parsed.set(key, read.value)
      else await this.#setAside({ kind, key, value }, read.reason)
    }
    return parsed
  }

  /** Those of the keys that exist. */
  async known(kind: Kind, keys: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set((await this.#store.get(kind, keys)).keys())
  }

  /** Parsed values in key order, after `from`, read in pages, without those that are damaged. */
  async *all<T>(
    kind: Kind,
    parse: Parse<T>,
    from?: string,
  ): AsyncGenerator<readonly [key: string, value: T]> {
    const limit = storeLimits.pageSize
    for (let after = from; ; ) {
      const page = await this.#store.list(kind, { limit, ...(after === undefined ? {} : { after }) })
      for (const { key, value } of page) {
        const read = parse(value)
        if ('value' in read) yield [key, read.value]
        else await this.#setAside({ kind, key, value }, read.reason)
      }
      if (page.length < limit) return
      after = page.at(-1)?.key
    }
  }

  async write(changes: readonly StateChange[], durability: Durability): Promise<void> {
    await this.#store.write(changes, durability)
  }

  async prune(kind: Kind, limits: PruneLimits): Promise<void> {
    await this.#store.prune(kind, limits)
  }

  get #store(): StateStore {
    const { store, ended } = this.#ports
    if (ended.aborted) throw refusedLocally('aborted', 'The puppet was stopped', true)
    return store
  }

  async #setAside(entry: { kind: Kind; key: string; value: string }, reason: string): Promise<void> {
    const { kind, key } = entry
    const name = `${kind}/${key}`
    if (!this.#reported.has(name) && this.#reported.size < storeLimits.maxDamaged) {
      this.#reported.add(name)
      const message = `A stored entry of kind "${kind}" could not be read and was set aside (${reason}); its key is ${key}`
      this.#ports.report(new ILinkError('state-corrupt', message, { retryable: false, certain: true }))
    }
    const aside = damagedEntry(entry, reason, this.#ports.now())
    // One that cannot be moved now stays where it is, and is moved at a later look.
    await this.write([aside, { kind, key, value: undefined }], 'relaxed').catch(() => undefined)
  }
}
