/**
 * One process at a time runs the channel on one folder, whichever host has loaded it: two would send one outbox twice and
 * poll one login twice.
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, MoltbotError } from '@moltbot/channel-sdk'
import { type FileLock, takeLock } from '@moltbot/channel-sdk/lock'

/** Makes the folder. Held until it is released, or its process ends in any way. @throws `locked` while another process holds it */
export function takeChannelLock(stateDir: string): FileLock {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  try {
    return takeLock(join(stateDir, 'channel.lock'))
  } catch (cause) {
    if (codeOf(cause) !== 'locked') throw cause
    const message = `another process runs the WeChat channel on ${stateDir}; stop that gateway first`
    throw new MoltbotError('locked', message, { cause, retryable: true })
  }
}
