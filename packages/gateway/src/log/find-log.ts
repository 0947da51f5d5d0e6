/**
 * The log of the gateway of a state directory: where its configuration says, also if that is no longer valid.
 */

import { join } from 'node:path'
import { type ChannelPlugin, MoltbotError } from '@moltbot/channel-sdk'
import { loadConfig } from '../config/load.ts'
import { connectGateway } from '../control/client.ts'
import { english } from '../language/speech.ts'
import { toSettings } from '../settings.ts'
import { logFileIn } from './log-path.ts'

export interface LogPlace {
  readonly path: string
  /** Values that no line may show. */
  readonly secrets: readonly string[]
}

export interface FindLogOptions {
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  readonly plugins: () => Promise<readonly ChannelPlugin[]>
  /** Defaults to the file of the running gateway, else to the one that is found. */
  readonly config?: string
}

/** @throws `no-log` where the configuration wants none */
export async function findLog({ stateDir, env, plugins, config }: FindLogOptions): Promise<LogPlace> {
  const used = config ?? (await usedConfig(stateDir))
  const load = async () =>
    toSettings(
      await loadConfig({ env, channels: await plugins(), ...(used !== undefined && { path: used }) }),
    )
  const settings = await load().catch(() => undefined)
  if (settings === undefined) return { path: join(stateDir, 'logs', 'gateway.log'), secrets: [] }
  const file = logFileIn(stateDir, settings.logFile)
  if (file === undefined)
    throw new MoltbotError(
      'no-log',
      english('the configuration writes the log to no file (logging.file: false)'),
    )
  return { path: file.path, secrets: settings.secrets }
}

/** The configuration file of the running gateway. */
export async function usedConfig(stateDir: string): Promise<string | undefined> {
  const status = async () => connectGateway(stateDir).call('status')
  return (await status().catch(() => undefined))?.config.path
}
