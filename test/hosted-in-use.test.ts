/**
 * A puppet service that has another client: its server refuses the second one, and the library's client takes that for a
 * connection on which nothing comes.
 */

import { expect, it } from 'vitest'
import { GatewayHome } from './support/gateway.ts'
import { startHostedMock } from './support/hosted-mock.ts'
import { until } from './support/process.ts'

it('is refused in words while another gateway uses it, and connects when that has ended', async () => {
  const hosted = await startHostedMock({ bot: { id: 'bot', name: 'Bot' }, plain: true })
  const { puppetOptions } = hosted
  const homes = ['first', 'second'].map(
    () => new GatewayHome({ channels: { wechat: { puppet: 'service', puppetOptions } } }),
  )
  const [one, two] = homes
  try {
    const first = await one?.startReady()
    await first?.line({ event: 'account.state', state: 'online' })
    const second = await two?.startReady()
    const refused = await second?.line({ event: 'account.state', state: 'reconnecting' }, 60_000)
    expect(refused).toMatchObject({ code: 'puppet-in-use', nextAction: 'wait' })
    // While an attempt is under way, the first ones show that instead.
    const shows = (words: string, ...flags: string[]) => {
      const look = async () => {
        const status = await two?.moltbot('gateway', 'status', ...flags)
        return status?.stdout.replaceAll(/\s+/g, ' ').includes(words) || undefined
      }
      return until(look, undefined, 120_000)
    }
    await shows('another client: stop the one that uses this token')
    await shows('请重启托管服务', '--lang', 'zh-CN')
    await first?.stop()
    await second?.line({ event: 'account.state', state: 'online' }, 120_000)
  } finally {
    await Promise.all(homes.map((home) => home.dispose()))
    await hosted.close()
  }
}, 400_000)
