/**
 * The tools of one MCP server as the agent gets them: named, bounded and described.
 */

import { cleaned } from '../agent/untrusted.ts'
import { clip } from '../text.ts'
import type { AgentTool, ToolContext } from '../tools/tool.ts'
import type { ServerTool } from './connect.ts'
import { offeredNames } from './tool-names.ts'

/** Of one server; the rest is not offered. */
const maxTools = 128
const maxDescriptionLength = 2_000
/** Longest JSON of a schema. A tool with a longer one is not offered: it would crowd out the conversation. */
const maxSchemaLength = 20_000

export interface ServerTools {
  readonly id: string
  /** As the server lists them. */
  readonly listed: readonly ServerTool[]
  /** Of one call. */
  readonly timeoutMs: number
  readonly execute: (tool: ServerTool, input: unknown, context: ToolContext) => Promise<string>
}

export function offeredTools({ id, listed, timeoutMs, execute }: ServerTools): AgentTool[] {
  const kept = listed
    .filter(({ inputSchema }) => JSON.stringify(inputSchema).length <= maxSchemaLength)
    .slice(0, maxTools)
  const names = offeredNames(
    id,
    kept.map(({ name }) => name),
  )
  return kept.map((tool) => {
    const name = names.get(tool.name) ?? tool.name
    return {
      name,
      countedAs: `${id}_*`,
      description: cleaned(clip(describe(tool, name), maxDescriptionLength)),
      inputSchema: { properties: {}, ...tool.inputSchema },
      timeoutMs,
      execute: (input, context) => execute(tool, input, context),
    }
  })
}

/** A name that had to be changed may be all that says what the tool does. */
function describe({ name, title, description }: ServerTool, offeredAs: string): string {
  const words = description ?? title ?? ''
  if (offeredAs.endsWith(`_${name}`)) return words
  return words === '' ? name : `${name}: ${words}`
}
