/**
 * What the operator sees of the tools: which there are, where they come from, and how their servers are.
 */

import { admitted, type ToolScope } from '@moltbot/channel-sdk'
import type { ToolsAnswer } from '../api/answers.ts'
import type { Frozen } from '../api/route.ts'
import type { McpServerPool } from '../mcp/servers.ts'
import { ownerOf } from '../mcp/tool-names.ts'
import type { Toolbox } from './toolbox.ts'

export type ToolsReport = Frozen<ToolsAnswer>

export interface ToolsReportOptions {
  readonly toolbox: Pick<Toolbox, 'tools' | 'clashes'>
  readonly servers: Pick<McpServerPool, 'states'>
  /** `tools` of the configuration. */
  readonly scope: ToolScope
}

export async function toolsReport({ toolbox, servers, scope }: ToolsReportOptions): Promise<ToolsReport> {
  const states = servers.states()
  const ids = states.map(({ id }) => id)
  const tools = (await toolbox.tools()).map(({ name, description, countedAs }) => {
    const server = countedAs === name ? undefined : ownerOf(name, ids)
    const allowed = admitted([scope], name)
    return { name, description, allowed, ...(server !== undefined && { server }) }
  })
  return { tools, servers: states, clashes: toolbox.clashes() }
}
