/**
 * Where the log file of a gateway is.
 */

import { join } from 'node:path'
import type { Settings } from '../settings.ts'
import type { LogFileOptions } from './log-file.ts'

/** Undefined where the log is written to no file. */
export function logFileIn(stateDir: string, logFile: Settings['logFile']): LogFileOptions | undefined {
  if (logFile === false) return undefined
  return { ...logFile, path: logFile.path ?? join(stateDir, 'logs', 'gateway.log') }
}
