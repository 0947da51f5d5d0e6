/**
 * `doctor`: everything that can be looked at, each by a check of its own, with or without a running gateway. It changes
 * nothing but a file of a few kilobytes in the state directory, which it removes.
 */

import { dirname, join } from 'node:path'
import {
  type ChannelPlugin,
  createRedactor,
  type Finding,
  type HealthCheck,
  messageOf,
  type OutboxListing,
  withDeadline,
} from '@moltbot/channel-sdk'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { scalars } from '../config/located.ts'
import { connectGateway } from '../control/client.ts'
import { logFileIn } from '../log/log-path.ts'
import { backendProxy, useProxies } from '../network/outgoing.ts'
import { type Settings, toSettings } from '../settings.ts'
import { refuseUnusableFolder } from '../state/state-mark.ts'
import { type AlertsCheck, alertsFindings } from './alerts-check.ts'
import { clockFindings } from './clock.ts'
import { configFailure, configFindings } from './config-check.ts'
import { databaseCheck } from './database-check.ts'
import { askGateway, gatewayChecks, noGateway, type RunningGateway } from './gateway-check.ts'
import { machineChecks } from './machine.ts'
import { mcpChecks } from './mcp-check.ts'
import { modelCheck } from './model-check.ts'
import { outboxFindings } from './outbox-check.ts'
import { reaching } from './reach.ts'
import { recentRefusals } from './recent-refusals.ts'
import { type CheckResult, runChecks } from './run-checks.ts'

export interface DoctorOptions {
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  /** `--config`. Defaults to the file of the running gateway, else to the one that is found. */
  readonly config?: string | undefined
  /** Nothing outside this machine is asked. */
  readonly offline?: boolean | undefined
  readonly plugins: () => Promise<readonly ChannelPlugin[]>
  readonly signal?: AbortSignal
}

const loadTimeoutMs = 10_000

/** Never throws for what is wrong: that is in the results. */
export async function examine(options: DoctorOptions): Promise<readonly CheckResult[]> {
  const { stateDir, env, signal = new AbortController().signal } = options
  const redactor = createRedactor()
  const run = (checks: readonly HealthCheck[]) => runChecks(checks, { signal, redact: redactor.text })
  const machine = await run(machineChecks(stateDir, env)) // Alone: the speed of the disk is measured.
  const gateway = await reachGateway(stateDir)
  const loaded = await load(options, gateway)
  for (const secret of loaded.secrets) redactor.register(secret)
  const { reach, clockOffsetsMs } = reaching()
  const rest = await run([
    { about: 'config', run: async () => loaded.findings },
    ...('status' in gateway ? gatewayChecks(gateway) : [gateway]),
    ...(loaded.parts === undefined ? [] : settingsChecks(loaded.parts, options, gateway, reach)),
  ])
  const clock = await run([{ about: 'clock', run: async () => clockFindings(clockOffsetsMs) }])
  return withoutRepeats([...machine, ...rest, ...clock])
}

/** The gateway and the channel report some of the same, the gateway with the account before it. */
function withoutRepeats(results: readonly CheckResult[]): CheckResult[] {
  const isRepeat = (one: CheckResult, index: number) =>
    results.some(
      (other, place) =>
        one.status !== 'ok' &&
        one.status === other.status &&
        place !== index &&
        (one.message === other.message ? place < index : one.message.endsWith(`: ${other.message}`)),
    )
  return results.filter((one, index) => !isRepeat(one, index))
}

type Gateway = RunningGateway | HealthCheck

async function reachGateway(stateDir: string): Promise<Gateway> {
  try {
    return await askGateway(connectGateway(stateDir))
  } catch (error) {
    return noGateway(error)
  }
}

interface Parts {
  readonly loaded: LoadedConfig
  readonly settings: Settings
  readonly plugins: readonly ChannelPlugin[]
}

interface Loaded {
  readonly findings: readonly Finding[]
  readonly secrets: readonly string[]
  /** Undefined where the configuration is invalid. */
  readonly parts?: Parts
}

async function load({ env, config, plugins: find }: DoctorOptions, gateway: Gateway): Promise<Loaded> {
  const path = config ?? ('status' in gateway ? gateway.status.config.path : undefined)
  try {
    const plugins = await find()
    const read = () => loadConfig({ env, channels: plugins, ...(path !== undefined && { path }) })
    const loaded = await withDeadline(read, {
      ms: loadTimeoutMs,
      otherwise: 'the configuration cannot be read',
    })
    const settings = toSettings(loaded)
    useProxies(settings.proxies)
    const findings = [...configFindings(loaded), ...proxyFindings(settings)]
    return { findings, secrets: settings.secrets, parts: { loaded, settings, plugins } }
  } catch (error) {
    return { secrets: [], findings: failureOf(error, 'status' in gateway && config === undefined) }
  }
}

function failureOf(error: unknown, isUsed: boolean): Finding[] {
  try {
    return configFailure(error, isUsed)
  } catch {
    return [{ status: 'problem', message: messageOf(error) }]
  }
}

const proxyFindings = ({ proxies }: Settings): Finding[] =>
  proxies.warnings.map((message) => ({ status: 'warning', message }))

function settingsChecks(
  parts: Parts,
  { stateDir, offline, env }: DoctorOptions,
  gateway: Gateway,
  reach: ReturnType<typeof reaching>['reach'],
): HealthCheck[] {
  const { loaded, settings, plugins } = parts
  const isRunning = 'status' in gateway
  const hasFiles = settings.database === undefined
  const host = {
    configDir: dirname(loaded.path),
    backendProxy: backendProxy(),
    ...(offline ? {} : { reach }),
  }
  const ofChannels = plugins.flatMap((plugin) => {
    const config = loaded.channels.get(plugin.id)
    const folder = join(stateDir, plugin.id)
    if (config === undefined) return []
    return [
      ...(plugin.checks?.(config, { ...host, ...(hasFiles && { stateDir: folder }) }) ?? []),
      ...(isRunning || !hasFiles || plugin.storedOutbox === undefined ? [] : [storedOutbox(plugin, folder)]),
    ]
  })
  const { database } = settings
  return [
    ...(hasFiles ? [{ about: 'state', run: async () => unusableState(stateDir) }] : []),
    ...ofChannels,
    ...(database === undefined || offline ? [] : [databaseCheck(database)]),
    { about: 'alerts', run: async () => alertsFindings(alertsOf(parts, env)) },
    modelCheck(settings.agent, offline),
    ...mcpChecks(settings.mcpServers, offline),
    recentRefusals(logFileIn(stateDir, settings.logFile)?.path, Date.now),
  ]
}

/** The gateway would not start on it. */
function unusableState(stateDir: string): Finding[] {
  try {
    refuseUnusableFolder(stateDir)
    return []
  } catch (error) {
    return [{ status: 'problem', message: messageOf(error) }]
  }
}

function alertsOf({ loaded, settings, plugins }: Parts, env: NodeJS.ProcessEnv): AlertsCheck {
  const accounts = plugins.flatMap((plugin) => {
    const config = loaded.channels.get(plugin.id)
    return config === undefined ? [] : (plugin.resolved?.(config) ?? [])
  })
  return {
    alerts: settings.alerts,
    isWritten: [...scalars(loaded.written)].some(([, [section]]) => section === 'alerts'),
    accounts: new Map(accounts.map(({ accountId, settings: { enabled } }) => [accountId, enabled !== false])),
    path: env.PATH ?? '',
  }
}

/** What is not sent, where no gateway runs that could be asked. */
function storedOutbox({ storedOutbox: read }: ChannelPlugin, folder: string): HealthCheck {
  const list = async (listing: OutboxListing) => read?.(folder, listing) ?? []
  return {
    about: 'outbox',
    run: async () =>
      outboxFindings({ waiting: await list('waiting'), failed: await list('failed') }, Date.now()),
  }
}
