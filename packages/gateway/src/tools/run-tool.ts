/**
 * One call of a tool, bounded: by its own time, by the turn's signal, and in what it may say to the model. Whatever a tool
 * gives back is text of others, so it cannot hold the markers of untrusted data.
 */

import { longestTimerMs, messageOf, timeoutSignal, withDeadline } from '@moltbot/channel-sdk'
import { cleaned } from '../agent/untrusted.ts'
import { clip } from '../text.ts'
import type { AgentTool, ToolContext } from './tool.ts'

/** UTF-16 units of one result; the model sees where the rest is missing. */
const maxResultLength = 30_000

/** @throws when the tool failed or took too long; the reason of `context.signal` when that has fired. */
export async function runTool(tool: AgentTool, input: unknown, context: ToolContext): Promise<string> {
  const timeout = timeoutSignal(tool.timeoutMs)
  const signal = AbortSignal.any([context.signal, timeout])
  const attach: ToolContext['attach'] = (media) => {
    signal.throwIfAborted()
    context.attach(media)
  }
  try {
    const result = await withDeadline(() => tool.execute(input, { ...context, signal, attach }), {
      ms: longestTimerMs, // `signal` has the deadline, for the tool to see which of the two ended it.
      signal,
    })
    return forModel(result)
  } catch (error) {
    context.signal.throwIfAborted()
    if (timeout.aborted) throw new Error(`${tool.name} did not answer within ${tool.timeoutMs} ms`)
    throw new Error(forModel(messageOf(error)))
  }
}

/** Cut first, so that no tool can keep the gateway busy. */
function forModel(text: string): string {
  return cleaned(clip(text, maxResultLength))
}
