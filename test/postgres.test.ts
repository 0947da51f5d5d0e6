/**
 * A gateway whose state is in PostgreSQL, as a user runs it: the machine may vanish, the database may be away, full, read-only
 * or wrong, and nothing is lost.
 */

import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { postgresNote, withoutPostgres } from './support/postgres.ts'
import { PostgresGateway, password } from './support/postgres-gateway.ts'

let stage: PostgresGateway

describe.skipIf(withoutPostgres)(`a gateway on PostgreSQL${postgresNote}`, { timeout: 120_000 }, () => {
  beforeEach(async () => {
    stage = await PostgresGateway.open()
  })
  afterEach(() => stage.close())

  it('answers, and goes on from an empty machine without a scan and with its memory', async () => {
    const gateway = await stage.home.startReady()
    const bot = await stage.logIn(gateway)
    expect(await stage.ask(bot, 'one')).toMatch(/ to one$/)
    const longer = await stage.ask(bot, 'two')
    await gateway.stop()
    rmSync(stage.home.stateDir, { recursive: true, force: true })
    await stage.backend.control.inbound({ botId: bot, text: 'three' })
    const next = await stage.home.startReady()
    const answer = await stage.answerTo(bot, 'three')
    // The model was shown more of the conversation than for the second question.
    expect(Number(/\d+/.exec(answer)?.[0])).toBeGreaterThan(Number(/\d+/.exec(longer)?.[0]))
    expect(next.lines().some(({ event }) => event === 'account.qr')).toBe(false)
    expect(await next.stop()).toBe(0)
    for (const { stdout, stderr } of [gateway, next]) expect(stdout() + stderr()).not.toContain(password)
  })

  it('waits for a database that is away at its start, says so, and is not ready meanwhile', async () => {
    stage.cluster.halt()
    const gateway = stage.home.start()
    await gateway.line({ event: 'database.problem', code: 'database-unreachable' })
    const status = await stage.status()
    expect(status).toMatchObject({ healthy: false, phase: 'starting' })
    expect(status.problems.join()).toContain('the database cannot be reached')
    expect(await stage.readiness()).toBe(503)
    await stage.cluster.start()
    await gateway.line({ event: 'gateway.ready' })
    const bot = await stage.logIn(gateway)
    expect(await stage.ask(bot, 'hello')).toMatch(/ to hello$/)
    expect((await stage.status()).problems).toEqual([])
  })

  it('loses nothing while the database crashes and comes back, and needs no restart', async () => {
    const gateway = await stage.home.startReady()
    const bot = await stage.logIn(gateway)
    await stage.ask(bot, 'before')
    stage.cluster.halt('immediate')
    await stage.backend.control.inbound({ botId: bot, text: 'meanwhile' })
    await gateway.line({ event: 'database.problem' }, 30_000)
    await stage.cluster.start()
    expect(await stage.answerTo(bot, 'meanwhile')).toMatch(/ to meanwhile$/)
    await stage.healthy()
    expect(await stage.ask(bot, 'after')).toMatch(/ to after$/)
    expect(await stage.answersTo(bot, ['before', 'meanwhile', 'after'])).toEqual([1, 1, 1])
  })

  it('says what is wrong with the password, the schema or a standby, and starts when it is right', async () => {
    stage.configure({ url: stage.url('not-this-one') })
    const gateway = stage.home.start()
    await gateway.line({ event: 'database.problem', code: 'database-password-wrong' })
    stage.configure({ url: stage.url() })
    await gateway.line({ event: 'gateway.ready' })
    await gateway.stop()

    await stage.cluster.execute('UPDATE moltbot.schema_version SET version = version + 1', 'moltbot')
    const newer = stage.home.start()
    await newer.line({ event: 'database.problem', code: 'database-schema-too-new' })
    await stage.cluster.execute('UPDATE moltbot.schema_version SET version = version - 1', 'moltbot')
    await newer.line({ event: 'gateway.ready' })
    await newer.stop()

    await stage.cluster.execute('ALTER DATABASE moltbot SET default_transaction_read_only = on')
    const standby = stage.home.start()
    await standby.line({ event: 'database.problem', code: 'database-read-only' })
    await stage.cluster.execute('ALTER DATABASE moltbot RESET default_transaction_read_only')
    await standby.line({ event: 'gateway.ready' })
  })

  it('stops while it waits for its database', async () => {
    stage.cluster.halt()
    const gateway = stage.home.start()
    await gateway.line({ event: 'database.problem' })
    expect(await gateway.stop()).toBe(0)
  })
})
