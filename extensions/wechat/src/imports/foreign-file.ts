/**
 * Reads files of another program that hold logins: plain files of this user, up to a size, never through a link, and never
 * in part.
 */

import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'

/** A link, and a pipe that nothing writes into, must not be followed or waited for. Windows has neither flag. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * The JSON in `file`; undefined where there is no file.
 * @throws `file-unusable` with the reason, which does not quote the file
 */
export async function readForeignJson(file: string, maxBytes: number): Promise<unknown> {
  const text = await readForeignText(file, maxBytes)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw unusable('it is not whole, or not JSON')
  }
}

async function readForeignText(file: string, maxBytes: number): Promise<string | undefined> {
  let handle: FileHandle
  try {
    handle = await open(file, flags)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw unusable(refusals[codeOf(error)] ?? messageOf(error))
  }
  try {
    await checkFile(handle, maxBytes)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

const refusals: Readonly<Record<string, string>> = {
  ELOOP: 'it is a symbolic link',
  EMLINK: 'it is a symbolic link',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is not a file',
}

/**
 * Who can write the file can put another bot in the place of this one. A group may: where each user has a group of their own,
 * files are made so. Root may take over what belongs to a user.
 */
async function checkFile(handle: FileHandle, maxBytes: number): Promise<void> {
  const stats = await handle.stat()
  const own = process.getuid?.()
  if (!stats.isFile()) throw unusable('it is not a file')
  if (stats.size > maxBytes) throw unusable('it is too large')
  if (own === undefined) return
  if (own !== 0 && stats.uid !== own && stats.uid !== 0) throw unusable('it belongs to another user')
  if ((stats.mode & 0o002) !== 0) throw unusable('other users can write it')
}

function unusable(reason: string): MoltbotError {
  return new MoltbotError('file-unusable', reason)
}
