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
  /** Tools of connected servers that are not used because of their names, one sentence each, for the operator. */
  clashes(): readonly string[]
}

export interface ToolboxOptions {
  /** No other tool gets their names. Read for each turn. */
  readonly builtin: () => readonly AgentTool[]
  readonly servers: {
    tried(): Promise<void>
    tools(): AgentTool[]
    misplaced(): string[]
    away(): string[]
  }
  readonly log: Logger
}

export function createToolbox({ builtin, servers, log }: ToolboxOptions): Toolbox {
  /** Logged once each; there are at most as many as servers have tools. */
  const logged = new Set<string>()
  const all = () => [...builtin(), ...servers.tools()]
  const clashes = () => [
    ...servers.misplaced(),
    ...repeated(all()).map(({ name }) => `there are two tools called ${name}; only the first one is used`),
  ]
  const report = (clash: string) => {
    if (logged.has(clash)) return
    logged.add(clash)
    log.error({ event: 'tools.clash' }, clash)
  }
  return {
    tools: async () => {
      await servers.tried()
      for (const clash of clashes()) report(clash)
      const tools = all()
      const second = new Set(repeated(tools))
      return tools.filter((tool) => !second.has(tool))
    },
    away: () => servers.away().map((id) => `${id}_`),
    clashes,
  }
}

/** Those whose name an earlier tool has. */
function repeated(tools: readonly AgentTool[]): AgentTool[] {
  const names = new Set<string>()
  return tools.filter(({ name }) => names.has(name) || !names.add(name))
}
