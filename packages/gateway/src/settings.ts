/**
 * What the gateway takes from its configuration file, apart from how that file is found, read and checked.
 */

import type { ChannelHost, ConversationLimits } from '@moltbot/channel-sdk'
import type { AgentConfig } from './agent/types.ts'
import { type ClusterSettings, clusterSettings } from './cluster/settings.ts'
import type { AlertsConfig } from './config/alerts-schema.ts'
import { describeProblem } from './config/config-error.ts'
import { fromConfigFile } from './config/file-path.ts'
import type { Stamp } from './config/files.ts'
import type { LoadedConfig } from './config/load.ts'
import type { SchedulesConfig } from './config/schedules-schema.ts'
import type { GatewayConfig } from './config/schema.ts'
import type { Targets } from './config/targets-schema.ts'
import type { KeptFilesLimits } from './files/kept-files.ts'
import type { LogLevel } from './log/levels.ts'
import type { LogFileOptions } from './log/log-file.ts'
import type { McpServers } from './mcp/types.ts'
import { type Proxies, proxiesOf, proxySecrets } from './network/proxy.ts'
import { type PostgresSettings, passwordOf } from './postgres/settings.ts'

export interface Settings {
  /** The main file. */
  readonly path: string
  /** Every file that was read, and the state it was read in. */
  readonly files: ReadonlyMap<string, Stamp>
  /** The control plane's address. */
  readonly host: string
  readonly port: number
  readonly logLevel: LogLevel
  /** From `logging`; false: no log file. Without a path it is in the state directory. */
  readonly logFile: false | (Omit<LogFileOptions, 'path'> & { readonly path?: string | undefined })
  readonly agent: AgentConfig
  /** Absolute. Undefined: the one in the state directory. */
  readonly workspace?: string | undefined
  readonly mcpServers: McpServers
  /** From `network` and the environment. */
  readonly proxies: Proxies
  /** What channels take from `messages`, see `ChannelHost`. */
  readonly messages: Pick<ChannelHost, 'debounceMs' | 'mediaWaitMs' | 'progressAfterMs'>
  readonly keptFiles: KeptFilesLimits
  /** `media.maxDiskMb`. */
  readonly mediaDiskBytes: number
  readonly limits: ConversationLimits
  /** `dashboard.showTexts`. */
  readonly showsTexts: boolean
  readonly alerts: AlertsConfig
  readonly schedules: SchedulesConfig
  /** To whom programs may write, by name. */
  readonly targets: Targets
  /** `gateway.publicHosts`. */
  readonly publicHosts: readonly string[]
  /** `mcp.serve.readConversations`. */
  readonly readsConversations: boolean
  /** From `state` or the environment. Undefined: files in the state directory. */
  readonly database?: PostgresSettings | undefined
  /** `gateway.shutdownTimeoutMs`. */
  readonly shutdownTimeoutMs: number
  /** From `cluster`, and what the others compare. */
  readonly cluster: ClusterSettings
  /** Checked values by channel id; a channel without one is not started. */
  readonly channels: ReadonlyMap<string, unknown>
  readonly warnings: readonly string[]
  /** Values that no log line may show. */
  readonly secrets: readonly string[]
}

const addressOf = { loopback: '127.0.0.1', lan: '0.0.0.0' } as const

export function toSettings(loaded: LoadedConfig): Settings {
  const { path, stamps, config, channels, warnings, secrets, env } = loaded
  const { proxy, noProxy } = config.network
  const proxies = proxiesOf({ proxy: proxy.url, ilink: proxy.ilink, noProxy }, env)
  const database = databaseOf(loaded)
  const { defaults } = config.agents
  const { media, ...tools } = config.tools
  return {
    path,
    files: stamps,
    host: addressOf[config.gateway.bind],
    port: config.gateway.port,
    logLevel: config.logging.level,
    logFile: logFileOf(path, config.logging),
    agent: {
      model: defaults.model.primary,
      systemPrompt: defaults.systemPrompt,
      turnTimeoutMs: defaults.turnTimeoutSeconds * 1000,
      maxOutputTokens: defaults.maxOutputTokens,
      maxToolSteps: defaults.maxToolSteps,
      maxTurnTokens: defaults.maxTurnTokens,
      tools,
      transcription: transcriptionOf(media.audio),
      providers: config.models.providers,
      session: { agentId: 'main', ...config.session },
    },
    workspace: defaults.workspace && fromConfigFile(path, defaults.workspace),
    mcpServers: config.mcp.servers,
    proxies,
    messages: {
      debounceMs: config.messages.inbound.debounceMs,
      mediaWaitMs: config.messages.inbound.mediaWaitMs,
      progressAfterMs: config.messages.progressAfterMs,
    },
    keptFiles: keptFilesLimits(config.media),
    mediaDiskBytes: config.media.maxDiskMb * bytesPerMb,
    limits: config.limits,
    showsTexts: config.dashboard.showTexts,
    alerts: config.alerts,
    schedules: config.schedules,
    targets: config.targets,
    publicHosts: config.gateway.publicHosts,
    readsConversations: config.mcp.serve.readConversations,
    database,
    shutdownTimeoutMs: config.gateway.shutdownTimeoutMs,
    cluster: clusterSettings(loaded),
    channels,
    warnings: [...warnings.map((warning) => describeProblem(warning)), ...proxies.warnings],
    secrets: [...secrets, ...proxySecrets(proxies), ...databaseSecrets(database)],
  }
}

function logFileOf(
  configFile: string,
  { file, maxFileBytes, maxFiles }: GatewayConfig['logging'],
): Settings['logFile'] {
  if (file === false) return false
  return { path: file && fromConfigFile(configFile, file), maxBytes: maxFileBytes, maxFiles }
}

/** @param place instead of the configured one */
export function databaseOf(
  { path: configFile, config, env }: Pick<LoadedConfig, 'path' | 'config' | 'env'>,
  place = config.state.url || (env.MOLTBOT_STATE_URL ?? ''),
): PostgresSettings | undefined {
  const { caFile, certFile, keyFile, filesDir, url: _, ...rest } = config.state
  if (place === '') return undefined
  const files = Object.entries({ caFile, certFile, keyFile, filesDir }).flatMap(([key, file]) =>
    file === undefined ? [] : [[key, fromConfigFile(configFile, file)]],
  )
  return { url: place, ...rest, ...Object.fromEntries(files) }
}

/** The URL as it is written, and the password in it. */
function databaseSecrets(database: PostgresSettings | undefined): string[] {
  if (database === undefined) return []
  const password = passwordOf(database)
  return [database.url, ...(password === undefined ? [] : [password])]
}

const bytesPerMb = 1024 * 1024

function keptFilesLimits({ keepTurns, keepMb, keepDays }: GatewayConfig['media']): KeptFilesLimits {
  return { turns: keepTurns, bytes: keepMb * bytesPerMb, days: keepDays }
}

function transcriptionOf(audio: GatewayConfig['tools']['media']['audio']): AgentConfig['transcription'] {
  const { enabled, models, maxBytes, timeoutSeconds, language } = audio
  if (!enabled || models.length === 0) return undefined
  return { models, maxBytes, timeoutMs: timeoutSeconds * 1000, language }
}
