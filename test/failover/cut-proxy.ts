/**
 * A connection between two processes that can be cut without either noticing: bytes of both directions are dropped, and
 * nothing is closed, as where a network loses every packet.
 */

import { once } from 'node:events'
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'

export interface CutProxyOptions {
  /** Where it listens: a port of 127.0.0.1 (0: any) or the path of a socket. */
  readonly listen: number | string
  /** Where connections lead, as it is when they are made. */
  readonly target: () => NetConnectOpts
  /** Is shown what the client sends, before it passes. */
  readonly onSent?: (bytes: Buffer) => void
}

export class CutProxy {
  /** Nothing passes. */
  isCut = false
  /** Pieces that did not pass. */
  lost = 0
  readonly #server: Server
  readonly #options: CutProxyOptions
  readonly #open = new Set<Socket>()

  private constructor(options: CutProxyOptions) {
    this.#options = options
    this.#server = createServer((client) => this.#join(client))
  }

  static async listen(options: CutProxyOptions): Promise<CutProxy> {
    const proxy = new CutProxy(options)
    const { listen } = options
    proxy.#server.listen(typeof listen === 'string' ? { path: listen } : { port: listen, host: '127.0.0.1' })
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Closes every connection, as a server that ends does. */
  drop(): void {
    for (const socket of this.#open) socket.destroy()
  }

  async close(): Promise<void> {
    this.#server.close()
    this.drop()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    const server = connect(this.#options.target())
    this.#pass(client, server, this.#options.onSent)
    this.#pass(server, client)
  }

  #pass(from: Socket, to: Socket, onBytes?: (bytes: Buffer) => void): void {
    this.#open.add(from)
    let hasLost = false
    from.on('data', (bytes: Buffer) => {
      // A stream that has lost something carries nothing sensible any more.
      hasLost ||= this.isCut
      if (hasLost) this.lost += 1
      if (hasLost) return
      onBytes?.(bytes)
      to.write(bytes)
    })
    from.on('error', () => undefined)
    from.once('close', () => {
      this.#open.delete(from)
      if (!this.isCut) to.destroy()
    })
  }
}
