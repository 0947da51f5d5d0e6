/**
 * The part of the gateway that a restart in process replaces: stores, agent and channels under one configuration.
 */

import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  type ChannelPlugin,
  type DiskBudget,
  MoltbotError,
  type StopOptions,
  type Turn,
  withDeadline,
} from '@moltbot/channel-sdk'
import { createAgent } from './agent/agent.ts'
import { ModelHealth } from './agent/model-health.ts'
import type { Agent } from './agent/types.ts'
import type { Cluster } from './cluster/cluster.ts'
import { accountIdIn } from './cluster/key.ts'
import { peersOf } from './cluster/peers.ts'
import type { EventHub } from './events/event-hub.ts'
import { type GatewayStores, openStores } from './gateway-stores.ts'
import { type Channels, openChannels } from './host/channels.ts'
import { createHost } from './host/host.ts'
import type { Log } from './log/logger.ts'
import { createMcpServers, type McpServerPool } from './mcp/servers.ts'
import type { Metrics } from './metrics/types.ts'
import type { PairingDesk } from './pairing/pairing-desk.ts'
import { openPrograms, type Programs } from './push/programs.ts'
import { sendingAnywhere } from './push/sending-anywhere.ts'
import type { ScheduleDesk } from './schedules/schedule-desk.ts'
import { Schedules } from './schedules/schedules.ts'
import { type SessionPlace, sessionKey } from './sessions/session-key.ts'
import type { Settings } from './settings.ts'
import { makePrivateDir } from './state/state-dir.ts'
import { builtinTools } from './tools/builtin-tools.ts'
import { createToolbox, type Toolbox } from './tools/toolbox.ts'
import { type ToolsReport, toolsReport } from './tools/tools-report.ts'
import { priceOf } from './usage/cost.ts'
import { TurnRecords } from './usage/turn-records.ts'
import { version } from './version.ts'

export interface Service {
  /** Where several gateways share the accounts. */
  readonly cluster: Cluster | undefined
  readonly agent: Agent
  readonly pairing: PairingDesk
  readonly channels: Channels
  readonly modelHealth: Pick<ModelHealth, 'problem'>
  readonly toolbox: Pick<Toolbox, 'clashes'>
  /** What the agent can use, and the servers that it comes from. */
  tools(): Promise<ToolsReport>
  /** What is sent by itself. */
  readonly schedules: Pick<ScheduleDesk, 'list' | 'find' | 'change' | 'runDue'>
  /** Starts every enabled account, see `Channels.start`, and then what is sent by itself. Never throws. */
  start(): Promise<void>
  /** What other programs use. */
  readonly programs: Programs
  /** How turns went. */
  readonly records: Pick<TurnRecords, 'find' | 'days'>
  /** Rows of sessions and pairing that could not be read since the start. */
  readonly setAside: number
  /** Why nothing can be stored at present. */
  readonly storeProblem: string | undefined
  /**
   * Goes on under other settings: the agent from its next turn, and of the accounts only those that they change.
   * @returns `channel/account` of the accounts that were touched
   * @throws what a channel or the workspace's folder says; the reason of `ServiceOptions.signal`
   */
  reconfigure(settings: Settings): Promise<string[]>
  /**
   * Lets running turns end for `turnsMs`, stops the channels within the deadline, then all that is left of their turns, and closes the stores: nothing of the
   * service runs or writes afterwards. Never throws.
   */
  stop(options: StopOptions): Promise<void>
}

export interface ServiceOptions {
  readonly settings: Settings
  readonly plugins: readonly ChannelPlugin[]
  readonly stateDir: string
  readonly log: Log
  readonly count: Metrics['count']
  readonly events: Pick<EventHub, 'publish' | 'missed'>
  /** Room for the files of all channels and of the agent. */
  readonly disk: DiskBudget
  /** See `ChannelHost.hasCrashed`. */
  readonly hasCrashed: boolean
  /** Does what another gateway asks of this one. */
  readonly runCommand: (request: unknown) => Promise<unknown>
  /** Aborts when the gateway stops: what is being opened or reconfigured is given up. */
  readonly signal: AbortSignal
  /** See `GatewayOptions`. */
  readonly now?: (() => number) | undefined
}

const configureTimeoutMs = 10_000
const forgetPreviewsEveryMs = 60_000
/** Each of the steps that follow the channels' end; more than their own deadlines. */
const closeTimeoutMs = 1_000

/**
 * Opens everything and starts no account.
 * @throws what a store or a channel says when it cannot be opened, or the reason of `signal`
 */
export async function openService(options: ServiceOptions): Promise<Service> {
  const { stateDir, log, now, settings } = options
  const stores = await openStores({ stateDir, database: settings.database, log: log.logger, now })
  const servers = createMcpServers({ log: options.log.logger })
  try {
    return await openOn(stores, servers, options)
  } catch (error) {
    await close(stores, servers, options)
    throw error
  }
}

async function openOn(
  stores: GatewayStores,
  servers: McpServerPool,
  {
    plugins,
    stateDir,
    log,
    count,
    events,
    disk,
    hasCrashed,
    runCommand,
    signal,
    now,
    ...options
  }: ServiceOptions,
): Promise<Service> {
  const { sessions, pairing, database } = stores
  const { logger } = log
  let { settings } = options
  const toolsIn = () =>
    builtinTools({
      now: now ?? Date.now,
      workspace: openWorkspace(settings, stateDir),
      ...(settings.schedules.perPerson > 0 && { schedules: schedules.chat }),
    })
  let opened: Channels | undefined
  const schedules = new Schedules({
    store: stores.schedules,
    ...(database && { elsewhere: () => cluster?.elsewhere() ?? [] }),
    config: () => settings.schedules,
    turnTimeoutMs: () => settings.agent.turnTimeoutMs,
    channels: () => {
      if (opened !== undefined) return opened
      throw new MoltbotError('gateway-busy', 'the channels are not open', { retryable: true })
    },
    runTurn: (turn, turnSignal) => watched.runTurn(turn, turnSignal),
    now: now ?? Date.now,
    log: logger,
  })
  let builtin = toolsIn()
  const toolbox = createToolbox({ builtin: () => builtin, servers, log: logger })
  const keptFilesLimits = () => settings.keptFiles
  const keptFiles = stores.openKeptFiles({
    folder: join(stateDir, 'files'),
    disk,
    log: logger,
    now: now ?? Date.now,
    limits: keptFilesLimits,
  })
  const records = new TurnRecords({
    store: stores.records,
    log: logger,
    now: now ?? Date.now,
    model: () => settings.agent.model,
    priceOf: (model) => priceOf(settings.agent.providers, model),
  })
  const agent = createAgent({
    config: settings.agent,
    sessions,
    toolbox,
    keptFiles,
    turnsFolder: emptyPrivateDir(join(stateDir, 'turns')),
    disk,
    log: logger,
    report: (turn, event) => {
      count(turn, event)
      records.note(turn, event)
    },
  })
  const modelHealth = new ModelHealth()
  const watched = {
    runTurn: records.watch(modelHealth.watch(agent)),
    noteCutOff: (turn: Turn, said: string) => agent.noteCutOff(turn, said),
    resetSession: (place: SessionPlace) => agent.resetSession(place),
  }
  const programs = openPrograms({
    stores,
    stateDir,
    disk,
    channels: () => channels,
    sending: () => sendingAnywhere(channels, cluster && peersOf(cluster, (id) => channels.placeOf(id))),
    settings: () => settings,
    events,
    log: logger,
    now: now ?? Date.now,
  })
  const host = {
    stateDir,
    configDir: dirname(settings.path),
    log,
    hasCrashed,
    agent: watched,
    toolbox,
    pairing,
    database,
    sharedFolder: settings.database?.filesDir,
    count,
    events,
    heardOfSend: (sendId: string) => programs.pushes.heard(sendId),
  }
  const aboutSession = async (place: SessionPlace) => {
    const { model, session } = settings.agent
    const exchanges = await sessions.history(sessionKey(place, session), { userTurns: 0 })
    const leftOut = agent.leftOut(place)
    return {
      remembered: exchanges.length,
      ...(model !== undefined && { model }),
      ...(leftOut !== undefined && { leftOut }),
    }
  }
  const messages = () => settings.messages
  const limits = () => settings.limits
  const configure = () =>
    withDeadline(() => servers.configure(settings.mcpServers), {
      ms: configureTimeoutMs,
      signal,
      otherwise: 'the MCP servers did not take the change',
    })
  await configure()
  let endingTurnsMs: number | undefined
  const cluster =
    settings.database &&
    (await import('./cluster/cluster.ts')).openCluster(settings.database, {
      ...settings.cluster,
      version,
      facts: () => settings.cluster,
      runner: {
        start: async (account) => {
          await channels.startOne(account)
          await schedules.served(accountIdIn(account))
        },
        stop: (place, stopOptions) => channels.stopOne(place, stopOptions),
      },
      turnsMs: () => endingTurnsMs ?? settings.shutdownTimeoutMs,
      run: runCommand,
      reconnect: () => stores.reconnect(),
      onNews: () => events.missed(),
      log: logger,
    })
  const channels: Channels = await openChannels({
    plugins,
    configs: settings.channels,
    hostOf: (channelId) =>
      createHost({
        ...host,
        channelId,
        aboutSession,
        messages,
        limits,
        keptFiles: keptFilesLimits,
        mediaDisk: disk,
        cluster,
        showsFiles: () => settings.showsTexts,
      }),
    log: logger,
    signal,
  })
  opened = channels
  await schedules.configure()
  const forgetPreviews = () =>
    void pairing
      .forgetExpiredPreviews()
      .catch((error: unknown) =>
        logger.error({ err: error }, 'Expired pairing requests could not be cleared'),
      )
  const forgetting = setInterval(forgetPreviews, forgetPreviewsEveryMs).unref()
  forgetPreviews()
  return {
    cluster,
    agent,
    pairing,
    channels,
    toolbox,
    modelHealth,
    programs,
    records,
    schedules: schedules.desk,
    start: async () => {
      await (cluster === undefined ? channels.start() : cluster.start(await channels.enabled()))
      schedules.runner.start()
    },
    tools: () => toolsReport({ toolbox, servers, scope: settings.agent.tools ?? {} }),
    get setAside() {
      return stores.setAside
    },
    get storeProblem() {
      return stores.problem
    },
    reconfigure: async (next) => {
      settings = next
      builtin = toolsIn()
      agent.reconfigure(settings.agent)
      await configure()
      const touched = await channels.reconfigure(settings.channels)
      await schedules.configure()
      await cluster?.reconfigured(await channels.enabled(), touched)
      return touched
    },
    stop: async (stopOptions) => {
      const endMs = performance.now() + stopOptions.deadlineMs
      endingTurnsMs = stopOptions.turnsMs ?? 0
      await cluster?.end(stopOptions.deadlineMs)
      const deadlineMs = Math.max(0, endMs - performance.now())
      const rest = cluster === undefined ? stopOptions : { deadlineMs }
      await Promise.all([schedules.stop(deadlineMs), channels.stop(rest)])
      await cluster?.close()
      // They end with their channels; one that hangs is left behind.
      await withDeadline(() => programs.pushes.stop(), { ms: closeTimeoutMs }).catch(() => undefined)
      agent.stop()
      keptFiles.close()
      clearInterval(forgetting)
      await close(stores, servers, { log })
    },
  }
}

async function close(
  stores: GatewayStores,
  servers: McpServerPool,
  { log }: Pick<ServiceOptions, 'log'>,
): Promise<void> {
  const steps = { 'The MCP servers': () => servers.close(), 'The stores': () => stores.close() }
  for (const [what, step] of Object.entries(steps)) {
    await withDeadline(step, { ms: closeTimeoutMs }).catch((error: unknown) =>
      log.logger.error({ err: error }, `${what} did not close cleanly`),
    )
  }
}

/** What a killed process left there is of no use. */
function emptyPrivateDir(folder: string): string {
  rmSync(folder, { recursive: true, force: true })
  makePrivateDir(folder)
  return folder
}

/** Only the gateway's own folder is made. */
function openWorkspace({ workspace }: Settings, stateDir: string): string {
  if (workspace !== undefined) return workspace
  const own = join(stateDir, 'workspace')
  makePrivateDir(own)
  return own
}
