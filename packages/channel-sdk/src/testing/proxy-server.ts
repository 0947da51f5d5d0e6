/**
 * An HTTP proxy on loopback that leads chosen hosts to servers of the test, and writes down what it was asked for.
 */

import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'

export interface ProxyServer {
  readonly url: string
  readonly port: number
  /** Such as `CONNECT api.example:443` or `GET http://api.example/v1`, oldest first. */
  readonly asked: readonly string[]
  /** The `proxy-authorization` header of each request, empty where there was none. */
  readonly credentials: readonly string[]
  close(): void
}

export interface ProxyServerOptions {
  /** Ports of this machine by `host:port`. What is not among them is answered with 502. */
  readonly routes?: Readonly<Record<string, number>>
  /** Answers everything with this status instead. */
  readonly status?: number
}

export async function startProxyServer({
  routes = {},
  status,
}: ProxyServerOptions = {}): Promise<ProxyServer> {
  const asked: string[] = []
  const credentials: string[] = []
  const sockets = new Set<Socket>()
  const note = ({ method, url, headers }: IncomingMessage) => {
    asked.push(`${method} ${url}`)
    credentials.push(headers['proxy-authorization'] ?? '')
  }
  const server = createServer((incoming, response) => {
    note(incoming)
    const { host, hostname, port } = new URL(incoming.url ?? '')
    const to = routes[port === '' ? `${hostname}:80` : host]
    if (status !== undefined || to === undefined) response.writeHead(status ?? 502).end()
    else forward(incoming, response, to)
  })
  server.on('connect', (incoming, socket: Socket) => {
    note(incoming)
    const to = routes[incoming.url ?? '']
    socket.on('error', () => undefined)
    if (status !== undefined || to === undefined) socket.end(`HTTP/1.1 ${status ?? 502} No\r\n\r\n`)
    else tunnel(socket, to)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { url: `http://127.0.0.1:${port}`, port, asked, credentials, close }
}

function forward(incoming: IncomingMessage, response: ServerResponse, port: number): void {
  const { pathname, search } = new URL(incoming.url ?? '')
  const { method, headers } = incoming
  const onward = request({ host: '127.0.0.1', port, path: pathname + search, method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  incoming.pipe(onward)
}

function tunnel(socket: Socket, port: number): void {
  const onward = connect(port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    onward.pipe(socket).pipe(onward)
  })
  onward.on('error', () => socket.destroy())
  onward.once('close', () => socket.destroy())
  socket.once('close', () => onward.destroy())
}
