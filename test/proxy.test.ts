/**
 * A gateway in a network that is left through a proxy only: the environment names it, and models, iLink and its files are
 * behind it. The hosts exist in the proxy alone.
 */

import {
  type ModelServer,
  type ProxyServer,
  startModelServer,
  startProxyServer,
} from '@moltbot/channel-sdk/testing'
import { afterEach, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome } from './support/gateway.ts'

let backend: Backend
let model: ModelServer
let proxy: ProxyServer
let home: GatewayHome | undefined

afterEach(async () => {
  await home?.dispose()
  proxy.close()
  await Promise.all([backend.close(), model.close()])
})

const patience = { timeout: 60_000 }
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** The same URL on a host that only the proxy knows. */
const hidden = (url: string, host: string) => url.replace(/127\.0\.0\.1:\d+/, host)
const portIn = (url: string) => Number(new URL(url).port)

async function startBehindProxy(network: object) {
  backend = await startBackend()
  model = await startModelServer()
  const { baseUrl, cdnBaseUrl } = backend.puppetOptions
  const routes = {
    'ilink.corp:80': portIn(baseUrl),
    'cdn.corp:80': portIn(cdnBaseUrl),
    'model.corp:80': portIn(model.baseUrl),
  }
  proxy = await startProxyServer({ routes })
  const puppetOptions = {
    baseUrl: hidden(baseUrl, 'ilink.corp'),
    loginBaseUrl: hidden(baseUrl, 'ilink.corp'),
    cdnBaseUrl: hidden(cdnBaseUrl, 'cdn.corp'),
  }
  const config = configOf({ ...backend, puppetOptions }, hidden(model.baseUrl, 'model.corp'), { alpha: {} })
  const address = `http://ann:hunter2@127.0.0.1:${proxy.port}`
  home = new GatewayHome(
    { ...config, network },
    { HTTP_PROXY: address, HTTPS_PROXY: address, NO_PROXY: 'x.corp' },
  )
  return { home, gateway: await home.startReady() }
}

it('the model and iLink are reached through it where the configuration says so', patience, async () => {
  const { home, gateway } = await startBehindProxy({ proxy: { ilink: true } })
  const { url } = await gateway.line({ event: 'account.qr', accountId: 'alpha' })
  const { botId } = await backend.scanAndConfirm(String(url), 'o9Owner@im.wechat')
  await gateway.line({ event: 'account.state', accountId: 'alpha', state: 'online' })
  await backend.control.inbound({ botId, item: await backend.control.media({ kind: 'image', base64: png }) })
  await backend.repliesOf(botId, 1)
  expect(model.requests.length).toBeGreaterThan(0)
  const hosts = new Set(proxy.asked.map((line) => new URL(line.split(' ')[1] ?? '').hostname))
  expect([...hosts].sort()).toEqual(['cdn.corp', 'ilink.corp', 'model.corp'])
  const said = JSON.stringify(gateway.lines().find(({ event }) => event === 'network.proxy'))
  expect(said).toContain(`http://…@127.0.0.1:${proxy.port} (from HTTPS_PROXY)`)
  const { stdout } = await home.moltbot('gateway', 'status')
  expect(stdout).toContain(`127.0.0.1:${proxy.port} (from HTTPS_PROXY)`)
  expect(stdout + gateway.stdout()).not.toContain('hunter2')
})

it('iLink is reached directly otherwise, and the log says how to change that', patience, async () => {
  const { gateway } = await startBehindProxy({})
  await gateway.line({ accountId: 'alpha', msg: 'the puppet reported an error' })
  const { msg } = await gateway.line({ event: 'network.proxy' })
  expect(msg).toContain('iLink is reached directly, see network.proxy.ilink')
  expect(proxy.asked).toEqual([])
})
