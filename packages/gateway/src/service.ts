/**
 * The part of the gateway that a restart in process replaces: stores, agent and channels under one configuration.
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ChannelPlugin, Logger } from '@moltbot/channel-sdk'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { createAgent } from './agent/agent.ts'
import type { Agent } from './agent/types.ts'
import { gatewayMigrations } from './gateway-database.ts'
import { type Channels, createChannels } from './host/channels.ts'
import { createHost } from './host/host.ts'
import type { Log } from './log/logger.ts'
import { createMcpServers } from './mcp/servers.ts'
import { createPairingDesk, type PairingDesk } from './pairing/pairing-store.ts'
import { createSessionStore } from './sessions/session-store.ts'
import type { Settings } from './settings.ts'
import { makePrivateDir } from './state/state-dir.ts'
import { builtinTools } from './tools/builtin-tools.ts'
import { createToolbox } from './tools/toolbox.ts'

export interface Service {
  readonly settings: Settings
  readonly agent: Agent
  readonly pairing: PairingDesk
  readonly channels: Channels
  /** Drains the channels, then closes the stores. Never throws. */
  stop(options: { readonly deadlineMs: number }): Promise<void>
}

export interface ServiceOptions {
  readonly settings: Settings
  readonly plugins: readonly ChannelPlugin[]
  readonly stateDir: string
  readonly log: Log
  /** See `GatewayOptions`. */
  readonly now?: (() => number) | undefined
}

/** Opens everything and starts no account. @throws what a store or a channel says when it cannot be opened. */
export async function openService({
  settings,
  plugins,
  stateDir,
  log,
  now,
}: ServiceOptions): Promise<Service> {
  const db = openStores(stateDir, log.logger)
  const servers = createMcpServers({ log: log.logger })
  try {
    const pairing = createPairingDesk(db, now === undefined ? {} : { now })
    const { agent: config, debounceMs } = settings
    const builtin = builtinTools({ now: now ?? Date.now, workspace: openWorkspace(settings, stateDir) })
    const toolbox = createToolbox({ builtin, servers, log: log.logger })
    const agent = createAgent({ config, sessions: createSessionStore(db), toolbox, log: log.logger })
    await servers.configure(settings.mcpServers)
    const channels = await createChannels(
      plugins.filter(({ id }) => settings.channels.has(id)),
      (plugin) =>
        plugin.create(
          createHost({ channelId: plugin.id, stateDir, log, agent, pairing, debounceMs }),
          settings.channels.get(plugin.id),
        ),
      log.logger,
    )
    const stop = async (options: { readonly deadlineMs: number }) => {
      await channels.stop(options)
      await servers.close()
      db.close()
    }
    return { settings, agent, pairing, channels, stop }
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
