/**
 * A database that a running gateway, or one that starts, cannot use: each fault has a state with words in the log, the
 * status, `readyz` and `doctor`; nothing is lost meanwhile, and the gateway goes on by itself.
 */

import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { Authority } from './support/certificates.ts'
import type { RunningGateway } from './support/gateway.ts'
import { OldServer } from './support/old-server.ts'
import { type ClusterOptions, giveToPostgres, postgresNote, withoutPostgres } from './support/postgres.ts'
import { PostgresGateway, padding, password, passwordRules } from './support/postgres-gateway.ts'
import { until } from './support/process.ts'
import { SmallDisk, smallDiskNote, withoutSmallDisks } from './support/small-disk.ts'

let stage: PostgresGateway

describe.skipIf(withoutPostgres)(`a database with a fault${postgresNote}`, { timeout: 180_000 }, () => {
  afterEach(() => stage.close())

  it('is too old until its server is upgraded', async () => {
    stage = await PostgresGateway.open()
    const old = await OldServer.before(stage.cluster)
    onTestFinished(() => old.close())
    stage.configure({ url: old.url(stage.url()) })
    const gateway = stage.home.start()
    await expectProblem(gateway, 'database-too-old', 'version 15 or newer is needed')
    old.isOld = false
    await expectRecovery(gateway)
  })

  it('accepts no more connections, at the start or while the gateway runs', async () => {
    stage = await PostgresGateway.open()
    await stage.cluster.execute('ALTER ROLE moltbot CONNECTION LIMIT 0')
    const gateway = stage.home.start()
    await expectProblem(gateway, 'database-out-of-connections', 'accepts no more connections')
    await stage.cluster.execute('ALTER ROLE moltbot CONNECTION LIMIT 50')
    const bot = await expectRecovery(gateway)

    await stage.cluster.execute('ALTER ROLE moltbot CONNECTION LIMIT 0')
    await stage.cluster.execute(`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'moltbot'`)
    await stage.backend.control.inbound({ botId: bot, text: 'meanwhile' })
    await expectProblem(gateway, 'database-out-of-connections', 'accepts no more connections', 2)
    await stage.cluster.execute('ALTER ROLE moltbot CONNECTION LIMIT 50')
    await expectAllAnswered(gateway, bot, ['hello', 'meanwhile'])
  })

  it('is not trusted while its certificate has expired, or is for another name', async () => {
    stage = await openWithTls()
    const { sign, url, caFile } = await certificates()
    stage.configure({ url, caFile })
    sign('db.example', true)
    const gateway = stage.home.start()
    await expectProblem(gateway, 'database-tls', 'check state.tls and the certificate of the server')
    sign('localhost', false)
    await until(async () => /expired/.test((await stage.status()).problems.join()) || undefined)
    sign('localhost', true)
    await expectRecovery(gateway)
  })

  it('is slow while a lock is held, and what came meanwhile is answered', async () => {
    stage = await PostgresGateway.open()
    stage.configure({ url: stage.url(), statementTimeoutMs: 1_000 })
    const gateway = stage.home.start()
    const bot = await expectRecovery(gateway)
    const holder = new pg.Client({ connectionString: stage.cluster.url('moltbot') })
    holder.on('error', () => undefined)
    await holder.connect()
    await holder.query('BEGIN; LOCK TABLE moltbot_wechat.journal')
    await stage.backend.control.inbound({ botId: bot, text: 'meanwhile' })
    await expectProblem(gateway, 'database-slow', 'took longer than state.statementTimeoutMs')
    await holder.query('COMMIT')
    await holder.end()
    await expectAllAnswered(gateway, bot, ['hello', 'meanwhile'])
  })

  it.skipIf(withoutSmallDisks)(
    `has no room left on its disk, and what came meanwhile is answered${smallDiskNote}`,
    async () => {
      const disk = SmallDisk.mount(32)
      onTestFinished(() => disk.unmount())
      stage = await PostgresGateway.open({}, async (cluster) => {
        giveToPostgres(disk.folder)
        await cluster.execute(`CREATE TABLESPACE small LOCATION '${disk.folder}'`)
        return 'TABLESPACE small'
      })
      const gateway = stage.home.start()
      const bot = await expectRecovery(gateway)
      disk.fill()
      const texts = Array.from({ length: 20 }, (_, n) => `#${n}#`)
      for (const text of texts)
        await stage.backend.control.inbound({ botId: bot, text: text + padding.repeat(200) })
      await expectProblem(gateway, 'database-disk-full', 'the disk of the database is full')
      disk.free()
      await expectAllAnswered(gateway, bot, ['hello', ...texts])
    },
  )
})

/** @param times how often the log has reported it when this returns */
async function expectProblem(gateway: RunningGateway, code: string, words: string, times = 1): Promise<void> {
  const reports = () =>
    gateway.lines().filter((line) => line.event === 'database.problem' && line.code === code)
  await until(() => reports().length >= times || undefined, gateway.stdout, 60_000)
  const status = await stage.status()
  expect(status.healthy).toBe(false)
  expect(status.problems.join()).toContain(words)
  expect(await stage.readiness()).toBe(503)
  const doctor = JSON.parse((await stage.home.moltbot('doctor', '--json')).stdout)
  expect(JSON.stringify(doctor)).toContain(words)
}

/** The same process serves, and a person gets an answer. @returns the bot */
async function expectRecovery(gateway: RunningGateway): Promise<string> {
  await gateway.line({ event: 'gateway.ready' }, 60_000)
  const bot = await stage.logIn(gateway)
  await stage.ask(bot, 'hello')
  expect((await stage.status()).problems).toEqual([])
  return bot
}

async function expectAllAnswered(
  gateway: RunningGateway,
  bot: string,
  texts: readonly string[],
): Promise<void> {
  const counts = () => stage.answersTo(bot, texts)
  const answered = async () => (await counts()).every((times) => times > 0) || undefined
  await until(answered, gateway.stdout, 60_000)
  await stage.healthy()
  expect(await counts()).toEqual(texts.map(() => 1))
}

const rulesWithTls = [...passwordRules, 'hostssl all moltbot 127.0.0.1/32 scram-sha-256']

async function openWithTls(): Promise<PostgresGateway> {
  const options: ClusterOptions = { hba: rulesWithTls, port: await freePort() }
  return PostgresGateway.open(options)
}

/** Switches TLS on at the stage's server, with certificates that can be replaced. */
async function certificates() {
  const { cluster } = stage
  const authority = new Authority(cluster.folder)
  const [keyFile, certFile] = [join(cluster.folder, 'server.key'), join(cluster.folder, 'server.crt')]
  await cluster.execute(`ALTER SYSTEM SET ssl_key_file = '${keyFile}'`)
  await cluster.execute(`ALTER SYSTEM SET ssl_cert_file = '${certFile}'`)
  await cluster.execute('ALTER SYSTEM SET ssl = on')
  const sign = (name: string, isValid: boolean) => {
    authority.sign(name, isValid, { keyFile, certFile })
    giveToPostgres(keyFile)
    cluster.reload()
  }
  const url = `postgres://moltbot:${password}@localhost:${cluster.port}/moltbot?sslmode=verify-full`
  return { sign, url, caFile: authority.caFile }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
