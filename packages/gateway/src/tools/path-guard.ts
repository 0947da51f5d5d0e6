/**
 * Keeps a path that a model or a person gave inside one folder. What counts is where the path really ends, after all
 * links; what merely looks like an escape is refused before the file system is asked.
 */

import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, sep, win32 } from 'node:path'
import { codeOf, MoltbotError } from '@moltbot/channel-sdk'

const maxPathLength = 1_024
const maxDecodings = 3

/**
 * Opens a regular file inside `root` for reading. What is checked is the open file: whatever happens to its path
 * afterwards, the handle leads to no other.
 * @param root absolute; may itself be reached by links.
 * @param path relative to `root`, with `/` between its parts.
 * @throws `path-refused`, or `path-missing` where there is no such file.
 */
export async function openInside(root: string, path: string): Promise<FileHandle> {
  if (!looksInside(path)) throw refused(path)
  const [realRoot, real] = await Promise.all([realOf(root, path), realOf(join(root, path), path)])
  if (!isInside(realRoot, real)) throw refused(path)
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(real, flags).catch((error: unknown) => {
    throw codeOf(error) === 'ELOOP' ? refused(path) : missing(path)
  })
  try {
    if (!(await file.stat()).isFile()) throw missing(path)
    if (!isInside(realRoot, await pathOf(file, real, path))) throw refused(path)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

function isInside(root: string, path: string): boolean {
  const inside = relative(root, path)
  return inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)
}

/**
 * Where an open file is. Linux knows; elsewhere its path must still be without links and lead to the same file.
 * @throws `path-refused`
 */
async function pathOf(file: FileHandle, real: string, asked: string): Promise<string> {
  const known = await readlink(`/proc/self/fd/${file.fd}`).catch(() => undefined)
  if (known !== undefined) return known
  const [opened, found] = await Promise.all([file.stat({ bigint: true }), lstat(real, { bigint: true })])
  const isSame = opened.dev === found.dev && opened.ino === found.ino && (await realOf(real, asked)) === real
  if (!isSame) throw refused(asked)
  return real
}

async function realOf(path: string, asked: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    throw codeOf(error) === 'ELOOP' ? refused(asked) : missing(asked)
  }
}

/** Does the path, and what it means once it is decoded, stay below where it starts? */
export function looksInside(path: string): boolean {
  return path !== '' && path.length <= maxPathLength && readingsOf(path).every(isPlain)
}

function isPlain(path: string): boolean {
  if (isAbsolute(path) || win32.isAbsolute(path) || /^[a-z]:/i.test(path)) return false
  return !/\p{Cc}/u.test(path) && !path.split(/[/\\]/).includes('..')
}

/** The path as written and percent-decoded, as often as that changes it. */
function readingsOf(path: string): string[] {
  const readings = [path]
  for (let decoded = decode(path); decoded !== readings.at(-1); decoded = decode(decoded)) {
    if (readings.length > maxDecodings) return ['..']
    readings.push(decoded)
  }
  return readings
}

/** A percent sign that begins no code is one. Full-width and other look-alikes are no separators to any file system. */
function decode(path: string): string {
  return path.replaceAll(/(?:%[0-9a-f]{2})+/gi, (codes) =>
    Buffer.from(codes.replaceAll('%', ''), 'hex').toString('utf8'),
  )
}

function refused(path: string): MoltbotError {
  return new MoltbotError('path-refused', `${JSON.stringify(path)} does not stay inside the folder`)
}

function missing(path: string): MoltbotError {
  return new MoltbotError('path-missing', `there is no file ${JSON.stringify(path)}`)
}
