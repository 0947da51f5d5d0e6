/**
 * `gateway run`: a gateway in the foreground, from the first signal handler to the exit code.
 */

import { loadConfig } from '../config/load.ts'
import { discoverExtensions, loadPlugin } from '../extensions/discover.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import type { LogLevel } from '../log/levels.ts'
import { createLog, type Log, type LogFormat } from '../log/logger.ts'
import { handleProcessEvents } from '../process-events.ts'
import { toSettings } from '../settings.ts'
import type { GatewayLock } from '../state/lock.ts'
import { stateDirPath } from '../state/state-dir.ts'

export interface RunOptions {
  readonly config?: string
  readonly port?: number
  readonly logFormat: LogFormat
  readonly logLevel?: LogLevel
}

/** Ends the process when the gateway ends. @throws what `startGateway` throws, and `extension-broken`. */
export async function runGateway(options: RunOptions): Promise<never> {
  const log = createLog({
    format: options.logFormat,
    ...(options.logLevel === undefined ? {} : { level: options.logLevel }),
  })
  const exitCode = await runInForeground(log, { ...options, stateDir: stateDirPath(), hangup: 'reload' })
  process.exit(exitCode) // Not when the last socket of a library closes, but now.
}

export interface ForegroundOptions extends Omit<RunOptions, 'logFormat'> {
  readonly stateDir: string
  readonly lock?: GatewayLock
  readonly env?: NodeJS.ProcessEnv
  /** See `ProcessEventsOptions`. */
  readonly hangup: 'reload' | 'stop'
  /** Called once the accounts are started. */
  readonly onReady?: (gateway: Gateway) => void
}

/** @returns the process's exit code, once the gateway has ended. */
export async function runInForeground(log: Log, options: ForegroundOptions): Promise<number> {
  let gateway: Gateway | undefined
  handleProcessEvents({ log: log.logger, gateway: () => gateway, hangup: options.hangup })
  const { stateDir, port, lock } = options
  const plugins = await Promise.all(discoverExtensions().map(loadPlugin))
  const loadSettings = async () => {
    const { config, env = process.env } = options
    const loaded = await loadConfig({
      env,
      channels: plugins,
      ...(config === undefined ? {} : { path: config }),
    })
    const settings = toSettings(loaded)
    log.setLevel(options.logLevel ?? settings.logLevel)
    return settings
  }
  gateway = await startGateway({ stateDir, log, plugins, loadSettings, port, ...(lock && { lock }) })
  void gateway.ready().then(() => gateway && options.onReady?.(gateway))
  return gateway.ended
}
