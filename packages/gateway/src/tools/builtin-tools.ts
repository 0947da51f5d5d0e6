/**
 * The tools that every agent has, before configuration and turns narrow them.
 */

import { outgoingProxy } from '../network/outgoing.ts'
import type { ChatSchedules } from '../schedules/chat-schedules.ts'
import { scheduleTools } from '../schedules/tools.ts'
import { sendFileTool } from './send-file-tool.ts'
import { timeTool } from './time-tool.ts'
import type { AgentTool } from './tool.ts'
import { weatherTool } from './weather-tool.ts'

export interface BuiltinOptions {
  readonly now: () => number
  /** Absolute. */
  readonly workspace: string
  /** Absent: nothing can be scheduled. */
  readonly schedules?: ChatSchedules
}

export function builtinTools({ now, workspace, schedules }: BuiltinOptions): AgentTool[] {
  return [
    timeTool(now),
    weatherTool({ proxyFor: outgoingProxy }),
    sendFileTool(workspace),
    ...(schedules === undefined ? [] : scheduleTools(schedules)),
  ]
}
