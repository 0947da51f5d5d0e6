/**
 * Whether the last process crashed by itself, such as by an exhausted heap: Node writes a report then, and writes none when
 * it is killed. Turns that were under way at a crash are treated with care.
 */

import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '@moltbot/channel-sdk'

const fileName = 'crash.json'

/** Has Node write a report into the state directory, without environment and network, if this process crashes. */
export function reportCrashes(stateDir: string): void {
  const { report } = process
  Object.assign(report, {
    directory: stateDir,
    filename: fileName,
    compact: true,
    excludeEnv: true,
    excludeNetwork: true,
    reportOnFatalError: true,
  })
}

/** Reports in the log that the last process crashed, if it did. A second call knows of no crash. @returns whether it did */
export function takeLastCrash(stateDir: string, log: Pick<Logger, 'error'>): boolean {
  const file = join(stateDir, fileName)
  if (!existsSync(file)) return false
  const report = join(stateDir, 'crash.last.json')
  renameSync(file, report)
  const message = 'The last process crashed by itself; turns that were under way run one at a time'
  log.error({ event: 'process.crashed', report }, message)
  return true
}
