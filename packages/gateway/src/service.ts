/**
 * The part of the gateway that a restart in process replaces: stores, agent and channels under one configuration.
 */

import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ChannelPlugin, Logger } from '@moltbot/channel-sdk'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { createAgent } from './agent/agent.ts'
import type { Agent } from './agent/types.ts'
import { gatewayMigrations } from './gateway-database.ts'
import { type Channels, createChannels } from './host/channels.ts'
import { createHost } from './host/host.ts'
import type { Log } from './log/logger.ts'
import { createMcpServers } from './mcp/servers.ts'
import type { Metrics } from './metrics/types.ts'
import { createPairingDesk, type PairingDesk } from './pairing/pairing-store.ts'
import { createSessionStore } from './sessions/session-store.ts'
import type { Settings } from './settings.ts'
import { makePrivateDir } from './state/state-dir.ts'
import { builtinTools } from './tools/builtin-tools.ts'
import { createToolbox } from './tools/toolbox.ts'

export interface Service {
  readonly agent: Agent
  readonly pairing: PairingDesk
  readonly channels: Channels
  /**
   * Goes on under other settings: the agent from its next turn, and of the accounts only those that they change.
   * @returns `channel/account` of the accounts that were touched
   * @throws what a channel or the workspace's folder says
   */
  reconfigure(settings: Settings): Promise<string[]>
  /** Drains the channels, then closes the stores. Never throws. */
  stop(options: { readonly deadlineMs: number }): Promise<void>
}

export interface ServiceOptions {
  readonly settings: Settings
  readonly plugins: readonly ChannelPlugin[]
  readonly stateDir: string
  readonly log: Log
  readonly count: Metrics['count']
  /** See `GatewayOptions`. */
  readonly now?: (() => number) | undefined
}

/** Opens everything and starts no account. @throws what a store or a channel says when it cannot be opened. */
export async function openService({
  plugins,
  stateDir,
  log,
  count,
  now,
  ...options
}: ServiceOptions): Promise<Service> {
  let { settings } = options
  const db = openStores(stateDir, log.logger)
  const servers = createMcpServers({ log: log.logger })
  const toolsIn = () => builtinTools({ now: now ?? Date.now, workspace: openWorkspace(settings, stateDir) })
  try {
    let builtin = toolsIn()
    const pairing = createPairingDesk(db, now === undefined ? {} : { now })
    const toolbox = createToolbox({ builtin: () => builtin, servers, log: log.logger })
    const sessions = createSessionStore(db)
    const agent = createAgent({ config: settings.agent, sessions, toolbox, log: log.logger, report: count })
    await servers.configure(settings.mcpServers)
    const debounceMs = () => settings.debounceMs
    const configDir = dirname(settings.path)
    const channels = await createChannels({
      plugins,
      configs: settings.channels,
      hostOf: (channelId) =>
        createHost({ channelId, stateDir, configDir, log, agent, toolbox, pairing, debounceMs, count }),
      log: log.logger,
    })
    return {
      agent,
      pairing,
      channels,
      reconfigure: async (next) => {
        settings = next
        builtin = toolsIn()
        agent.reconfigure(settings.agent)
        await servers.configure(settings.mcpServers)
        return channels.reconfigure(settings.channels)
      },
      stop: async (options) => {
        await channels.stop(options)
        await servers.close()
        db.close()
      },
    }
  } catch (error) {
    await servers.close()
    db.close()
    throw error
  }
}

/** A folder of the operator's own keeps its mode. */
function openWorkspace({ workspace }: Settings, stateDir: string): string {
  if (workspace !== undefined) {
    mkdirSync(workspace, { recursive: true })
    return workspace
  }
  const own = join(stateDir, 'workspace')
  makePrivateDir(own)
  return own
}

function openStores(stateDir: string, log: Logger) {
  const { db, corruptCopy } = openDatabase(join(stateDir, 'gateway.sqlite'), gatewayMigrations)
  if (corruptCopy !== undefined) {
    log.error(
      { event: 'state.corrupt', corruptCopy },
      'The sessions and pairings were damaged; they were moved aside and begin anew',
    )
  }
  return db
}
