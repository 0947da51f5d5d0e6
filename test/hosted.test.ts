/**
 * A hosted puppet with a token only: the real gateway asks a discovery service on this machine, connects to a real puppet
 * service, and does not reveal the token.
 */

import { EventEmitter } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createChannel } from '../extensions/wechat/src/channel.ts'
import { wechatConfigSchema } from '../extensions/wechat/src/config/schema.ts'
import { testHost } from '../extensions/wechat/test/host.ts'
import { eventually } from '../extensions/wechat/test/samples.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { type HostedMock, startHostedMock } from './support/hosted-mock.ts'
import { until } from './support/process.ts'

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

/** A discovery service that knows every token but one, like `api.chatie.io`. */
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
  // The types of the mock lack its event methods.
  const answered = new Promise((resolve) =>
    Reflect.apply(EventEmitter.prototype.on, alice, ['message', resolve]),
  )
  alice.say('hello').to(bot)
  await answered
  const kept = readdirSync(home.folder, { recursive: true }).map(String)
  expect(kept.filter((name) => name.includes('.wechaty') || name.includes(puppetOptions.token))).toEqual([])
})

it('an unknown token is a configuration error', async () => {
  const failed = { event: 'account.state', accountId: 'unknown', state: 'failed' }
  expect(await gateway.line(failed)).toMatchObject({
    code: 'service-token-unknown',
    nextAction: 'fix-config',
  })
})

it('does not log a token that the service rejects', async () => {
  await until(() => gateway.stdout().includes('UNAUTHENTICATED'), gateway.stdout)
  expect(gateway.stdout() + gateway.stderr()).not.toContain('4f1c')
})

it('registers a token that the service rejects as a secret with the host', async () => {
  const host = testHost()
  const { endpoint } = hosted.puppetOptions
  const config = { puppet: 'service', puppetOptions: { token: wrongToken, endpoint } }
  const channel = await createChannel(host, wechatConfigSchema.parse(config))
  try {
    await channel.startAccount('default')
    await eventually(() => expect(JSON.stringify(host.events)).toContain('UNAUTHENTICATED'), 20_000)
    expect(JSON.stringify([host.events, await channel.accounts()])).not.toContain('4f1c')
    expect(host.secrets).toContain(wrongToken)
  } finally {
    await channel.stop({ deadlineMs: 1_000 })
  }
})
