/**
 * One cap for all media files of a gateway on the disk, whoever sends them. A file in use, of a running turn or on its way
 * to a person, has a share of the budget until it is deleted. A spare file can be had again or is only convenient; the
 * oldest spare files are deleted when a file needs their room. Without that room, the file is refused.
 */

import { MoltbotError } from './errors.ts'
import { Queue } from './waiting.ts'

/** A file that may be deleted when its room is needed. */
export interface SpareFile {
  readonly bytes: number
  /** When it was stored or used last, milliseconds since the epoch. */
  readonly atMs: number
  /** Something reads it now, so it stays. */
  readonly inUse?: boolean
  remove(): Promise<void>
}

/** The spare files of one folder. */
export interface SparePlace {
  /** All of its files together have so many bytes now. A new file keeps its share until this was called. */
  counted(bytes: number): void
  /** Its files are not counted any more. */
  close(): void
}

/** The room of one file in use. */
export interface DiskShare {
  /**
   * Resolves when the share has room for so many bytes. Call it before they are written.
   * @throws `media-no-room`
   */
  grow(bytes: number): Promise<void>
  /** The file has so many bytes now, whether there is room for them or not. */
  settle(bytes: number): void
  /** The file is deleted. Calls after the first do nothing. */
  giveBack(): void
}

interface Place {
  readonly list: () => Promise<readonly SpareFile[]>
  bytes: number
  /** How often its owner has counted. */
  changes: number
}

/** Part of the limit that is freed beyond what is needed, so that the next file need not look again. */
const slack = 1 / 20

export class DiskBudget {
  readonly #limit: () => number
  readonly #places = new Set<Place>()
  readonly #making = new Queue()
  #held = 0
  #refused = 0
  #removed = 0

  /** @param limit in bytes; may change, see {@link trim}. Default: none */
  constructor(limit = () => Number.POSITIVE_INFINITY) {
    this.#limit = limit
  }

  /** Bytes that all files together may take. */
  get limit(): number {
    return this.#limit()
  }

  /** Bytes of files in use. */
  get held(): number {
    return this.#held
  }

  /** Bytes of spare files, as far as they have been counted. */
  get spare(): number {
    let bytes = 0
    for (const place of this.#places) bytes += place.bytes
    return bytes
  }

  /** Files that were refused. */
  get refused(): number {
    return this.#refused
  }

  /** Spare files that were deleted. */
  get removed(): number {
    return this.#removed
  }

  /** A share for a file that is about to be written. It has no room yet. */
  share(): DiskShare {
    let held = 0
    let isOpen = true
    const set = (bytes: number) => {
      if (!isOpen) return
      this.#held += bytes - held
      held = bytes
    }
    return {
      grow: async (bytes) => {
        if (!isOpen || bytes <= held) return
        if (this.#fits(bytes - held)) return set(bytes)
        await this.#making.run(async () => {
          await this.#makeRoom(bytes - held)
          if (!this.#fits(bytes - held)) throw this.#refuse()
          set(bytes)
        })
      },
      settle: set,
      giveBack: () => {
        set(0)
        isOpen = false
      },
    }
  }

  /** @param list all spare files of a folder; never called twice at the same time */
  addSpare(list: Place['list']): SparePlace {
    const place: Place = { list, bytes: 0, changes: 0 }
    this.#places.add(place)
    void this.#making.run(() => this.#count(place)).then(() => this.trim())
    return {
      counted: (bytes) => {
        place.bytes = bytes
        place.changes++
        if (!this.#fits(0)) void this.trim()
      },
      close: () => void this.#places.delete(place),
    }
  }

  /** Deletes spare files as far as all files take more than the limit. Never rejects. */
  trim(): Promise<void> {
    return this.#making.run(() => this.#makeRoom(0))
  }

  #fits(bytes: number): boolean {
    return this.#held + this.spare + bytes <= this.limit
  }

  async #makeRoom(bytes: number): Promise<void> {
    const { limit } = this
    // Nothing that can be deleted would be enough for a file; for a trim, as much as possible is right.
    if (this.#fits(bytes) || (bytes > 0 && this.#held + bytes > limit)) return
    const spare: (SpareFile & { readonly place: Place })[] = []
    for (const place of this.#places)
      for (const file of await this.#count(place)) spare.push({ ...file, place })
    const enough = () => this.#held + this.spare + bytes <= limit * (1 - slack)
    if (this.#fits(bytes)) return
    for (const { place, bytes: freed, inUse, remove } of spare.toSorted((a, b) => a.atMs - b.atMs)) {
      if (enough()) return
      if (inUse === true || !(await done(remove))) continue
      place.bytes -= freed
      this.#removed++
    }
  }

  async #count(place: Place): Promise<readonly SpareFile[]> {
    const { changes } = place
    const files = await place.list().catch((): readonly SpareFile[] => [])
    // A list that was begun before its owner has counted lacks the newest file.
    if (place.changes === changes) place.bytes = files.reduce((sum, { bytes }) => sum + bytes, 0)
    return files
  }

  #refuse(): MoltbotError {
    this.#refused++
    const message = `the files in use take the ${this.limit} bytes that all files may take on the disk (media.maxDiskMb)`
    return new MoltbotError('media-no-room', message, { retryable: true })
  }
}

/** A file that cannot be deleted still takes its room, and is counted again the next time. */
async function done(work: () => Promise<void>): Promise<boolean> {
  return work().then(
    () => true,
    () => false,
  )
}
