/**
 * The state directory: everything the gateway keeps, in one folder that only its owner can read.
 */

import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Which folder it is: `MOLTBOT_STATE_DIR`, else `~/.moltbot`, else an existing `~/.clawdbot`. Makes nothing. */
export function stateDirPath(env: NodeJS.ProcessEnv = process.env, home: string = homedir()): string {
  if (env.MOLTBOT_STATE_DIR) return resolve(env.MOLTBOT_STATE_DIR)
  const ours = join(home, '.moltbot')
  const older = join(home, '.clawdbot')
  return !existsSync(ours) && existsSync(older) ? older : ours
}

/** The sandbox has a state directory of its own inside the gateway's, so that it never meets a real account. */
export const sandboxDir = (stateDir: string): string => join(stateDir, 'sandbox')

/** Makes `folder` and its parents with mode 0700, and tightens a folder that was open to others. */
export function makePrivateDir(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
}
