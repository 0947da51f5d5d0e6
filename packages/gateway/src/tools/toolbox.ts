/**
 * All tools that the agent has: the built-in ones and those of MCP servers, each under a name of its own.
 */

import type { Logger } from '@moltbot/channel-sdk'
import type { AgentTool } from './tool.ts'

export interface Toolbox {
  /** All that can be used now. Waits a moment for what is just starting. */
  tools(): Promise<readonly AgentTool[]>
  /** How the names begin of tools that are missing for now. */
  away(): readonly string[]
}

export interface ToolboxOptions {
  /** No other tool gets their names. Read for each turn. */
  readonly builtin: () => readonly AgentTool[]
  readonly servers: { tools(): Promise<AgentTool[]>; away(): string[] }
  readonly log: Logger
}

export function createToolbox({ builtin, servers, log }: ToolboxOptions): Toolbox {
  /** Reported once for each; there are at most as many as servers have tools. */
  const reported = new Set<string>()
  const report = (name: string) => {
    if (reported.has(name)) return
    reported.add(name)
    log.warn({ tool: name }, `there are two tools called ${name}; the second one is not used`)
  }
  return {
    tools: async () => {
      const byName = new Map<string, AgentTool>()
      for (const tool of [...builtin(), ...(await servers.tools())]) {
        if (byName.has(tool.name)) report(tool.name)
        else byName.set(tool.name, tool)
      }
      return [...byName.values()]
    },
    away: () => servers.away().map((id) => `${id}_`),
  }
}
