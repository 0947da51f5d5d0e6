/**
 * An account whose messages iLink accepts without an id and never shows, while everything else works.
 */

import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { scrape } from './support/metrics.ts'
import { until } from './support/process.ts'

let backend: Backend
let home: GatewayHome
let gateway: RunningGateway
let botId: string

beforeEach(async () => {
  backend = await startBackend()
  const config = configOf(backend, 'http://127.0.0.1:9/v1', { silent: {} })
  home = new GatewayHome({ ...config, agents: { defaults: { model: { primary: 'builtin/echo' } } } })
  gateway = await home.startReady()
  const { url } = await gateway.line({ event: 'account.qr' })
  botId = (await backend.scanAndConfirm(String(url), 'o9Owner@im.wechat')).botId
  await gateway.line({ event: 'account.state', state: 'online' })
})
afterEach(async () => {
  await home.dispose()
  await backend.close()
})

const states = () => gateway.lines().flatMap(({ event, state }) => (event === 'account.state' ? [state] : []))

it('is degraded after five sends, says so everywhere, goes on, also after a restart, and is online at the first confirmed send', async () => {
  await backend.control.settings({ profile: 'silent-account' })
  for (let n = 0; n < 5; n++) await backend.control.inbound({ botId, text: `question ${n}` })
  const line = await gateway.line({ event: 'account.state', state: 'degraded' }, 60_000)
  expect(line.reason).toContain('without confirming them')
  expect(await scrape(home, gateway)).toMatch(/account="silent".*state="degraded"} 1$/m)

  const status = await home.moltbot('channels', 'status')
  expect(status.stdout).toMatch(/silent: degraded since .*without confirming them/s)
  const inChinese = await home.moltbot('channels', 'status', '--lang', 'zh-CN')
  expect(inChinese.stdout).toContain('没有确认')

  await gateway.stop()
  gateway = await home.startReady()
  await gateway.line({ event: 'account.state', state: 'degraded' }, 60_000)

  await backend.control.settings({ profile: 'documented' })
  await backend.control.inbound({ botId, text: 'are you there' })
  await backend.repliesOf(botId, 1, 60_000)
  await until(() => states().join().endsWith('degraded,online') || undefined, gateway.stdout, 60_000)
}, 120_000)
