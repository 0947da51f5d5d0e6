/**
 * A hosted puppet of which only the token is known: the real gateway asks a discovery service on this machine, talks to
 * a real puppet service, and keeps the token to itself.
 */

import { EventEmitter } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { type HostedMock, startHostedMock } from './support/hosted-mock.ts'

const wrongToken = 'insecure_wrong-4f1c'
const unknownToken = 'insecure_unknown-4f1c'

let hosted: HostedMock
let discovery: Server
let home: GatewayHome
let gateway: RunningGateway

beforeAll(async () => {
  hosted = await startHostedMock()
  discovery = await startDiscovery()
  const address = discovery.address()
  const authority = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`
  const account = (token: string) => ({ puppetOptions: { token, authority } })
  home = new GatewayHome({
    channels: {
      wechat: {
        puppet: 'service',
        accounts: {
          right: account(hosted.puppetOptions.token),
          wrong: account(wrongToken),
          unknown: account(unknownToken),
        },
      },
    },
  })
  gateway = await home.startReady()
}, 60_000)
afterAll(async () => {
  await home.dispose()
  await hosted.close()
  discovery.close()
})

/** Knows every token but one, as `api.chatie.io` does. */
async function startDiscovery(): Promise<Server> {
  const [host, port] = hosted.puppetOptions.endpoint.split(':')
  const server = createServer((request, response) => {
    if (request.url === `/v0/hosties/${unknownToken}`) return response.writeHead(404).end()
    return response.end(JSON.stringify({ host, port: Number(port) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

it('an account with the right token goes online and answers, and leaves nothing in the home folder', async () => {
  const { mocker, puppetOptions } = hosted
  const bot = mocker.createContact({ id: 'bot', name: 'Bot' })
  mocker.login(bot)
  await gateway.line({ event: 'account.state', accountId: 'right', state: 'online' })
  const alice = mocker.createContact({ id: 'alice', name: 'Alice' })
  // The mock's own types leave its event methods out.
  const answered = new Promise((resolve) =>
    Reflect.apply(EventEmitter.prototype.on, alice, ['message', resolve]),
  )
  alice.say('hello').to(bot)
  await answered
  const kept = readdirSync(home.folder, { recursive: true }).map(String)
  expect(kept.filter((name) => name.includes('.wechaty') || name.includes(puppetOptions.token))).toEqual([])
})

it('a token that nobody knows is a matter for the configuration', async () => {
  const failed = { event: 'account.state', accountId: 'unknown', state: 'failed' }
  expect(await gateway.line(failed)).toMatchObject({
    code: 'service-token-unknown',
    nextAction: 'fix-config',
  })
})

it('a token that the service refuses stands neither in the log nor in the status', async () => {
  await gateway.line({ event: 'account.state', accountId: 'wrong', state: 'reconnecting' })
  const status = await home.moltbot('gateway', 'status', '--json')
  expect(status.stdout).toContain('UNAUTHENTICATED')
  expect(status.stdout + gateway.stdout() + gateway.stderr()).not.toContain('4f1c')
})
