/**
 * One MCP server, kept connected: opened at the start, opened again with growing pauses whenever it breaks. While it is
 * away its tools are not offered; nothing else depends on it.
 */

import { type Logger, messageOf, pause } from '@moltbot/channel-sdk'
import { blackOut, redact } from '../model/failures.ts'
import type { AgentTool, ToolContext } from '../tools/tool.ts'
import type { Connection, ServerTool } from './connect.ts'
import { offeredTools } from './offered-tools.ts'
import { textOfResult } from './result-text.ts'
import { type McpServerConfig, secretsOfServer } from './types.ts'

export interface McpServer {
  /** Empty while it is away. Asks the server for its list again if the one at hand is old, for later calls. */
  tools(): readonly AgentTool[]
  /** Resolves after the first attempt to connect, whatever became of it. */
  readonly tried: Promise<void>
  readonly isConnected: boolean
  /** Why it was lost, or could not be reached, the last time. Without secrets; undefined while it is connected. */
  readonly problem: string | undefined
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
  /** The list of tools is read again on use when it is older: a server may not announce changes, or not be heard. */
  readonly listAgeMs: number
  /** Between two lists, however often the server announces changes. */
  readonly listGapMs: number
}

export interface McpServerOptions {
  readonly id: string
  readonly config: McpServerConfig
  readonly timing: McpTiming
  readonly log: Logger
}

/** Calls in a row without an answer, after which the connection is taken for dead. */
const maxUnanswered = 3

export function keepMcpServer({ id, config, timing, log }: McpServerOptions): McpServer {
  const secrets = secretsOfServer(config)
  const closing = new AbortController()
  const { promise: tried, resolve: markTried } = Promise.withResolvers<void>()
  let tools: readonly AgentTool[] = []
  /** Reads the list of tools again. Undefined while the server is away. */
  let relist: (() => void) | undefined
  let listedMs = 0
  /** Whether the operator knows that it is away. */
  let reported = false
  let problem: string | undefined

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
    let isOver = false
    try {
      const { connect, isBroken, reasonOf } = await import('./connect.ts')
      const onNoise = (text: string) =>
        log.debug({ server: id }, `MCP server ${id}: ${redact(text, secrets)}`)
      const onListChanged = () => relist?.()
      const options = { timeoutMs: timing.connectMs, signal, onBroken, onNoise, onListChanged }
      const opened = await connect(config, options)
      connection = opened
      const execute = callsOn(opened, (error) => isBroken(error) && onBroken(reasonOf(error)))
      const take = (listed: readonly ServerTool[]) => {
        if (isOver) return
        tools = offeredTools({ id, listed, timeoutMs: timing.callMs, execute })
        listedMs = performance.now()
      }
      take(opened.tools)
      relist = onceAtATime(async () => {
        await opened.list().then(take, (error: unknown) => onNoise(reasonOf(error)))
        await pause(timing.listGapMs, signal)
      })
      log.info({ event: 'mcp.connected', server: id, tools: tools.length }, `MCP server ${id} is connected`)
      reported = false
      problem = undefined
      markTried()
      return await broken
    } catch (error) {
      return messageOf(error)
    } finally {
      isOver = true
      tools = []
      relist = undefined
      signal.removeEventListener('abort', onClose)
      await connection?.close()
      markTried()
    }
  }

  function report(reason: string): void {
    const level = reported ? 'debug' : 'warn'
    reported = true
    problem = redact(reason, secrets)
    const message = `MCP server ${id} is unavailable; reconnecting: ${problem}`
    log[level]({ event: 'mcp.away', server: id }, message)
  }

  function callsOn(connection: Connection, onFailure: (error: unknown) => void) {
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
    return async (tool: ServerTool, input: unknown, { signal, files }: ToolContext) => {
      try {
        return blackOut(await textOfResult(await call(tool, input, signal), files.produce), secrets)
      } catch (error) {
        throw new Error(redact(messageOf(error), secrets))
      }
    }
  }

  const finished = run()
  return {
    tools: () => {
      if (performance.now() - listedMs >= timing.listAgeMs) relist?.()
      return tools
    },
    tried,
    get isConnected() {
      return relist !== undefined
    },
    get problem() {
      return problem
    },
    close: async () => {
      closing.abort()
      await finished
    },
  }
}

/** What `timeoutSignal` gives as its reason; a stopped turn has another. */
function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError'
}

/** Calls that come while `work` runs are answered by one further run. `work` never rejects. */
function onceAtATime(work: () => Promise<void>): () => void {
  let isRunning = false
  let isWanted = false
  return async () => {
    isWanted = true
    if (isRunning) return
    isRunning = true
    while (isWanted) {
      isWanted = false
      await work()
    }
    isRunning = false
  }
}
