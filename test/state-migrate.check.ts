/**
 * `moltbot state migrate`: a state that a gateway has filled goes into PostgreSQL and back, whole, whatever cuts it off, and no
 * gateway runs on two copies of it.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { type Cluster, postgresNote, startCluster, withoutPostgres } from './support/postgres.ts'
import { until } from './support/process.ts'

const owner = 'o9Owner@im.wechat'
const absent = 'o9Absent@im.wechat'
const stranger = 'o9Stranger@im.wechat'
const password = 'pw-never-printed'
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** What to use instead. */
const ofFilesOnly = {
  'state backup saved.tar.gz': 'pg_dump',
  'state restore saved.tar.gz': 'pg_restore',
  'state check': 'pg_amcheck',
  'import tencent --dry-run': 'moltbot state migrate --to postgres',
}

let backend: Backend
let model: ModelServer
let cluster: Cluster
let home: GatewayHome
let urlFile: string

describe.skipIf(withoutPostgres)(`moving a state${postgresNote}`, { timeout: 240_000 }, () => {
  beforeEach(async () => {
    backend = await startBackend()
    model = await startModelServer({
      reply: ({ lastUserText, messages }) => `answer ${messages.length} to ${lastUserText}`,
    })
    cluster = await startCluster({ hba: ['local all postgres trust', 'local all moltbot scram-sha-256'] })
    await cluster.execute(`CREATE ROLE moltbot LOGIN PASSWORD '${password}'`)
    await cluster.execute('CREATE DATABASE moltbot OWNER moltbot')
    home = new GatewayHome(configWith())
    urlFile = join(home.folder, 'database-url')
    writeFileSync(urlFile, `${url()}\n`)
  })
  afterEach(async () => {
    await home.dispose()
    cluster.stop()
    await Promise.all([backend.close(), model.close()])
  })

  it('takes all of it into PostgreSQL and back, and what waits is sent once', async () => {
    const first = await home.startReady()
    const bot = await logIn(first)
    await fill(bot)
    const running = await migrate('postgres')
    expect(running.code).toBe(1)
    expect(running.said).toContain('A gateway uses the state')
    expect(running.said).toContain('a gateway is already running')
    expect(await first.stop()).toBe(0)

    const moved = await migrate('postgres')
    expect(moved).toMatchObject({ code: 0 })
    expect(moved.said).toContain('tables are the same in')
    expect(moved.said).not.toContain(password)
    expect((await migrate('postgres')).said).toContain('was moved there before')

    const refused = home.start()
    expect(await refused.exited).toBe(78)
    expect(refused.stdout() + refused.stderr()).toContain('was moved to PostgreSQL')
    for (const [command, words] of Object.entries(ofFilesOnly)) {
      const { code, stderr } = await home.moltbot(...command.split(' '))
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(words) })
    }

    home.configure(configWith(url()))
    const second = await home.startReady()
    await second.line({ event: 'account.state', accountId: 'alpha', state: 'online' })
    expect(second.lines().some(({ event }) => event === 'account.qr')).toBe(false)
    await expectWhole(bot, 'three')
    const live = await migrate('sqlite')
    expect(live.code).toBe(1)
    expect(live.said).toContain('uses the database; stop it first')
    expect(await second.stop()).toBe(0)

    const back = await migrate('sqlite')
    expect(back).toMatchObject({ code: 0 })
    const shut = home.start()
    expect(await shut.exited).toBe(78)
    expect(shut.stdout() + shut.stderr()).toContain('the state of this database was moved to')

    home.configure(configWith())
    const third = await home.startReady()
    await third.line({ event: 'account.state', accountId: 'alpha', state: 'online' })
    await backend.control.inbound({ botId: bot, from: absent, text: 'I am here' })
    await answerTo(bot, 'I am here')
    await until(async () => (await fileCount(bot)) === 1 || undefined)
    expect((await textsOf(bot)).filter((text) => text === 'for the absent')).toHaveLength(1)
    await ask(bot, 'four')
    expect(await third.stop()).toBe(0)
  })

  it('goes on where it was killed, ahead and while it copies, in both directions', async () => {
    const first = await home.startReady()
    const bot = await logIn(first)
    await ask(bot, 'one')
    await migrate('postgres') // Makes the tables.
    await cluster.execute('DELETE FROM moltbot_wechat.journal', 'moltbot')
    await killedAt('moltbot_wechat.journal', 'postgres')
    await ask(bot, 'meanwhile')
    await first.stop()
    await killedAt('moltbot_wechat.outbox', 'postgres')
    const again = await home.startReady() // The source is whole.
    await again.line({ event: 'account.state', accountId: 'alpha', state: 'online' })
    await again.stop()
    await expectMoved('postgres')

    home.configure(configWith(url()))
    const second = await home.startReady()
    await ask(bot, 'three')
    await killedAt('moltbot_wechat.journal', 'sqlite')
    await ask(bot, 'on PostgreSQL')
    await second.stop()
    await killedAt('moltbot_wechat.outbox', 'sqlite')
    const unfinished = home.startWith({ MOLTBOT_CONFIG_PATH: '' })
    await unfinished.line({ event: 'gateway.ready' }) // On PostgreSQL, which is whole.
    await unfinished.stop()
    await expectMoved('sqlite')
    home.configure(configWith())
    await home.startReady()
    await ask(bot, 'five')
  })

  it('never shows the password', async () => {
    const wrong = url('not-this-one')
    const ends: string[] = []
    for (const args of [['--to', wrong], [wrong], ['--to', `${wrong}&host=%`], ['--to', `x${wrong}`]]) {
      const { code, stdout, stderr } = await home.moltbot('state', 'migrate', ...args)
      expect(code).not.toBe(0)
      ends.push(stdout + stderr)
    }
    expect(ends[0]).toContain('refuses the user or the password')
    expect(ends.join()).not.toContain('not-this-one')
  })

  it('hides the password in the list of processes', async () => {
    const client = await locked('postgres', 'pg_authid') // The connection waits for it.
    const moving = home.startMoltbot('state', 'migrate', '--to', url())
    await until(
      async () => !readFileSync(`/proc/${moving.pid}/cmdline`, 'utf8').includes(password) || undefined,
    )
    await client.end()
    expect(await moving.exited).toBe(1) // There is no state yet.
  })
})

function url(secret = password): string {
  return `${cluster.url('moltbot', 'moltbot')}&password=${secret}`
}

function configWith(place?: string): object {
  const job = { to: owner, cron: '0 8 1 1 *', timeZone: 'UTC', text: 'Hello!' }
  return {
    ...configOf(backend, model.baseUrl, { alpha: { allowFrom: [absent] } }),
    schedules: { jobs: { hello: job } },
    ...(place !== undefined && { state: { url: place } }),
  }
}

async function migrate(to: 'postgres' | 'sqlite') {
  const { code, stdout, stderr } = await home.moltbot('state', 'migrate', '--to', to, '--url-file', urlFile)
  return { code, said: stdout + stderr }
}

async function expectMoved(to: 'postgres' | 'sqlite'): Promise<void> {
  const { code, said } = await until(async () => {
    const done = await migrate(to)
    return done.said.includes('try again') ? undefined : done // The server has not noticed yet that the last one is gone.
  })
  expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('are the same in') })
}

/** Of every kind something: sessions, a picture, a run, a pairing request, and a text and a file that wait. */
async function fill(bot: string): Promise<void> {
  await ask(bot, 'one')
  const item = await backend.control.media({ kind: 'image', base64: png })
  await backend.control.inbound({ botId: bot, items: [item] })
  await ask(bot, 'two')
  expect((await home.moltbot('schedules', 'run', 'hello')).code).toBe(0)
  await backend.control.inbound({ botId: bot, from: stranger, text: 'may I?' })
  await until(async () => (await pending()).length === 1 || undefined)
  const folder = mkdtempSync(join(tmpdir(), 'moltbot-send-'))
  const file = join(folder, 'plan.txt')
  writeFileSync(file, 'the plan '.repeat(300_000)) // Of more than one part.
  const send = ['channels', 'send', '--account', 'alpha', '--to', absent, '--queue']
  expect((await home.moltbot(...send, '--text', 'for the absent')).code).toBe(0)
  expect((await home.moltbot(...send, '--media', file)).code).toBe(0)
  rmSync(folder, { recursive: true })
}

/** All that `fill` made is there. */
async function expectWhole(bot: string, word: string): Promise<void> {
  expect(Number(/\d+/.exec(await ask(bot, word))?.[0])).toBeGreaterThan(3)
  const waiting = JSON.parse((await home.moltbot('outbox', 'list', '--json')).stdout)
  expect(waiting.filter(({ to }: { to?: string }) => JSON.stringify(to ?? '').length > 0)).not.toEqual([])
  expect(await pending()).toHaveLength(1)
  const schedules = JSON.parse((await home.moltbot('schedules', 'list', '--json')).stdout)
  expect(schedules).toMatchObject([{ id: 'hello', runs: [{}] }])
}

async function pending(): Promise<unknown[]> {
  return JSON.parse((await home.moltbot('pairing', 'list', '--json')).stdout).pending
}

/** A connection that holds a table until it ends. */
async function locked(database: string, table: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: cluster.url(database) })
  client.on('error', () => undefined)
  await client.connect()
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
  return client
}

/** Kills a move that has come to a table. */
async function killedAt(table: string, to: 'postgres' | 'sqlite'): Promise<void> {
  const started = home.startMoltbot('state', 'migrate', '--to', to, '--url-file', urlFile)
  const client = await locked('moltbot', table)
  const waits = async () => {
    const { rows } = await cluster.execute(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM ${table}%'`,
    )
    return rows.length > 0 || undefined
  }
  await until(waits, () => started.stdout() + started.stderr(), 30_000)
  started.kill('SIGKILL')
  expect(await started.exited).toBe('SIGKILL')
  await client.end()
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
    async () => (await textsOf(bot)).find((reply) => reply.startsWith('answer ') && reply.includes(text)),
    undefined,
    60_000,
  )
}

const textsOf = (bot: string) => backend.replies(bot)

async function fileCount(bot: string): Promise<number> {
  return (await backend.control.sent({ botId: bot })).filter(({ items }) =>
    JSON.stringify(items).includes('file_item'),
  ).length
}
