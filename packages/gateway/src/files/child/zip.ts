/**
 * Reads single entries of a ZIP, within a budget for what they unpack to.
 */

import { unzipSync } from 'fflate'
import { NotReadable } from './job.ts'

/** All entries of a document that are read. */
const maxUnpackedBytes = 64 * 1024 * 1024
const maxEntries = 10_000

export class ZipReader {
  readonly #bytes: Uint8Array
  readonly #sizes = new Map<string, number>()
  #left = maxUnpackedBytes

  /** @throws what the library says of a damaged file */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (this.#sizes.size >= maxEntries) throw new NotReadable('it has too many parts')
        this.#sizes.set(name, originalSize)
        return false
      },
    })
  }

  get names(): string[] {
    return [...this.#sizes.keys()]
  }

  /**
   * @returns undefined where there is no such entry
   * @throws NotReadable when it unpacks to more than is left, or to another size than it declares
   */
  read(name: string): Uint8Array | undefined {
    const size = this.#sizes.get(name)
    if (size === undefined) return undefined
    this.#left -= size
    if (this.#left < 0) throw new NotReadable('it unpacks to too many bytes')
    // The library unpacks into a buffer of the declared size.
    return unzipSync(this.#bytes, { filter: (entry) => entry.name === name })[name]
  }
}
