/**
 * Whether each MCP server of the configuration starts, answers and lists its tools. It is started or reached beside the
 * one that a running gateway uses.
 */

import { type Finding, type HealthCheck, messageOf } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'
import { type McpServerConfig, type McpServers, secretsOfServer } from '../mcp/types.ts'
import { redact } from '../model/failures.ts'
import { outgoingProxy } from '../network/outgoing.ts'
import { routeOf } from './reach.ts'

const timeoutMs = 20_000
const maxServers = 50

export function mcpChecks(servers: McpServers, isOffline = false): HealthCheck[] {
  const checked = Object.entries(servers).filter(([, config]) => !isOffline || 'command' in config)
  return checked.slice(0, maxServers).map(([id, config]) => ({
    about: 'MCP',
    timeoutMs: timeoutMs + 1_000,
    run: async (signal) => [await serverFinding(id, config, signal)],
  }))
}

async function serverFinding(id: string, config: McpServerConfig, signal: AbortSignal): Promise<Finding> {
  const { connect } = await import('../mcp/connect.ts')
  const quiet = () => undefined
  try {
    const connection = await connect(config, {
      timeoutMs,
      signal,
      onBroken: quiet,
      onNoise: quiet,
      onListChanged: quiet,
    })
    const count = connection.tools.length
    await connection.close()
    const message = english('server {id} works; tools: {count}', { id, count })
    if (count > 0) return { status: 'ok', message }
    return { status: 'warning', message, advice: english('a server without tools is of no use to the agent') }
  } catch (error) {
    const reason = redact(messageOf(error), secretsOfServer(config))
    return {
      status: 'problem',
      message: english('server {id} does not work: {reason}', { id, reason }),
      advice: adviceOn(config),
    }
  }
}

function adviceOn(config: McpServerConfig): string {
  // Its arguments may hold a key.
  if ('command' in config)
    return english('run the command by hand to see what it prints: {line}', { line: config.command })
  return english('check mcp.servers, and whether the server runs; it was reached {via}', {
    via: routeOf(outgoingProxy(new URL(config.url))),
  })
}
