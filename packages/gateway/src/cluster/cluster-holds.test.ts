import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { emptyDatabase, postgresNote, withoutPostgres } from '../../../../test/support/postgres.ts'
import { leaseMs, StageGateway, World } from '../../test/cluster-stage.ts'
import { PostgresDatabase } from '../postgres/database.ts'
import { clusterMigrations, clusterSchema } from './migrations.ts'

let db: PostgresDatabase

const accounts = Array.from({ length: 12 }, (_, index) => `wechat/a${index}`)
const names = ['one', 'two', 'three']
let world = new World()
let gateways: StageGateway[] = []

describe.skipIf(withoutPostgres)(`Gateways on one PostgreSQL${postgresNote}`, () => {
  beforeAll(async () => {
    db = new PostgresDatabase({ url: await emptyDatabase() })
    await db.migrate(clusterSchema, clusterMigrations)
  })
  afterAll(() => db.close())
  beforeEach(reset)

  async function reset(): Promise<void> {
    await db.query('TRUNCATE cluster.member, cluster.hold, cluster.command')
    world = new World()
    gateways = names.map((name) => new StageGateway(world, db, name, accounts))
  }

  /** Beats of those that are given, a second apart. */
  async function pass(ms: number, alive: readonly StageGateway[] = gateways): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      world.nowMs += 1_000
      for (const gateway of alive) await gateway.membership.beat()
    }
  }

  const gateway = (index: number): StageGateway => {
    const found = gateways[index]
    if (found === undefined) throw new Error('there is no such gateway')
    return found
  }

  const acting = () => gateways.flatMap((one) => one.acting).toSorted()
  const all = accounts.toSorted()

  test('each account is served by one of the gateways, and each serves some', async () => {
    await pass(3_000)
    expect(acting()).toEqual(all)
    for (const one of gateways) expect(one.acting.length).toBeGreaterThan(0)
  })

  test('accounts of a gateway that was killed are served by the others after a lease, and not before', async () => {
    await pass(3_000)
    const killed = gateway(0)
    const lost = killed.acting.length
    await pass(5_000, gateways.slice(1))
    killed.running.clear()
    expect(acting()).toHaveLength(all.length - lost)
    await pass(2_000, gateways.slice(1))
    expect(acting()).toEqual(all)
  })

  test('a gateway that cannot reach the database has stopped before another serves its accounts, and comes back', async () => {
    await pass(3_000)
    const cut = gateway(0)
    const served = cut.acting
    cut.isCutOff = true
    await pass(4_000)
    expect(cut.running.size).toBe(0)
    expect(cut.membership.problem).toBe('cut off')
    await pass(4_000)
    expect(
      gateways
        .slice(1)
        .flatMap((one) => one.acting)
        .toSorted(),
    ).toEqual(all)
    cut.isCutOff = false
    await pass(4_000)
    expect(cut.acting).toEqual(served)
    expect(acting()).toEqual(all)
  })

  test('a gateway that stood still for a minute acts on nothing when it goes on', async () => {
    await pass(3_000)
    const still = gateway(0)
    expect(still.acting).not.toEqual([])
    await pass(60_000, gateways.slice(1))
    expect(still.acting).toEqual([])
    await still.membership.beat()
    expect(acting()).toEqual(all)
    await pass(3_000)
    expect(acting()).toEqual(all)
    expect(still.acting).not.toEqual([])
  })

  test('a drained gateway hands its accounts over, and gets them back', async () => {
    await pass(3_000)
    const [drained, ...others] = [gateway(0), gateway(1), gateway(2)]
    const served = drained.acting
    await db.query('UPDATE cluster.member SET is_draining = true WHERE name = $1', [drained.name])
    await pass(2_000)
    expect(drained.running.size).toBe(0)
    expect(others.flatMap((one) => one.acting).toSorted()).toEqual(all)
    await db.query('UPDATE cluster.member SET is_draining = false')
    await pass(3_000)
    expect(drained.acting).toEqual(served)
  })

  test('a database that was gone for all of them is no reason to take anything over', async () => {
    await pass(3_000)
    const before = gateways.map((one) => one.acting)
    for (const one of gateways) one.isCutOff = true
    await pass(20_000)
    expect(gateways.flatMap((one) => [...one.running])).toEqual([])
    for (const one of gateways) one.isCutOff = false
    await pass(1_000)
    expect(gateways.map((one) => one.acting)).toEqual(before)
  })

  test('an account that the operator has stopped stays so after a failover', async () => {
    await pass(3_000)
    const owner = gateway(0)
    const [account] = owner.acting
    if (account === undefined) throw new Error('it serves none')
    await owner.holding.setStopped(account, true)
    expect(owner.acting).not.toContain(account)
    await pass(8_000, gateways.slice(1))
    const next = gateways.slice(1).find((one) => one.holding.holderOf(account) === one.membership.id)
    expect(acting()).toEqual(all.filter((one) => one !== account))
    await next?.holding.setStopped(account, false)
    expect(next?.acting).toContain(account)
  })

  test('accounts that are restarted run again at once, and nowhere else', async () => {
    await pass(3_000)
    const one = gateway(0)
    const served = one.acting
    const before = one.starts
    one.holding.restartAll()
    await one.look()
    expect(one.acting).toEqual(served)
    expect(one.starts - before).toBe(served.length)
    expect(acting()).toEqual(all)
  })

  test('the newest of two gateways with one name serves', async () => {
    await pass(3_000)
    const before = gateway(0)
    const after = new StageGateway(world, db, before.name, accounts)
    gateways.push(after)
    const served = before.acting
    await pass(3_000)
    expect(before.running.size).toBe(0)
    expect(after.acting).toEqual(served)
  })

  test('a gateway that ends gives each account back', async () => {
    await pass(3_000)
    const ended = gateway(0)
    await ended.holding.end(new AbortController().signal)
    await ended.membership.leave()
    await pass(1_000, gateways.slice(1))
    expect(acting()).toEqual(all)
  })

  const event = fc.oneof(
    fc.record({ type: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
    fc.record({ type: fc.constantFrom('beat', 'cut', 'heal', 'look'), at: fc.nat(2) }),
  )

  test('no two gateways ever act for one account, whatever fails and whoever stands still', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 60 }), async (events) => {
        await reset()
        for (const one of events) {
          if (one.type === 'pass') world.nowMs += one.ms
          else if (one.type === 'beat') await gateway(one.at).membership.beat()
          else if (one.type === 'look') await gateway(one.at).look()
          else gateway(one.at).isCutOff = one.type === 'cut'
          expect(new Set(acting()).size).toBe(acting().length)
        }
        for (const one of gateways) one.isCutOff = false
        await pass(2 * leaseMs)
        expect(acting()).toEqual(all)
      }),
      { numRuns: 25 },
    )
  })
})
