/**
 * The control plane's socket.
 */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { codeOf, MoltbotError } from '@moltbot/channel-sdk'
import type { ControlAppOptions } from './app.ts'

export interface ControlServer {
  /** Without a slash at the end. */
  readonly url: string
  /** Loads the routes, so that the first request does not wait for them. */
  warmUp(): Promise<void>
  close(): Promise<void>
}

export interface ListenOptions extends Omit<ControlAppOptions, 'boundPort'> {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
}

const loopback = '127.0.0.1'
const anyAddress = '0.0.0.0'
const headersTimeoutMs = 5_000
/** Node's own check for what is too slow comes each 30 s otherwise. */
const timeoutCheckMs = 1_000
const requestTimeoutMs = 15_000
/** Longer than any answer takes to begin. A connection on which nothing moves for so long is closed. */
const idleTimeoutMs = 5 * 60_000
/** For answers that are being written, such as the one to `stop` itself. */
const closeGraceMs = 200
/** One more closes the oldest one that has not sent a whole request, see `keepRoom`. */
export const maxConnections = 100
const maxHeaderBytes = 8 * 1024

/** @throws `port-taken`, saying by whom where the system tells; `bind-refused` for any other reason not to listen. */
export async function listen({ host, port, ...options }: ListenOptions): Promise<ControlServer> {
  let listener: Promise<RequestListener> | undefined
  const load = () => {
    listener ??= loadListener({ ...options, boundPort: () => portOf(server) })
    return listener
  }
  const answering = new Map<Socket, IncomingMessage>()
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: timeoutCheckMs,
      maxHeaderSize: maxHeaderBytes,
    },
    (request, response) => {
      answering.set(request.socket, request)
      response.once('close', () => answering.delete(request.socket))
      load()
        .then((answer) => answer(request, response))
        .catch((error: unknown) => {
          options.log.error({ err: error }, 'Control request failed')
          response.destroy()
        })
    },
  )
  server.setTimeout(idleTimeoutMs)
  keepRoom(server, answering)
  server.listen({ host, port })
  await once(server, 'listening').catch(async (error: unknown) => {
    throw await listenError(error, host, port)
  })
  return { url: urlOf(server, host), warmUp: async () => void (await load()), close: () => close(server) }
}

/**
 * Closes the oldest connection without a whole request when there are too many, and the new one where each has one.
 * Refusing the new one instead would let connections that never ask for anything keep the operator out.
 */
function keepRoom(server: Server, answering: ReadonlyMap<Socket, IncomingMessage>): void {
  /** In the order in which they came. */
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    if (open.size <= maxConnections) return
    const idle = [...open].find((other) => other !== socket && !answering.get(other)?.complete)
    const closed = idle ?? socket
    open.delete(closed)
    closed.destroy()
  })
}

/** The routes and the web framework behind them are not needed to be ready. */
async function loadListener(options: ControlAppOptions): Promise<RequestListener> {
  const [{ getRequestListener }, { createControlApp }] = await Promise.all([
    import('@hono/node-server'),
    import('./app.ts'),
  ])
  return getRequestListener(createControlApp(options).fetch, { overrideGlobalObjects: false })
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const cut = setTimeout(() => server.closeAllConnections(), closeGraceMs)
  await closed
  clearTimeout(cut)
}

function urlOf(server: Server, host: string): string {
  return `http://${host === anyAddress ? loopback : host}:${portOf(server)}`
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function listenError(error: unknown, host: string, port: number): Promise<MoltbotError> {
  if (codeOf(error) !== 'EADDRINUSE') {
    return new MoltbotError('bind-refused', `cannot listen on ${host}:${port} (${codeOf(error)})`, {
      cause: error,
    })
  }
  const { portHolder } = await import('./port-holder.ts')
  const holder = portHolder(port)
  return new MoltbotError(
    'port-taken',
    `port ${port} is taken${holder === undefined ? '' : ` by ${holder}`}; free it, or choose another with --port (0: any free one)`,
    { cause: error },
  )
}
