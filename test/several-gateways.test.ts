/**
 * Two gateways, as processes of their own, that share the accounts of one PostgreSQL: a login at one of them is known to both.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { connectGateway } from '../packages/gateway/src/control/client.ts'
import { startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome } from './support/gateway.ts'
import { emptyDatabase, postgresNote, withoutPostgres } from './support/postgres.ts'
import { until } from './support/process.ts'

const patienceMs = 60_000
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** Resolves when a page of the gateway at this state directory is told that something happened elsewhere. */
async function missedEvent(stateDir: string): Promise<void> {
  const token = readFileSync(join(stateDir, 'control-token'), 'utf8').trim()
  const { body } = await fetch(`${connectGateway(stateDir).url}/api/events`, {
    headers: { authorization: `Bearer ${token}` },
  })
  let text = ''
  for await (const bytes of body ?? []) {
    text += Buffer.from(bytes).toString()
    if (text.includes('event: missed')) return
  }
  throw new Error(`the events have ended: ${text}`)
}

describe.skipIf(withoutPostgres)(`a login where several gateways share the accounts${postgresNote}`, () => {
  it('is made with the code that any of them shows, and lasts when another one serves the account', async () => {
    const backend = await startBackend()
    closing.push(() => backend.close())
    const url = await emptyDatabase()
    const targets = { owner: { account: 'default', person: 'owner@im.wechat' } }
    const config = { ...configOf(backend, 'http://127.0.0.1:9', { default: {} }), targets }
    const homes = ['one', 'two'].map(
      (name) => new GatewayHome(config, { MOLTBOT_GATEWAY_NAME: name, MOLTBOT_STATE_URL: url }),
    )
    for (const home of homes) {
      closing.push(() => home.dispose())
      await home.start().line({ event: 'gateway.ready' }, patienceMs)
    }
    const shown = async () => {
      const answers = await Promise.all(homes.map(({ stateDir }) => connectGateway(stateDir).call('status')))
      return answers.map(({ accounts, cluster }) => ({ own: cluster?.name, ...accounts[0] }))
    }
    const both = (state: string) =>
      until(
        async () => {
          const [one, two] = await shown()
          const isSame = one?.gateway !== undefined && one.gateway === two?.gateway
          return isSame && one.state === state && two.state === state ? [one, two] : undefined
        },
        undefined,
        patienceMs,
      )

    const waiting = await both('scan')
    const [codeAtOne, codeAtTwo] = waiting.map(({ qr }) => qr)
    expect(codeAtOne).toBe(codeAtTwo)
    const other = homes.find((_, index) => waiting[index]?.own !== waiting[index]?.gateway)
    const missed = missedEvent(other?.stateDir ?? '')
    await backend.scanAndConfirm(String(codeAtTwo), 'owner@im.wechat')
    const online = await both('online')
    await missed

    const atTheOther = connectGateway(other?.stateDir ?? '')
    const pushed = await atTheOther.call('testTarget', { target: 'owner' })
    expect(pushed).toMatchObject({ accountId: 'default', chunks: 1 })
    expect(['sent', 'queued', 'parked']).toContain(pushed.state)
    const forecast = await atTheOther.call('forecast', { accountId: 'default', to: 'owner@im.wechat' })
    expect(forecast.outcome).not.toBe('refused')
    expect(await atTheOther.call('webhooks', { which: 'dead', accountId: 'default' })).toEqual({ items: [] })

    const holder = homes.findIndex((_, index) => online[index]?.own === online[index]?.gateway)
    await homes[holder]?.dispose()
    homes.splice(holder, 1)
    const [left] = await until(
      async () => {
        const states = await shown()
        return states[0]?.own === states[0]?.gateway && states[0]?.state === 'online' ? states : undefined
      },
      undefined,
      patienceMs,
    )
    expect(left).toMatchObject({ state: 'online', userId: online[0]?.userId })
  }, 180_000)
})
