/**
 * All MCP servers of the configuration.
 */

import { type Logger, withDeadline } from '@moltbot/channel-sdk'
import type { AgentTool } from '../tools/tool.ts'
import { keepMcpServer, type McpServer, type McpTiming } from './server.ts'
import type { McpServers } from './types.ts'

export interface McpServerPool {
  /** The tools of the servers that are connected now. Waits a moment for those that are tried for the first time. */
  tools(): Promise<AgentTool[]>
  /** Ids of the servers that are not connected. */
  away(): string[]
  /** Closes what is no longer configured, or otherwise, and opens what is new. */
  configure(servers: McpServers): Promise<void>
  close(): Promise<void>
}

export interface McpPoolOptions {
  readonly log: Logger
  readonly timing?: Partial<McpTiming>
}

const defaultTiming: McpTiming = {
  connectMs: 60_000,
  callMs: 60_000,
  firstPauseMs: 1_000,
  longestPauseMs: 60_000,
  steadyMs: 60_000,
}
/** A turn rather goes without a server than wait longer for it. */
const patienceMs = 2_000

export function createMcpServers({ log, timing = {} }: McpPoolOptions): McpServerPool {
  let isClosed = false
  const servers = new Map<string, { readonly facts: string; readonly server: McpServer }>()

  async function keepOnly(wanted: McpServers): Promise<void> {
    const leaving = [...servers].filter(([id, { facts }]) => facts !== JSON.stringify(wanted[id]))
    for (const [id] of leaving) servers.delete(id)
    await Promise.all(leaving.map(([, { server }]) => server.close()))
  }

  return {
    tools: async () => {
      const kept = [...servers.values()].map(({ server }) => server)
      const tried = () => Promise.all(kept.map((server) => server.tried))
      if (kept.length > 0) await withDeadline(tried, { ms: patienceMs }).catch(() => undefined)
      return kept.flatMap((server) => server.tools())
    },
    away: () => [...servers].filter(([, { server }]) => server.tools().length === 0).map(([id]) => id),
    configure: async (wanted) => {
      await keepOnly(wanted)
      if (isClosed) return // Meanwhile.
      for (const [id, config] of Object.entries(wanted)) {
        if (servers.has(id)) continue
        const server = keepMcpServer({ id, config, timing: { ...defaultTiming, ...timing }, log })
        servers.set(id, { facts: JSON.stringify(config), server })
      }
    },
    close: () => {
      isClosed = true
      return keepOnly({})
    },
  }
}
