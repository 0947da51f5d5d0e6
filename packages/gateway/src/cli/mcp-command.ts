/**
 * `mcp`: the gateway's MCP server for an agent on this machine, over standard input and output. Each message is passed to the
 * running gateway, so that the rules are in one place and a restart of the gateway ends nothing.
 */

import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import {
  isJSONRPCRequest,
  type JSONRPCMessage,
  JSONRPCMessageSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { messageOf } from '@moltbot/channel-sdk'
import { connectGateway } from '../control/client.ts'

export interface McpOptions {
  /** Only these. */
  readonly target?: readonly string[]
}

const internalError = -32_603

/** Resolves when the client has closed its end and every request is answered. */
export async function serveMcp(stateDir: string, { target = [] }: McpOptions): Promise<undefined> {
  const transport = new StdioServerTransport()
  const running = new Set<Promise<void>>()
  const ended = new Promise<void>((resolve) => {
    transport.onclose = resolve
    process.stdin.once('end', resolve)
  })
  transport.onmessage = (message) => {
    const work = answer(stateDir, target, message)
      .then((reply) => (reply === undefined ? undefined : transport.send(reply)))
      .finally(() => running.delete(work))
    running.add(work)
  }
  await transport.start()
  await ended
  await Promise.allSettled(running)
  return undefined
}

/** A request that fails is answered too, so that no client waits for it. */
async function answer(
  stateDir: string,
  targets: readonly string[],
  message: JSONRPCMessage,
): Promise<JSONRPCMessage | undefined> {
  const query = new URLSearchParams(targets.map((name): [string, string] => ['target', name]))
  try {
    // Found anew each time: a gateway that was started again has another token.
    const reply = await connectGateway(stateDir).mcp(`/mcp?${query}`, message)
    return reply === undefined ? undefined : JSONRPCMessageSchema.parse(reply)
  } catch (error) {
    if (!isJSONRPCRequest(message)) return undefined
    return { jsonrpc: '2.0', id: message.id, error: { code: internalError, message: messageOf(error) } }
  }
}
