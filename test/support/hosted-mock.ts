/**
 * puppet-mock behind a real `PuppetServer`: a hosted puppet with groups.
 */

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { mock, PuppetMock } from 'wechaty-puppet-mock'
import { PuppetServer } from 'wechaty-puppet-service'

export interface HostedMock {
  readonly puppetOptions: {
    readonly token: string
    readonly endpoint: string
    readonly tls?: { readonly disable: true }
  }
  readonly mocker: mock.Mocker
  close(): Promise<void>
}

export interface HostedMockOptions {
  /** Default: a free port. */
  readonly port?: number
  /** Default: a separate token. */
  readonly token?: string
  /** The bot that is logged in when the puppet starts. Without it the test logs in. */
  readonly bot?: { readonly id: string; readonly name: string }
  /** Replaces the new puppet-mock. */
  readonly puppet?: PuppetMock
  /** Disables TLS on both sides. */
  readonly plain?: boolean
}

export async function startHostedMock(options: HostedMockOptions = {}): Promise<HostedMock> {
  const { bot, puppet = new PuppetMock({ mocker: new mock.Mocker() }) } = options
  const { mocker } = puppet
  if (bot !== undefined) mocker.use(loginOf(mocker.createContact(bot)))
  puppet.on('error', () => undefined)
  // The part before `_` is the server name of the TLS certificate that is built into both sides.
  const { token = `insecure_${randomUUID()}`, port = await freePort() } = options
  const endpoint = `127.0.0.1:${port}`
  const puppetOptions = { token, endpoint, ...(options.plain && { tls: { disable: true as const } }) }
  const server = new PuppetServer({ ...puppetOptions, puppet })
  await server.start()
  return { puppetOptions, mocker, close: () => server.stop() }
}

function loginOf(bot: mock.ContactMock): mock.EnvironmentMock {
  return (mocker) => {
    mocker.login(bot)
    return () => undefined
  }
}

/** A free port, because PuppetServer does not report the port that it binds. */
export async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const address = probe.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    probe.close(() => resolve(port))
  })
  return promise
}
