/**
 * `gateway run`: a gateway in the foreground, from the first signal handler to the exit code.
 */

import type { ChannelPlugin } from '@moltbot/channel-sdk'
import type { ConfigReport } from '../config/describe.ts'
import { loadConfig } from '../config/load.ts'
import { loadInstalledPlugins } from '../extensions/discover.ts'
import { startGateway } from '../gateway.ts'
import type { Gateway } from '../gateway-types.ts'
import type { Speech } from '../language/speech.ts'
import type { LogLevel } from '../log/levels.ts'
import { createLog, type Log, type LogFormat } from '../log/logger.ts'
import { handleProcessEvents } from '../process-events.ts'
import type { PhoneDesk } from '../sandbox/phone/phone-desk.ts'
import { type Settings, toSettings } from '../settings.ts'
import { reportCrashes } from '../state/last-crash.ts'
import type { GatewayLock } from '../state/lock.ts'
import { stateDirPath } from '../state/state-dir.ts'
import { timeZoneProblem } from '../time-zone.ts'
import { beginLoading } from './loading.ts'

export interface RunOptions {
  readonly config?: string
  readonly port?: number
  readonly logFormat: LogFormat
  readonly logLevel?: LogLevel
  /** Of the person at the terminal. */
  readonly speech: Speech
}

/** Ends the process when the gateway ends. @throws what `startGateway` throws, and `extension-broken`. */
export async function runGateway(options: RunOptions): Promise<never> {
  const exitCode = await runInForeground({ ...options, stateDir: stateDirPath(), hangup: 'reload' })
  process.exit(exitCode) // Not when the last socket of a library closes, but now.
}

export interface ForegroundOptions extends RunOptions {
  /** Read each time that the configuration is: the sandbox has another one later. */
  readonly config?: string
  readonly stateDir: string
  /** Of `stateDir`, where it is held already. */
  readonly lock?: GatewayLock
  /** For the configuration's `${NAME}`. Defaults to the process's own. */
  readonly env?: NodeJS.ProcessEnv
  /** See `ProcessEventsOptions`. */
  readonly hangup: 'reload' | 'stop'
  /** See `GatewayOptions`. */
  readonly phone?: PhoneDesk
  /** Called once the accounts are started. */
  readonly onReady?: (gateway: Gateway) => void
}

/** @returns the process's exit code, once the gateway has ended. */
export async function runInForeground(options: ForegroundOptions): Promise<number> {
  const loading = beginLoading()
  const { stateDir, port, lock, logFormat, logLevel, speech, hangup, phone, onReady } = options
  const log = createLog({ format: logFormat, speech, ...(logLevel && { level: logLevel }) })
  let gateway: Gateway | undefined
  handleProcessEvents({ log: log.logger, gateway: () => gateway, hangup })
  reportCrashes(stateDir)
  const plugins = await loadInstalledPlugins()
  const loadSettings = () => readSettings(options, plugins, log)
  // People are still answered, with times in UTC, so this does not keep the gateway from starting.
  const zone = timeZoneProblem((options.env ?? process.env).TZ)
  if (zone !== undefined) log.logger.error({ event: 'time-zone.unknown' }, zone)
  const warnings = zone === undefined ? [] : [zone]
  const started = await startGateway({
    stateDir,
    log,
    plugins,
    loadSettings,
    describeConfig: () => describe(options, plugins, log),
    port,
    warnings,
    ...(lock && { lock }),
    ...(phone && { phone }),
  })
  gateway = started
  void started.ready().then(() => {
    loading.ready()
    onReady?.(started)
  })
  return started.ended
}

/** Loaded when it is asked for. */
async function describe(
  { config: path, env = process.env }: ForegroundOptions,
  channels: readonly ChannelPlugin[],
  { redactor }: Log,
): Promise<ConfigReport> {
  const { describeConfig } = await import('../config/describe.ts')
  return describeConfig({ env, channels, ...(path && { path }) }, redactor)
}

async function readSettings(
  { config: path, env = process.env, logLevel }: ForegroundOptions,
  channels: readonly ChannelPlugin[],
  log: Log,
): Promise<Settings> {
  const settings = toSettings(await loadConfig({ env, channels, ...(path && { path }) }))
  log.setLevel(logLevel ?? settings.logLevel)
  log.logger.info({ event: 'config.loaded', path: settings.path }, 'Configuration read')
  return settings
}
