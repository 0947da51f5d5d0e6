/**
 * One gateway for each state directory. The lock is SQLite's own file lock: the system drops it when the process
 * ends, however it ends, so there is never a stale lock file to judge.
 */

import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { setAside } from './atomic-file.ts'
import { readGatewayFile } from './gateway-file.ts'

export const lockName = 'gateway.lock'

export interface GatewayLock {
  /** Releasing a released one is a no-op. */
  release(): void
}

/**
 * Takes the lock of `stateDir`, or fails at once.
 * @throws `gateway-running`, naming the holder where `gateway.json` tells.
 */
export function takeGatewayLock(stateDir: string): GatewayLock {
  const file = join(stateDir, lockName)
  try {
    return lock(file)
  } catch (error) {
    const message = messageOf(error)
    if (message.includes('database is locked')) throw heldError(stateDir)
    // A damaged file has no holder: a holder's lock is seen before its content.
    if (!message.includes('not a database')) throw error
    setAside(file)
    return lock(file)
  }
}

function lock(file: string): GatewayLock {
  const db = new DatabaseSync(file, { timeout: 0 })
  try {
    chmodSync(file, 0o600)
    db.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    throw error
  }
  return { release: () => db.isOpen && db.close() }
}

function heldError(stateDir: string): MoltbotError {
  const holder = readGatewayFile(stateDir)
  const who = holder ? `pid ${holder.pid}, ${holder.url}, since ${holder.startedAt}` : 'it is still starting'
  return new MoltbotError('gateway-running', `a gateway is already running on ${stateDir} (${who})`)
}
