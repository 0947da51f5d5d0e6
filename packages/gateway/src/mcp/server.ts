/**
 * One MCP server, kept connected: opened at the start, opened again with growing pauses whenever it breaks. While it is
 * away its tools are not offered; nothing else depends on it.
 */

import { type Logger, messageOf, pause } from '@moltbot/channel-sdk'
import { blackOut, redact } from '../agent/failures.ts'
import { clip } from '../text.ts'
import { type AgentTool, maxToolNameLength } from '../tools/tool.ts'
import type { Connection, ServerTool } from './connect.ts'
import { textOfResult } from './result-text.ts'
import { type McpServerConfig, secretsOfServer } from './types.ts'

export interface McpServer {
  /** Empty while it is away. */
  tools(): readonly AgentTool[]
  /** Resolves after the first attempt to connect, whatever became of it. */
  readonly tried: Promise<void>
  /** Resolves when the connection is closed, and the process with it. */
  close(): Promise<void>
}

export interface McpTiming {
  /** For connecting, its list of tools included. */
  readonly connectMs: number
  readonly callMs: number
  /** Before the second attempt; doubles for each further one. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
  /** A connection that held so long is a good one: pauses start from the first again. */
  readonly steadyMs: number
}

export interface McpServerOptions {
  readonly id: string
  readonly config: McpServerConfig
  readonly timing: McpTiming
  readonly log: Logger
}

/** Of one server; the rest is not offered. */
const maxTools = 128
const maxDescriptionLength = 2_000
/** Longest JSON of a schema. A tool with a longer one is not offered: it would crowd out the conversation. */
const maxSchemaLength = 20_000
/** Calls in a row without an answer, after which the connection is taken for dead. */
const maxUnanswered = 3

export function keepMcpServer({ id, config, timing, log }: McpServerOptions): McpServer {
  const secrets = secretsOfServer(config)
  const closing = new AbortController()
  const { promise: tried, resolve: markTried } = Promise.withResolvers<void>()
  let tools: readonly AgentTool[] = []
  /** Whether the operator knows that it is away. */
  let reported = false

  async function run(): Promise<void> {
    let failures = 0
    while (!closing.signal.aborted) {
      const openedMs = performance.now()
      const reason = await holdConnection()
      if (closing.signal.aborted) return
      report(reason)
      failures = performance.now() - openedMs >= timing.steadyMs ? 1 : failures + 1
      const pauseMs = Math.min(timing.firstPauseMs * 2 ** (failures - 1), timing.longestPauseMs)
      await pause(pauseMs, closing.signal)
    }
  }

  /** Resolves when the connection is over, with why. Never rejects. */
  async function holdConnection(): Promise<string> {
    const { promise: broken, resolve: onBroken } = Promise.withResolvers<string>()
    const { signal } = closing
    const onClose = () => onBroken('it is closed')
    signal.addEventListener('abort', onClose)
    let connection: Connection | undefined
    try {
      const { connect, isBroken, reasonOf } = await import('./connect.ts')
      const onNoise = (text: string) =>
        log.debug({ server: id }, `MCP server ${id}: ${redact(text, secrets)}`)
      connection = await connect(config, { timeoutMs: timing.connectMs, signal, onBroken, onNoise })
      tools = toolsOf(connection, (error) => isBroken(error) && onBroken(reasonOf(error)))
      log.info({ event: 'mcp.connected', server: id, tools: tools.length }, `MCP server ${id} is connected`)
      reported = false
      markTried()
      return await broken
    } catch (error) {
      return messageOf(error)
    } finally {
      tools = []
      signal.removeEventListener('abort', onClose)
      await connection?.close()
      markTried()
    }
  }

  function report(reason: string): void {
    const level = reported ? 'debug' : 'warn'
    reported = true
    const message = `MCP server ${id} is unavailable; reconnecting: ${redact(reason, secrets)}`
    log[level]({ event: 'mcp.away', server: id }, message)
  }

  function toolsOf(connection: Connection, onFailure: (error: unknown) => void): AgentTool[] {
    let unanswered = 0
    const call = async (tool: ServerTool, input: unknown, signal: AbortSignal) => {
      try {
        const result = await connection.call(tool.name, input, signal)
        unanswered = 0
        return result
      } catch (error) {
        if (!signal.aborted) {
          unanswered = 0
          onFailure(error)
        } else if (isTimeout(signal.reason) && ++unanswered >= maxUnanswered) {
          onFailure(new Error('calls are not answered'))
        }
        throw error
      }
    }
    const execute = async (tool: ServerTool, input: unknown, signal: AbortSignal) => {
      try {
        return blackOut(textOfResult(await call(tool, input, signal)), secrets)
      } catch (error) {
        throw new Error(redact(messageOf(error), secrets))
      }
    }
    return connection.tools
      .filter(({ inputSchema }) => JSON.stringify(inputSchema).length <= maxSchemaLength)
      .slice(0, maxTools)
      .map((tool) => ({
        name: toolName(id, tool.name),
        countedAs: `${id}_*`,
        description: clip(tool.description ?? tool.title ?? '', maxDescriptionLength),
        inputSchema: { properties: {}, ...tool.inputSchema },
        timeoutMs: timing.callMs,
        execute: (input, { signal }) => execute(tool, input, signal),
      }))
  }

  const finished = run()
  return {
    tools: () => tools,
    tried,
    close: async () => {
      closing.abort()
      await finished
    },
  }
}

/** What `AbortSignal.timeout` gives as its reason; a stopped turn has another. */
function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError'
}

/** `<server>_<tool>`, in the characters and the length that model APIs take. */
function toolName(server: string, tool: string): string {
  return `${server}_${tool}`.replaceAll(/[^\w-]/g, '_').slice(0, maxToolNameLength)
}
