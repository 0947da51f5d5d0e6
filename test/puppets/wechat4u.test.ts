/**
 * wechaty-puppet-wechat4u without WeChat: it runs in its child process, reports that its backend is unreachable, affects no
 * other account, and leaves no process.
 */

import { startModelServer } from '@moltbot/channel-sdk/testing'
import { expect, it } from 'vitest'
import { startBackend } from '../support/backend.ts'
import { configOf } from '../support/config.ts'
import { GatewayHome } from '../support/gateway.ts'
import { processesWith } from '../support/process.ts'

const patienceMs = 60_000

it('reports that its backend is unreachable, while another account answers', {
  timeout: 180_000,
}, async () => {
  const [backend, model] = await Promise.all([startBackend(), startModelServer()])
  const accounts = { web: { puppet: 'wechat4u', puppetOptions: {} }, bot: {} }
  // A proxy that does not exist gives the same result with and without a network.
  const home = new GatewayHome(configOf(backend, model.baseUrl, accounts), {
    https_proxy: 'http://127.0.0.1:9',
  })
  try {
    const gateway = await home.startReady()
    const reason = 'connect ECONNREFUSED 127.0.0.1:9'
    await gateway.line({ event: 'account.state', accountId: 'web', reason }, patienceMs)
    const { url } = await gateway.line({ event: 'account.qr', accountId: 'bot' }, patienceMs)
    const { botId } = await backend.scanAndConfirm(String(url), 'o9Owner@im.wechat')
    await gateway.line({ event: 'account.state', accountId: 'bot', state: 'online' }, patienceMs)
    await backend.control.inbound({ botId, text: 'still there?' })
    expect(await backend.repliesOf(botId, 1, patienceMs)).toEqual(['reply to: still there?'])

    const status = await home.moltbot('channels', 'status')
    expect(status.stdout).toMatch(/^web: (?!online)/m)
    expect(status.stdout).toContain(reason)
    expect(processesWith(home.folder).length).toBeGreaterThan(1)
    expect(await gateway.stop()).toBe(0)
    expect(processesWith(home.folder)).toEqual([])
    expect(gateway.lines().filter(({ event }) => String(event).startsWith('process.'))).toEqual([])
  } finally {
    await home.dispose()
    await Promise.all([backend.close(), model.close()])
  }
})
