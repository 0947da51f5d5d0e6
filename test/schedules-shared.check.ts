/**
 * Schedules of several gateways on one database: each due run happens once, at the gateway that serves the account, also
 * where that one is killed at the due time.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { emptyDatabase, postgresNote, withoutPostgres } from './support/postgres.ts'
import { until } from './support/process.ts'

const ownerOf = (accountId: string) => `o9${accountId}@im.wechat`
const accounts = ['alpha', 'beta', 'gamma', 'delta'] as const
const names = ['gw-1', 'gw-2'] as const
/** The agent takes so long for a prompt that its gateway can be killed meanwhile. */
const promptMs = 3_000
/** A second copy of something has come by then. */
const settleMs = 2_000

let backend: Backend
let model: ModelServer
let homes: Map<string, GatewayHome>
let gateways: Map<string, RunningGateway>
const bots = new Map<string, string>()

describe.skipIf(withoutPostgres)(`schedules of two gateways${postgresNote}`, { timeout: 180_000 }, () => {
  beforeEach(async () => {
    backend = await startBackend()
    model = await startModelServer({ reply: ({ lastUserText }) => `re: ${lastUserText}`, delayMs: promptMs })
    const jobs = Object.fromEntries(
      accounts.flatMap((accountId) => [
        [`text-${accountId}`, { ...job, accountId, to: ownerOf(accountId), text: `text for ${accountId}` }],
        [
          `prompt-${accountId}`,
          { ...job, accountId, to: ownerOf(accountId), prompt: `prompt for ${accountId}` },
        ],
      ]),
    )
    const ofAccounts = Object.fromEntries(accounts.map((id) => [id, {}]))
    const config = {
      ...configOf(backend, model.baseUrl, ofAccounts),
      state: { url: await emptyDatabase() },
      cluster: { leaseSeconds: 3 },
      schedules: { jobs },
    }
    homes = new Map(names.map((name) => [name, new GatewayHome(config, { MOLTBOT_GATEWAY_NAME: name })]))
    gateways = new Map()
    await logInAll(await start('gw-1'))
    await start('gw-2')
    await until(areShared, log, 60_000)
  }, 120_000)
  afterEach(async () => {
    await Promise.all([...homes.values()].map((home) => home.dispose()))
    await Promise.all([backend.close(), model.close()])
  })

  it('run each due run once, at the gateway that serves the account', async () => {
    for (const accountId of accounts) await runNow('gw-1', accountId)
    await expectOnce()
  })

  it('run once what its gateway did not finish when it was killed', async () => {
    const victim = (await holders()).get('alpha') ?? ''
    const survivor = names.find((name) => name !== victim) ?? ''
    for (const accountId of accounts) await runNow(survivor, accountId)
    await sleep(promptMs / 3)
    gateways.get(victim)?.kill('SIGKILL')
    await expectOnce()
  })
})

const job = { cron: '0 0 1 1 *', timeZone: 'UTC' }

/** Due now, as their time had come. */
async function runNow(name: string, accountId: string): Promise<void> {
  for (const kind of ['text', 'prompt']) {
    const { code, stderr } =
      (await homes.get(name)?.moltbot('schedules', 'run', `${kind}-${accountId}`)) ?? {}
    expect(code, stderr).toBe(0)
  }
}

async function expectOnce(): Promise<void> {
  const came = async (accountId: string) => {
    const replies = await backend.replies(bots.get(accountId) ?? '')
    return ['text', 'prompt'].map(
      (kind) => replies.filter((reply) => reply.endsWith(`${kind} for ${accountId}`)).length,
    )
  }
  const all = async () => (await Promise.all(accounts.map(came))).flat()
  await until(async () => (await all()).every((times) => times > 0) || undefined, log, 60_000)
  await sleep(settleMs)
  expect(await all()).toEqual(accounts.flatMap(() => [1, 1]))
}

const log = () => [...gateways.values()].map((gateway) => gateway.stdout()).join('\n')

async function start(name: string): Promise<RunningGateway> {
  const gateway = homes.get(name)?.start()
  if (gateway === undefined) throw new Error(`no home of ${name}`)
  gateways.set(name, gateway)
  await gateway.line({ event: 'gateway.ready' }, 60_000)
  return gateway
}

/** Everyone has logged in, and has written, so that they can be written to. */
async function logInAll(gateway: RunningGateway): Promise<void> {
  for (const accountId of accounts) {
    const { url } = await gateway.line({ event: 'account.qr', accountId }, 60_000)
    const { botId } = await backend.scanAndConfirm(String(url), ownerOf(accountId))
    bots.set(accountId, botId)
    await gateway.line({ event: 'account.state', accountId, state: 'online' }, 60_000)
    await backend.control.inbound({ botId, text: `hello ${accountId}` })
  }
  for (const [, botId] of bots) await backend.repliesOf(botId, 1, 60_000)
}

/** Each gateway serves some accounts, and none is on its way from one to the other. */
async function areShared(): Promise<true | undefined> {
  const served = [...(await holders()).values()]
  return names.every((name) => served.includes(name)) && !served.includes('') ? true : undefined
}

/** Which gateway serves which account. */
async function holders(): Promise<Map<string, string>> {
  const { stdout } = (await homes.get('gw-1')?.moltbot('gateway', 'status', '--json')) ?? { stdout: '{}' }
  const status: { accounts: { accountId: string; gateway?: string }[] } = JSON.parse(stdout)
  return new Map(status.accounts.map(({ accountId, gateway = '' }) => [accountId, gateway]))
}
