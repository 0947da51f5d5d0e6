/**
 * All MCP servers of the configuration.
 */

import { type Logger, withDeadline } from '@moltbot/channel-sdk'
import type { AgentTool } from '../tools/tool.ts'
import { keepMcpServer, type McpServer, type McpTiming } from './server.ts'
import { ownerOf } from './tool-names.ts'
import type { McpServers } from './types.ts'

export interface McpServerPool {
  /** Resolves when all servers have been tried, or after a moment. Never rejects. */
  tried(): Promise<void>
  /** The tools of the servers that are connected now, each in its server's own namespace; see {@link misplaced}. */
  tools(): AgentTool[]
  /**
   * Tools that are not offered, one sentence each: their names would be in the namespace of another server, whether or
   * not that one is connected, and scopes that mean its tools would mean them.
   */
  misplaced(): string[]
  /** Ids of the servers that are not connected. */
  away(): string[]
  /** All servers, for the operator. */
  states(): McpServerState[]
  /** Closes what is no longer configured, or otherwise, and opens what is new. */
  configure(servers: McpServers): Promise<void>
  close(): Promise<void>
}

export interface McpServerState {
  readonly id: string
  readonly connected: boolean
  /** How many it offers now. */
  readonly tools: number
  /** Why it was lost, or could not be reached, the last time. Without secrets. */
  readonly problem?: string
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
  listAgeMs: 60_000,
  listGapMs: 1_000,
}
/** A turn rather goes without a server than wait longer for it. */
const patienceMs = 2_000

export function createMcpServers({ log, timing = {} }: McpPoolOptions): McpServerPool {
  let isClosed = false
  const servers = new Map<string, { readonly facts: string; readonly server: McpServer }>()

  const all = () => [...servers].flatMap(([id, { server }]) => server.tools().map((tool) => ({ id, tool })))

  async function keepOnly(wanted: McpServers): Promise<void> {
    const leaving = [...servers].filter(([id, { facts }]) => facts !== JSON.stringify(wanted[id]))
    for (const [id] of leaving) servers.delete(id)
    await Promise.all(leaving.map(([, { server }]) => server.close()))
  }

  return {
    tried: async () => {
      const tried = () => Promise.all([...servers.values()].map(({ server }) => server.tried))
      if (servers.size > 0) await withDeadline(tried, { ms: patienceMs }).catch(() => undefined)
    },
    tools: () => all().flatMap(({ id, tool }) => (ownerOf(tool.name, servers.keys()) === id ? [tool] : [])),
    misplaced: () =>
      all().flatMap(({ id, tool: { name } }) => {
        const owner = ownerOf(name, servers.keys())
        if (owner === id) return []
        return [`MCP server ${id} offers ${name}, a name of server ${owner}; the tool is not used`]
      }),
    away: () => [...servers].filter(([, { server }]) => server.tools().length === 0).map(([id]) => id),
    states: () =>
      [...servers].map(([id, { server }]) => {
        const { problem } = server
        return {
          id,
          connected: server.isConnected,
          tools: server.tools().length,
          ...(problem !== undefined && { problem }),
        }
      }),
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
