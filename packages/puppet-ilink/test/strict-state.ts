/**
 * A state store for tests: in memory, as strict about text as a database server is, and made to fail or to wait on
 * demand. Its writes are recorded.
 */

import type { Durability, StateChange, StateStore } from '../src/index.ts'
import { MemoryState } from '../src/store/memory-state.ts'

const maxKeyCharacters = 300

const isText = (text: string) => !text.includes('\0') && text.isWellFormed()

const assertFit = (change: StateChange): void => {
  const { kind, key } = change
  if (key === undefined) return
  if (key === '' || key.length > maxKeyCharacters || !isText(kind + key)) throw new Error('unfit key')
  if (change.value === undefined) return
  if (!isText(change.value)) throw new Error('unfit value')
  if (!Number.isSafeInteger(change.atMs)) throw new Error('unfit time')
}

export class StrictState extends MemoryState implements StateStore {
  readonly writes: { changes: readonly StateChange[]; durability: Durability }[] = []
  /** Called before each write is applied; a rejection fails it. */
  beforeWrite: (changes: readonly StateChange[]) => Promise<void> = async () => undefined

  override async write(changes: readonly StateChange[], durability: Durability = 'durable'): Promise<void> {
    this.writes.push({ changes, durability })
    for (const change of changes) assertFit(change)
    await this.beforeWrite(changes)
    await super.write(changes)
  }

  /** Puts one entry as it is. */
  async put(kind: string, key: string, value: string): Promise<void> {
    await super.write([{ kind, key, value, atMs: 1 }])
  }

  /** Keys of a kind, in order. */
  async keys(kind: string): Promise<string[]> {
    return (await this.list(kind, { limit: 10_000 })).map(({ key }) => key)
  }
}
