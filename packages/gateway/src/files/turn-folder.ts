/**
 * A private folder for the files that a turn makes: copies of what it sends, and what tools returned. Nothing but the
 * gateway writes there, so a file in it stays what it was when it was checked. It is removed with the turn.
 */

import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export class TurnFolder {
  readonly #root: string
  #folder: Promise<string> | undefined
  #files = 0

  /** @param root an existing private folder */
  constructor(root: string) {
    this.#root = root
  }

  /**
   * Stores a file. Its path has nothing of its name.
   * @throws when the content is longer than `maxBytes`, or cannot be read; nothing is kept then
   */
  async store(content: Readable | Uint8Array, maxBytes: number, signal: AbortSignal): Promise<string> {
    this.#folder ??= mkdtemp(join(this.#root, 'turn-'))
    const path = join(await this.#folder, String(this.#files++))
    const source = content instanceof Readable ? content : Readable.from([content])
    const file = createWriteStream(path, { mode: 0o600, flags: 'wx' })
    try {
      await pipeline(source, capped(maxBytes), file, { signal })
      return path
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
  }

  /** Removes everything. Never rejects: what stays is removed at the next start. */
  async dispose(): Promise<void> {
    const folder = await this.#folder?.catch(() => undefined)
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}

function capped(maxBytes: number) {
  return async function* (source: AsyncIterable<Uint8Array>) {
    let bytes = 0
    for await (const piece of source) {
      bytes += piece.length
      if (bytes > maxBytes) throw new Error(`the file has more than ${maxBytes} bytes`)
      yield piece
    }
  }
}
