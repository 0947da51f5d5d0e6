/**
 * The network between the gateway and its backend: a relay on loopback that can refuse connections, or keep them open and
 * let nothing through, as a router does that has lost its line.
 */

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Relay {
  readonly port: number
  /** Every connection is cut; new ones are made as before. */
  cut(): void
  /** Every connection is cut, and new ones are refused. */
  refuse(): Promise<void>
  /** Nothing passes any more, and neither side is told. These connections stay dead when the network is back. */
  swallow(): void
  restore(): Promise<void>
  close(): Promise<void>
}

export async function startRelay(target: URL): Promise<Relay> {
  /** Connections of the gateway, with what leads them on. */
  const pairs = new Map<Socket, Socket>()
  let isOpen = true
  const server = createServer((client) => {
    const backend = connect(Number(target.port), target.hostname)
    pairs.set(client, backend)
    for (const socket of [client, backend]) socket.on('error', () => undefined)
    client.on('close', () => {
      pairs.delete(client)
      backend.destroy()
    })
    if (!isOpen) return
    client.pipe(backend).pipe(client)
  })
  const listen = async (port: number) => {
    await once(server.listen(port, '127.0.0.1'), 'listening')
  }
  const cut = () => {
    for (const client of pairs.keys()) client.destroy()
  }
  const stop = async () => {
    const closed = once(server, 'close')
    server.close()
    cut()
    await closed
  }
  await listen(0)
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return {
    port,
    cut,
    refuse: stop,
    swallow: () => {
      isOpen = false
      for (const [client, backend] of pairs) for (const socket of [client, backend]) socket.unpipe().pause()
    },
    restore: async () => {
      isOpen = true
      if (!server.listening) await listen(port)
    },
    close: async () => {
      if (server.listening) await stop()
    },
  }
}
