/**
 * The tools that every agent has, before configuration and turns narrow them.
 */

import { outgoingProxy } from '../network/outgoing.ts'
import { sendFileTool } from './send-file-tool.ts'
import { timeTool } from './time-tool.ts'
import type { AgentTool } from './tool.ts'
import { weatherTool } from './weather-tool.ts'

export interface BuiltinOptions {
  readonly now: () => number
  /** Absolute. */
  readonly workspace: string
}

export function builtinTools({ now, workspace }: BuiltinOptions): AgentTool[] {
  return [timeTool(now), weatherTool({ proxyFor: outgoingProxy }), sendFileTool(workspace)]
}
