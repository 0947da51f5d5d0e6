/**
 * All tools that the agent has, before a turn's scopes narrow them.
 */

import { timeTool } from './time-tool.ts'
import type { AgentTool } from './tool.ts'

export interface Toolbox {
  readonly tools: readonly AgentTool[]
}

export interface ToolboxOptions {
  readonly now: () => number
}

export function createToolbox({ now }: ToolboxOptions): Toolbox {
  return { tools: [timeTool(now)] }
}
