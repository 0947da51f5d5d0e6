/**
 * One connection to an MCP server through the AI SDK's client. Import it dynamically: it loads that library.
 */

import {
  createMCPClient,
  type ListToolsResult,
  type MCPClient,
  MCPClientError,
  validateJSONRPCMessage,
} from '@ai-sdk/mcp'
import { codeOf, messageOf, timeoutSignal, withDeadline } from '@moltbot/channel-sdk'
import { cappedFetch } from '../model/capped-fetch.ts'
import { version } from '../version.ts'
import { stdioTransport } from './stdio-transport.ts'
import type { McpServerConfig } from './types.ts'

export interface Connection {
  /** As they were when it was opened. */
  readonly tools: readonly ServerTool[]
  /** The tools as they are now. @throws in words for the operator */
  list(): Promise<readonly ServerTool[]>
  /** What the tool gave back, unchecked. @throws where there is no result; see {@link isBroken}. */
  call(name: string, input: unknown, signal: AbortSignal): Promise<unknown>
  close(): Promise<void>
}

/** As the server describes it; nothing of it is checked but its type. */
export type ServerTool = ListToolsResult['tools'][number]

export interface ConnectOptions {
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Called when the connection breaks by itself, with why. Maybe more than once. */
  readonly onBroken: (reason: string) => void
  /** Told of what went wrong without consequence. */
  readonly onNoise: (text: string) => void
  /** The server announces that its tools have changed. Only heard over stdio: see {@link fetchWithoutStream}. */
  readonly onListChanged: () => void
}

const maxPages = 20
/** A server over HTTP is sent the end of the session, without waiting for its answer. */
const closeTimeoutMs = 500

/** Connects and asks for the server's tools. @throws in words for the operator. */
export async function connect(server: McpServerConfig, options: ConnectOptions): Promise<Connection> {
  const { timeoutMs, onBroken, onNoise, onListChanged } = options
  const signal = AbortSignal.any([options.signal, timeoutSignal(timeoutMs)])
  let ended: string | undefined
  const onEnd = (reason: string) => {
    if (!signal.aborted) ended ??= reason
    onBroken(reason)
  }
  const stdio =
    'command' in server
      ? stdioTransport({ server, parse: validateJSONRPCMessage, onEnd, onNoise, onListChanged })
      : undefined
  let client: MCPClient | undefined
  const close = async () => {
    await withDeadline(() => client?.close(), { ms: closeTimeoutMs }).catch(() => undefined)
    await stdio?.close()
  }
  try {
    const opened = await createMCPClient({
      transport: stdio ?? httpTransport(server),
      clientName: 'moltbot',
      version,
      initializationOptions: { signal },
      // The library's own errors reject a call besides, or mean nothing; the network's may be all there is to see.
      onUncaughtError: (error) =>
        MCPClientError.isInstance(error) ? onNoise(messageOf(error)) : onBroken(reasonOf(error)),
    })
    client = opened
    const list = (until: AbortSignal) => allTools((cursor) => opened.listTools(pageOf(cursor, until)))
    return {
      tools: await list(signal),
      list: () => list(AbortSignal.any([options.signal, timeoutSignal(timeoutMs)])),
      call: (name, input, callSignal) =>
        opened.callTool({ name, arguments: isRecord(input) ? input : {}, options: { signal: callSignal } }),
      close,
    }
  } catch (error) {
    const reason = signal.aborted ? `it did not answer within ${timeoutMs} ms` : reasonOf(error)
    await close()
    throw new Error(ended ?? reason)
  }
}

/** The network or the session failed, not what was asked. */
export function isBroken(error: unknown): boolean {
  return !MCPClientError.isInstance(error) || error.statusCode !== undefined
}

/** With the cause that the network gives. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? codeOf(error.cause) : 'unknown'
  return cause === 'unknown' ? messageOf(error) : `${messageOf(error)} (${cause})`
}

function pageOf(cursor: string | undefined, signal: AbortSignal) {
  return { options: { signal }, ...(cursor !== undefined && { params: { cursor } }) }
}

async function allTools(page: (cursor?: string) => Promise<ListToolsResult>): Promise<ServerTool[]> {
  const tools: ServerTool[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < maxPages; pages++) {
    const { tools: more, nextCursor } = await page(cursor)
    tools.push(...more)
    if (nextCursor === undefined) break
    cursor = nextCursor
  }
  return tools
}

function httpTransport(server: McpServerConfig) {
  if ('command' in server) throw new TypeError('a program is not reached over HTTP')
  const { url, headers } = server
  return { type: 'http', url, headers: { ...headers }, fetch: fetchWithoutStream } as const
}

/** The stream that a client may open for notifications is not needed: it is refused, as a server may do. */
const fetchWithoutStream: typeof fetch = async (input, init) =>
  init?.method === 'GET' ? new Response(null, { status: 405 }) : cappedFetch(input, init)

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
