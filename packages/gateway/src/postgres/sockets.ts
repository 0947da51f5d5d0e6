/**
 * The network connections of one database, so that all of them can be given up at once: where a network loses every
 * packet, neither the driver nor the system notices for a long time.
 */

import { Socket } from 'node:net'

export class Sockets {
  readonly #open = new Set<Socket>()

  /** For the driver: a socket that is not connected yet. */
  readonly make = (): Socket => {
    const socket = new Socket()
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    return socket
  }

  /** What waits for an answer on one of them fails at once. */
  destroy(): void {
    for (const socket of this.#open) socket.destroy()
  }
}
