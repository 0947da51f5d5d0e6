/**
 * What a disk holds, as one file for each file that was flushed, under a name that survives its renaming.
 */

import {
  type BigIntStats,
  existsSync,
  fstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

export interface FlushedFile {
  readonly key: string
  /** Where it was at its last flush. */
  readonly path: string
  readonly bytes: Buffer
}

/** A number of a file can be used again, but not together with its time of birth. */
export const keyOf = ({ ino, birthtimeNs }: BigIntStats): string => `${ino}-${birthtimeNs}`

/** Replaces what the image has of the file. A kill leaves the old content or the new one. */
export function keep(image: string, { key, path, bytes }: FlushedFile): void {
  const draft = join(image, `${key}.${process.pid}.new`)
  writeFileSync(draft, bytes)
  writeFileSync(join(image, `${key}.path`), path)
  renameSync(draft, join(image, `${key}.bytes`))
}

/** The same of an open file, as it is now. */
export function keepOpenFile(image: string, fd: number): void {
  const stats = fstatSync(fd, { bigint: true })
  const path = readlinkSync(`/proc/self/fd/${fd}`)
  // Closing another descriptor of a database would release the locks of SQLite.
  const bytes = path.includes('.sqlite') ? readOpenFile(fd, Number(stats.size)) : readFileSync(path)
  keep(image, { key: keyOf(stats), path, bytes })
}

function readOpenFile(fd: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  readSync(fd, bytes, 0, size, 0)
  return bytes
}

/** Makes an image that holds everything in `folder`. */
export function imageOf(image: string, folder: string): void {
  rmSync(image, { recursive: true, force: true })
  mkdirSync(image)
  for (const path of filesIn(folder)) {
    keep(image, { key: keyOf(statSync(path, { bigint: true })), path, bytes: readFileSync(path) })
  }
}

export function readImage(image: string): FlushedFile[] {
  const keys = readdirSync(image).flatMap((name) => (name.endsWith('.bytes') ? [name.slice(0, -6)] : []))
  return keys.map((key) => ({
    key,
    path: readFileSync(join(image, `${key}.path`), 'utf8'),
    bytes: readFileSync(join(image, `${key}.bytes`)),
  }))
}

export function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []))
}
