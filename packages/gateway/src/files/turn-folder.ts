/**
 * A private folder for the files that a turn makes: copies of what it sends, and what tools returned. Nothing but the
 * gateway writes there, so a file in it stays what it was when it was checked. It is removed with the turn.
 */

import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { DiskBudget, DiskShare } from '@moltbot/channel-sdk'

export class TurnFolder {
  readonly #root: string
  readonly #disk: DiskBudget
  readonly #shares: DiskShare[] = []
  #folder: Promise<string> | undefined
  #files = 0

  /** @param root an existing private folder. @param disk its files take room of it */
  constructor(root: string, disk: DiskBudget) {
    this.#root = root
    this.#disk = disk
  }

  /**
   * Stores a file. Its path has nothing of its name.
   * @throws when the content is longer than `maxBytes`, or cannot be read, `media-no-room`; nothing is kept then
   */
  async store(content: Readable | Uint8Array, maxBytes: number, signal: AbortSignal): Promise<string> {
    this.#folder ??= mkdtemp(join(this.#root, 'turn-'))
    const path = join(await this.#folder, String(this.#files++))
    const source = content instanceof Readable ? content : Readable.from([content])
    const file = createWriteStream(path, { mode: 0o600, flags: 'wx' })
    const share = this.#disk.share()
    try {
      await pipeline(source, capped(maxBytes, share), file, { signal })
      share.settle(file.bytesWritten)
      this.#shares.push(share)
      return path
    } catch (error) {
      await rm(path, { force: true })
      share.giveBack()
      throw error
    }
  }

  /** Removes everything. Never rejects: what stays is removed at the next start. */
  async dispose(): Promise<void> {
    const folder = await this.#folder?.catch(() => undefined)
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => undefined)
    for (const share of this.#shares.splice(0)) share.giveBack()
  }
}

function capped(maxBytes: number, share: DiskShare) {
  return async function* (source: AsyncIterable<Uint8Array>) {
    let bytes = 0
    for await (const piece of source) {
      bytes += piece.length
      if (bytes > maxBytes) throw new Error(`the file has more than ${maxBytes} bytes`)
      await share.grow(bytes)
      yield piece
    }
  }
}
