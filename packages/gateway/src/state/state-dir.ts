/**
 * The state directory: everything the gateway keeps, in one folder that only its owner can read. Whoever can write in it
 * can put a control token there, so a folder of another user is refused, as ssh refuses such a key.
 */

import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  type Stats,
  statSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { codeOf, homeDir, MoltbotError, messageOf } from '@moltbot/channel-sdk'

/**
 * Which folder it is: `MOLTBOT_STATE_DIR`, else `~/.moltbot`, else an existing `~/.clawdbot`. Makes nothing.
 * @throws `no-home` where it is to be in the home directory and there is none
 */
export function stateDirPath(env: NodeJS.ProcessEnv = process.env, home = homeDir()): string {
  if (env.MOLTBOT_STATE_DIR) return resolve(env.MOLTBOT_STATE_DIR)
  if (home === undefined) throw new MoltbotError('no-home', noHome)
  const ours = join(home, '.moltbot')
  const older = join(home, '.clawdbot')
  return !existsSync(ours) && existsSync(older) ? older : ours
}

const noHome =
  'this user has no home directory; set MOLTBOT_STATE_DIR to a folder of its own, and name the configuration with --config or MOLTBOT_CONFIG_PATH'

/** The sandbox has a state directory of its own inside the gateway's, so that it never meets a real account. */
export const sandboxDir = (stateDir: string): string => join(stateDir, 'sandbox')

/** Says in the sandbox's directory how to reach the simulated WeChat. */
export const runtimeFileName = 'sandbox.json'

/** Where commands find the sandbox: `stateDir` may be its own directory, on which all other commands reach it. */
export const sandboxOf = (stateDir: string): string =>
  existsSync(join(stateDir, runtimeFileName)) ? stateDir : sandboxDir(stateDir)

/**
 * Makes `folder` and its parents with mode 0700, and closes a folder that others could read.
 * @throws `state-dir-unsafe` as {@link checkOwnFolder}; `state-dir-unusable` where it cannot be made or written
 */
export function makePrivateDir(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { mode } = checkOwnFolder(folder)
    if ((mode & 0o777) !== 0o700) chmodSync(folder, 0o700)
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    if (error instanceof MoltbotError) throw error
    const reason = refusals[codeOf(error)] ?? messageOf(error)
    const message = `cannot write in ${folder}: ${reason}; make it writable for this user, or set MOLTBOT_STATE_DIR to another folder`
    throw new MoltbotError('state-dir-unusable', message, { cause: error })
  }
}

const refusals: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EEXIST: 'it is not a folder',
  ENOTDIR: 'it is not in a folder',
  ENOSPC: 'the disk is full',
}

/**
 * A folder whose content can be trusted belongs to this user or to root, and no other user can write in it. An empty
 * one holds nothing to distrust.
 * @throws `state-dir-unsafe`, with the command that cures it; what the system says where the folder cannot be looked at
 */
export function checkOwnFolder(folder: string): Stats {
  const stats = statSync(folder)
  if (!isOurs(stats)) throw unsafe(`${folder} belongs to another user (uid ${stats.uid})`, cureOwner(folder))
  const isShared = (stats.mode & 0o022) !== 0 && process.platform !== 'win32'
  const canBeClosed = stats.uid === process.getuid?.() && readdirSync(folder).length === 0
  if (isShared && !canBeClosed) throw unsafe(`other users can write in ${folder}`, cureMode(folder, stats))
  return stats
}

/** Root can change everything anyway. Windows has no such owners. */
export function isOurs({ uid }: Stats): boolean {
  const own = process.getuid?.()
  return own === undefined || uid === own || uid === 0
}

function unsafe(what: string, cure: string): MoltbotError {
  const message = `${what}, who could take over the gateway with a control token of their own; ${cure}`
  return new MoltbotError('state-dir-unsafe', message)
}

function cureOwner(folder: string): string {
  return `run moltbot as that user, or check what is in it and run: chown -R ${process.getuid?.()} ${quoted(folder)}`
}

function cureMode(folder: string, { uid }: Stats): string {
  return uid === process.getuid?.()
    ? `check what is in it and run: chmod 700 ${quoted(folder)}`
    : `name a folder inside it, which is then made for this user alone: MOLTBOT_STATE_DIR=${quoted(join(folder, 'moltbot'))}`
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
