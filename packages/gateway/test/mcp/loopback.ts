/**
 * Preloaded into a server of others: whatever it wants to listen on becomes a port of 127.0.0.1, that of `LOOPBACK_PORT`
 * or a free one, which is printed.
 */

import { Server } from 'node:net'

const { listen } = Server.prototype

Server.prototype.listen = function (this: Server, ...args: unknown[]) {
  const done = args.find((arg) => typeof arg === 'function')
  return listen.call(this, { port: Number(process.env.LOOPBACK_PORT ?? 0), host: '127.0.0.1' }, () => {
    const address = this.address()
    console.log(`loopback port ${typeof address === 'object' ? address?.port : address}`)
    if (done) Reflect.apply(done, this, [])
  })
}
