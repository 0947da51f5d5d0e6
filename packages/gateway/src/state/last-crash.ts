/**
 * Whether the last process crashed by itself, such as by an exhausted heap: Node writes a report then, and writes none when
 * it is killed. Turns that were under way at a crash are treated with care.
 */

import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'

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

/** @returns where the report of the last process is now, if that crashed. A second call knows of no crash. */
export function takeLastCrash(stateDir: string): string | undefined {
  const file = join(stateDir, fileName)
  if (!existsSync(file)) return undefined
  const kept = join(stateDir, 'crash.last.json')
  renameSync(file, kept)
  return kept
}
