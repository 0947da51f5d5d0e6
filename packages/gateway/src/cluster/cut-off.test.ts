/**
 * One gateway with a lease of real time, and a network between it and the database that a test cuts.
 */

import type { SqlValue } from '@moltbot/channel-sdk/sql'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { emptyDatabase, postgresNote, withoutPostgres } from '../../../../test/support/postgres.ts'
import { quiet } from '../../test/cluster-stage.ts'
import { PostgresDatabase } from '../postgres/database.ts'
import { Cluster } from './cluster.ts'

const patience = { timeout: 20_000 }
const account = 'wechat/a'

/** A database of which a gateway hears no notification, and no answer either while it is cut off. */
class Network {
  isCut = false
  readonly db: PostgresDatabase

  constructor(url: string) {
    this.db = new PostgresDatabase({ url })
  }

  /** How often its connections were given up. */
  reconnects = 0

  get forCluster() {
    return {
      query: async (text: string, values?: readonly SqlValue[]) =>
        this.isCut ? new Promise<never>(() => undefined) : this.db.query(text, values),
      transaction: this.db.transaction.bind(this.db),
      migrate: this.db.migrate.bind(this.db),
      listen: () => () => undefined,
      reconnect: () => {
        this.reconnects += 1
      },
      close: () => this.db.close(),
    }
  }
}

class Gateway {
  readonly network: Network
  readonly running = new Set<string>()
  readonly cluster: Cluster
  /** How often the connections of the stores were given up. */
  reconnects = 0

  constructor(name: string, url: string, leaseMs: number) {
    this.network = new Network(url)
    this.cluster = new Cluster({
      db: this.network.forCluster,
      name,
      version: '1',
      leaseMs,
      facts: () => ({ weight: 1, configHash: 'same' }),
      runner: {
        start: async (one) => void this.running.add(one),
        stop: async (one) => void this.running.delete(one),
      },
      turnsMs: () => 0,
      run: async () => undefined,
      reconnect: () => {
        this.reconnects += 1
      },
      onNews: () => undefined,
      log: quiet,
    })
  }
}

describe.skipIf(withoutPostgres)(`A gateway that is cut off from its database${postgresNote}`, () => {
  const gateways: Gateway[] = []
  let url: string
  beforeEach(async () => {
    url = await emptyDatabase()
  })
  afterEach(async () => {
    for (const { network } of gateways) network.isCut = false
    await Promise.all(gateways.splice(0).map(({ cluster }) => cluster.close()))
  })

  const open = (name: string, leaseMs: number): Gateway => {
    const gateway = new Gateway(name, url, leaseMs)
    gateways.push(gateway)
    return gateway
  }

  test('gives up the connections on which its accounts wait for an answer, when they have to end', async () => {
    const gateway = open('one', 1_000)
    await gateway.cluster.start([account])
    expect([...gateway.running]).toEqual([account])
    gateway.network.isCut = true
    await vi.waitFor(() => expect(gateway.running.size).toBe(0), patience)
    expect(gateway.reconnects).toBe(1)
    await vi.waitFor(() => expect(gateway.network.reconnects).toBeGreaterThan(0), patience)
  })

  test('gives up those that were made before the database answers again', async () => {
    const gateway = open('one', 1_000)
    await gateway.cluster.start([account])
    gateway.network.isCut = true
    await vi.waitFor(() => expect(gateway.network.reconnects).toBeGreaterThan(1), patience)
    const before = gateway.reconnects
    gateway.network.isCut = false
    await vi.waitFor(() => expect([...gateway.running]).toEqual([account]), patience)
    expect(gateway.reconnects).toBe(before + 1)
  })

  test('takes what another gives back, though it hears no notification', async () => {
    const [one, other] = [open('one', 3_000), open('other', 3_000)]
    await one.cluster.start([account])
    await other.cluster.start([account])
    const all = () => [one, other].filter(({ running }) => running.has(account))
    await vi.waitFor(() => expect(all()).toHaveLength(1), patience)
    const [holder] = all()
    await holder?.cluster.drain(true)
    await vi.waitFor(() => expect(all()).toEqual([one, other].filter((it) => it !== holder)), patience)
  })
})
