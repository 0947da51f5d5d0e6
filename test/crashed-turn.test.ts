/**
 * A turn that uses up the heap of the gateway, with innocent turns beside it: after two crashes it is given up, and they
 * are answered.
 */

import { pathToFileURL } from 'node:url'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configWith } from './support/config.ts'
import { GatewayHome } from './support/gateway.ts'
import { until } from './support/process.ts'

const preload = pathToFileURL(`${import.meta.dirname}/support/exhaust-heap.mjs`).href
const innocents = ['o9Ann@im.wechat', 'o9Ben@im.wechat']
const patienceMs = 60_000

let backend: Backend
let model: ModelServer
let home: GatewayHome

beforeEach(async () => {
  backend = await startBackend()
  model = await startModelServer()
  const { puppetOptions } = backend
  const config = configWith(model.baseUrl, {
    puppet: 'ilink',
    puppetOptions,
    dmPolicy: 'open',
    replyLanguage: 'en',
  })
  home = new GatewayHome(config, { NODE_OPTIONS: `--max-old-space-size=256 --import ${preload}` })
})
afterEach(async () => {
  await home.dispose()
  await Promise.all([backend.close(), model.close()])
})

it('is given up after two crashes of the gateway, and the turns beside it are answered', {
  timeout: 180_000,
}, async () => {
  let gateway = await home.startReady()
  const { url } = await gateway.line({ event: 'account.qr' })
  const { botId } = await backend.scanAndConfirm(String(url), 'o9Owner@im.wechat')
  await gateway.line({ event: 'account.state', state: 'online' })

  model.stall()
  for (const from of innocents) await backend.control.inbound({ botId, from, text: `hello from ${from}` })
  await until(() => model.requests.length === innocents.length || undefined, gateway.stdout, patienceMs)
  await backend.control.inbound({ botId, text: 'EXHAUST' })
  let crashes = 0
  for (; (await Promise.race([gateway.exited, isSetAside(gateway)])) !== 'set aside'; crashes++) {
    model.recover()
    gateway = home.start()
  }

  expect(crashes).toBe(2)
  expect(gateway.lines()).toContainEqual(expect.objectContaining({ event: 'process.crashed' }))
  const replies = await backend.repliesOf(botId, 3, patienceMs)
  expect(replies.toSorted()).toEqual([
    expect.stringContaining('could not be answered'),
    ...innocents.map((from) => expect.stringContaining(`hello from ${from}`)),
  ])
  const status = await home.moltbot('gateway', 'status')
  expect(status.stdout.replaceAll(/\s+/g, ' ')).toContain(
    '1 turn was under way each time the gateway ended unexpectedly',
  )
  expect(await gateway.stop()).toBe(0)
})

const isSetAside = (gateway: ReturnType<GatewayHome['start']>) =>
  gateway.line({ event: 'turn.set-aside' }, patienceMs).then(() => 'set aside')
