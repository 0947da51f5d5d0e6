/**
 * One gateway for each state directory. The lock is SQLite's own file lock: the system drops it when the process
 * ends, however it ends, so there is never a stale lock file to judge.
 */

import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { localTime, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'
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
  const who = holder
    ? english('pid {pid}, {url}, since {time}', { ...holder, time: localTime(Date.parse(holder.startedAt)) })
    : english('it is still starting')
  const message = english(
    'a gateway is already running on {folder} ({more}); end it first: Ctrl-C where it runs, or moltbot gateway stop',
    { folder: stateDir, more: who },
  )
  return new MoltbotError('gateway-running', message)
}
