/**
 * A gateway whose state is in PostgreSQL, as a user runs it: the machine may vanish, the database may be away, full, read-only
 * or wrong, and nothing is lost.
 */

import { rmSync } from 'node:fs'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { type Cluster, postgresNote, startCluster, withoutPostgres } from './support/postgres.ts'
import { until } from './support/process.ts'

const owner = 'o9Owner@im.wechat'
const password = 'pw-never-printed'

let backend: Backend
let model: ModelServer
let cluster: Cluster
let home: GatewayHome

describe.skipIf(withoutPostgres)(`a gateway on PostgreSQL${postgresNote}`, { timeout: 120_000 }, () => {
  beforeEach(async () => {
    backend = await startBackend()
    model = await startModelServer({
      reply: ({ lastUserText, messages }) => `answer ${messages.length} to ${lastUserText}`,
    })
    cluster = await startCluster({
      hba: ['local all postgres trust', 'local all moltbot scram-sha-256'],
    })
    await cluster.execute(`CREATE ROLE moltbot LOGIN PASSWORD '${password}'`)
    await cluster.execute('CREATE DATABASE moltbot OWNER moltbot')
    home = homeOn(url())
  })
  afterEach(async () => {
    await home.dispose()
    cluster.stop()
    await Promise.all([backend.close(), model.close()])
  })

  it('answers, and goes on from an empty machine without a scan and with its memory', async () => {
    const gateway = await home.startReady()
    const bot = await logIn(gateway)
    expect(await ask(bot, 'one')).toMatch(/ to one$/)
    const longer = await ask(bot, 'two')
    await gateway.stop()
    rmSync(home.stateDir, { recursive: true, force: true })
    await backend.control.inbound({ botId: bot, text: 'three' })
    const next = await home.startReady()
    const answer = await answerTo(bot, 'three')
    // The model was shown more of the conversation than for the second question.
    expect(Number(/\d+/.exec(answer)?.[0])).toBeGreaterThan(Number(/\d+/.exec(longer)?.[0]))
    expect(next.lines().some(({ event }) => event === 'account.qr')).toBe(false)
    expect(await next.stop()).toBe(0)
    for (const { stdout, stderr } of [gateway, next]) expect(stdout() + stderr()).not.toContain(password)
  })

  it('waits for a database that is away at its start, says so, and is not ready meanwhile', async () => {
    cluster.halt()
    const gateway = home.start()
    await gateway.line({ event: 'database.problem', code: 'database-unreachable' })
    const status = await statusOf()
    expect(status).toMatchObject({ healthy: false, phase: 'starting' })
    expect(status.problems.join()).toContain('the database cannot be reached')
    expect((await fetch(`${status.url}/readyz`)).status).toBe(503)
    await cluster.start()
    await gateway.line({ event: 'gateway.ready' })
    const bot = await logIn(gateway)
    expect(await ask(bot, 'hello')).toMatch(/ to hello$/)
    expect((await statusOf()).problems).toEqual([])
  })

  it('loses nothing while the database crashes and comes back, and needs no restart', async () => {
    const gateway = await home.startReady()
    const bot = await logIn(gateway)
    await ask(bot, 'before')
    cluster.halt('immediate')
    await backend.control.inbound({ botId: bot, text: 'meanwhile' })
    await gateway.line({ event: 'database.problem' }, 30_000)
    await cluster.start()
    expect(await answerTo(bot, 'meanwhile')).toMatch(/ to meanwhile$/)
    await until(async () => ((await statusOf()).healthy ? true : undefined), gateway.stdout, 60_000)
    expect(await ask(bot, 'after')).toMatch(/ to after$/)
    expect(
      (await backend.replies(bot)).filter((text) => / to (before|meanwhile|after)$/.test(text)),
    ).toHaveLength(3)
  })

  it('says what is wrong with the password, the schema or a standby, and starts when it is right', async () => {
    home.configure(configWith(url('not-this-one')))
    const gateway = home.start()
    await gateway.line({ event: 'database.problem', code: 'database-password-wrong' })
    home.configure(configWith(url()))
    await gateway.line({ event: 'gateway.ready' })
    await gateway.stop()

    await cluster.execute('UPDATE moltbot.schema_version SET version = version + 1', 'moltbot')
    const newer = home.start()
    await newer.line({ event: 'database.problem', code: 'database-schema-too-new' })
    await cluster.execute('UPDATE moltbot.schema_version SET version = version - 1', 'moltbot')
    await newer.line({ event: 'gateway.ready' })
    await newer.stop()

    await cluster.execute('ALTER DATABASE moltbot SET default_transaction_read_only = on')
    const standby = home.start()
    await standby.line({ event: 'database.problem', code: 'database-read-only' })
    await cluster.execute('ALTER DATABASE moltbot RESET default_transaction_read_only')
    await standby.line({ event: 'gateway.ready' })
  })

  it('stops while it waits for its database', async () => {
    cluster.halt()
    const gateway = home.start()
    await gateway.line({ event: 'database.problem' })
    expect(await gateway.stop()).toBe(0)
  })
})

function url(secret = password): string {
  return `${cluster.url('moltbot', 'moltbot')}&password=${secret}`
}

function configWith(place: string): object {
  return { ...configOf(backend, model.baseUrl, { alpha: {} }), state: { url: place } }
}

function homeOn(place: string): GatewayHome {
  return new GatewayHome(configWith(place))
}

async function statusOf(): Promise<{ url: string; healthy: boolean; problems: string[] }> {
  return JSON.parse((await home.moltbot('gateway', 'status', '--json')).stdout)
}

async function logIn(gateway: RunningGateway): Promise<string> {
  const { url: qr } = await gateway.line({ event: 'account.qr', accountId: 'alpha' })
  const { botId } = await backend.scanAndConfirm(String(qr), owner)
  await gateway.line({ event: 'account.state', accountId: 'alpha', state: 'online' })
  return botId
}

async function ask(bot: string, text: string): Promise<string> {
  await backend.control.inbound({ botId: bot, text })
  return answerTo(bot, text)
}

function answerTo(bot: string, text: string): Promise<string> {
  return until(
    async () => (await backend.replies(bot)).find((reply) => reply.endsWith(` to ${text}`)),
    undefined,
    60_000,
  )
}
