/**
 * New lines of the log as they are written, also when its file is renamed and a new one is begun.
 */

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

/** Old files that are looked through for the one that was read. */
const maxOldFiles = 50
const readAtOnce = 256 * 1024
const lineFeed = 0x0a

interface OpenFile {
  readonly fd: number
  readonly inode: number
  position: number
}

/** Reads the lines that were added since it was last asked. */
export class LogFollower {
  readonly #path: string
  #open: OpenFile | undefined
  /** Bytes of a line whose end is not written yet. */
  #begun: Buffer = Buffer.alloc(0)

  /** Begins at the present end of the file; a file that does not exist yet is read from its beginning. */
  constructor(path: string) {
    this.#path = path
    this.#open = openLog(path)
    if (this.#open !== undefined) this.#open.position = fstatSync(this.#open.fd).size
  }

  /** @returns whole lines, without their ends. @throws what the system says about a file that cannot be read */
  next(): string[] {
    this.#open ??= openLog(this.#path)
    if (this.#open === undefined) return []
    const lines = this.#rest(this.#open)
    const newer = this.#newerFiles(this.#open)
    for (const path of newer) {
      const file = openLog(path)
      if (file === undefined) continue
      closeSync(this.#open.fd)
      this.#open = file
      lines.push(...this.#rest(file))
    }
    return lines
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.fd)
    this.#open = undefined
  }

  /** Files that were begun since, the oldest first. */
  #newerFiles({ inode }: OpenFile): string[] {
    const named = (index: number) => (index === 0 ? this.#path : `${this.#path}.${index}`)
    for (let index = 0; index <= maxOldFiles; index++) {
      const found = inodeOf(named(index))
      if (found === undefined && index > 0) break
      if (found === inode) return Array.from({ length: index }, (_, newer) => named(index - 1 - newer))
    }
    return inodeOf(this.#path) === undefined ? [] : [this.#path] // It was deleted.
  }

  #rest(file: OpenFile): string[] {
    if (fstatSync(file.fd).size < file.position) file.position = 0 // It was emptied.
    const lines: string[] = []
    for (;;) {
      const data = Buffer.alloc(readAtOnce)
      const bytes = readSync(file.fd, data, 0, data.length, file.position)
      if (bytes === 0) return lines
      file.position += bytes
      lines.push(...this.#linesIn(data.subarray(0, bytes)))
    }
  }

  #linesIn(data: Buffer): string[] {
    const all = Buffer.concat([this.#begun, data])
    const end = all.lastIndexOf(lineFeed)
    this.#begun = Buffer.from(all.subarray(end + 1))
    return end === -1 ? [] : all.subarray(0, end).toString().split('\n')
  }
}

function openLog(path: string): OpenFile | undefined {
  try {
    const fd = openSync(path, 'r')
    return { fd, inode: fstatSync(fd).ino, position: 0 }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}
