/**
 * A tool as the agent sees it, wherever it comes from: a name, a description for the model, and what it does.
 */

import type { Readable } from 'node:stream'
import type { ReplyMedia, Turn } from '@moltbot/channel-sdk'
import { z } from 'zod'

export interface AgentTool {
  /** 1 to {@link maxToolNameLength} letters, digits, `_` or `-`: what every model API takes. */
  readonly name: string
  /** What metrics call it: a name of ours or of the configuration's, never of a server's. */
  readonly countedAs: string
  /** For the model. */
  readonly description: string
  /** JSON Schema of the input, an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>
  /** Of one call. */
  readonly timeoutMs: number
  /** @throws with a message that the model may read. */
  execute(input: unknown, context: ToolContext): Promise<string>
}

export interface ToolContext {
  /** The turn that calls it; absent where there is none. */
  readonly turn?: Turn
  /** Fires when the turn is stopped or the tool has used its time. */
  readonly signal: AbortSignal
  /** Sends a file with the reply. */
  readonly attach: (media: ReplyMedia) => void
  /** Files of the turn that tools made. */
  readonly files: TurnToolFiles
  /** A larger file cannot be sent. Absent: no limit is known. */
  readonly maxFileBytes?: number | undefined
}

/** A file that a tool returns. */
export interface ToolFile {
  readonly bytes: Uint8Array
  readonly mimeType: string
  /** As the tool calls it; the model may be told another name. */
  readonly name: string
}

export interface TurnToolFiles {
  /** Stores a file for the model to see and to send. @returns words for the model. Never rejects. */
  produce(file: ToolFile): Promise<string>
  /** Where a file that was produced in this turn is. */
  produced(name: string): string | undefined
  /** Copies a file to where nobody else can change it. @throws when it is longer than `maxBytes` */
  copy(content: Readable, maxBytes: number, signal: AbortSignal): Promise<string>
}

export const maxToolNameLength = 64

interface ToolDefinition<Input extends z.ZodObject> {
  readonly name: string
  readonly description: string
  readonly input: Input
  readonly timeoutMs: number
  readonly run: (input: z.output<Input>, context: ToolContext) => Promise<string>
}

/** A tool of our own, whose input is checked before it runs. */
export function defineTool<Input extends z.ZodObject>(definition: ToolDefinition<Input>): AgentTool {
  const { name, description, input, timeoutMs, run } = definition
  return {
    name,
    countedAs: name,
    description,
    timeoutMs,
    inputSchema: z.toJSONSchema(input, { io: 'input' }),
    execute: async (given, context) => {
      const { success, data, error } = input.safeParse(given)
      if (!success) throw new Error(`the input is wrong: ${z.prettifyError(error)}`)
      return run(data, context)
    },
  }
}
