/**
 * One gateway for each state directory.
 */

import { join } from 'node:path'
import { codeOf, localTime, MoltbotError } from '@moltbot/channel-sdk'
import { type FileLock, takeLock } from '@moltbot/channel-sdk/lock'
import { english } from '../language/speech.ts'
import { readGatewayFile } from './gateway-file.ts'

export const lockName = 'gateway.lock'

export type GatewayLock = FileLock

/**
 * Takes the lock of `stateDir`, or fails at once.
 * @throws `gateway-running`, naming the holder where `gateway.json` tells.
 */
export function takeGatewayLock(stateDir: string): GatewayLock {
  try {
    return takeLock(join(stateDir, lockName))
  } catch (error) {
    throw codeOf(error) === 'locked' ? heldError(stateDir) : error
  }
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
