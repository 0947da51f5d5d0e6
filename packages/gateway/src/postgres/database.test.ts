import { afterEach, describe, expect, it } from 'vitest'
import {
  type Cluster,
  emptyDatabase,
  giveToPostgres,
  postgresNote,
  startCluster,
  withoutPostgres,
} from '../../../../test/support/postgres.ts'
import { SmallDisk, smallDiskNote, withoutSmallDisks } from '../../../../test/support/small-disk.ts'
import { PostgresDatabase } from './database.ts'
import type { PostgresSettings } from './settings.ts'

const opened: PostgresDatabase[] = []
const clusters: Cluster[] = []
const disks: SmallDisk[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((db) => db.close()))
  for (const cluster of clusters.splice(0)) cluster.stop()
  for (const disk of disks.splice(0)) disk.unmount()
})

function connect(settings: PostgresSettings): PostgresDatabase {
  const db = new PostgresDatabase(settings)
  opened.push(db)
  return db
}

const fresh = async (): Promise<PostgresDatabase> => connect({ url: await emptyDatabase() })

async function cluster(...args: Parameters<typeof startCluster>): Promise<Cluster> {
  const started = await startCluster(...args)
  clusters.push(started)
  return started
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'fine',
    (error: { code?: string }) => error.code,
  )

describe.skipIf(withoutPostgres)(`PostgreSQL${postgresNote}`, () => {
  it('gives back every text as it was, also with characters that PostgreSQL cannot store', async () => {
    const db = await fresh()
    const texts = ['a\0b', '\0', '\u001a', '\u001a0', '\u001a\0\u001a1', '你好 😀', '']
    const rows = await db.query('SELECT unnest($1::text[]) AS text', [texts])
    expect(rows.map(({ text }) => text)).toEqual(texts)
  })

  it('reads large integers as numbers and bytes as bytes', async () => {
    const db = await fresh()
    const [row] = await db.query('SELECT 1700000000000::bigint AS n, $1::bytea AS bytes', [
      new Uint8Array([0, 255]),
    ])
    expect(row?.n).toBe(1_700_000_000_000)
    expect(row?.bytes).toEqual(Buffer.from([0, 255]))
  })

  it('undoes a transaction whose work fails, and keeps one that ends', async () => {
    const db = await fresh()
    await db.query('CREATE TABLE t (n int)')
    await expect(
      db.transaction(async (session) => {
        await session.query('INSERT INTO t VALUES (1)')
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await db.transaction((session) => session.query('INSERT INTO t VALUES (2)'), { durability: 'relaxed' })
    expect(await db.query('SELECT n FROM t')).toEqual([{ n: 2 }])
  })

  it('waits for the disk of the server unless a transaction is relaxed', async () => {
    const db = await fresh()
    const setting = (durability: 'durable' | 'relaxed') =>
      db.transaction((session) => session.query('SHOW synchronous_commit'), { durability })
    expect(await setting('durable')).toEqual([{ synchronous_commit: 'on' }])
    expect(await setting('relaxed')).toEqual([{ synchronous_commit: 'off' }])
  })

  it('runs statements that can wait with the next one, before it and in one round trip, each by itself', async () => {
    const db = await fresh()
    await db.query('CREATE TABLE t (n int PRIMARY KEY)')
    const before = db.roundTrips
    const insert = (n: number) => db.queryWithNext('INSERT INTO t VALUES ($1::int)', [n], 600_000)
    const [one, same] = [insert(1), codeOf(insert(1))]
    expect(await db.query('SELECT n FROM t')).toEqual([{ n: 1 }])
    await one
    expect(await same).not.toBe('fine')
    expect(db.roundTrips - before).toBe(1)
  })

  it('runs them by themselves when their time is over, and before it is closed', async () => {
    const url = await emptyDatabase()
    const db = connect({ url })
    await db.query('CREATE TABLE t (n int)')
    const together = [1, 2].map((n) => db.queryWithNext('INSERT INTO t VALUES ($1::int) RETURNING n', [n], 0))
    expect(await Promise.all(together)).toEqual([[{ n: 1 }], [{ n: 2 }]])
    const last = db.queryWithNext('INSERT INTO t VALUES (3)', [], 600_000)
    await Promise.all([last, db.close()])
    expect(await connect({ url }).query('SELECT count(*) AS n FROM t')).toEqual([{ n: 3 }])
    opened.splice(opened.indexOf(db), 1)
  })

  it('rejects them where the database cannot be used', async () => {
    const server = await cluster()
    const db = connect({ url: server.url() })
    await db.query('SELECT 1')
    server.halt('immediate')
    expect(await codeOf(db.queryWithNext('SELECT 2', [], 0))).toMatch(/^database-/)
  })

  it('runs each script of a schema once, however many gateways start together', async () => {
    const url = await emptyDatabase()
    const scripts = ['CREATE TABLE room.t (n int)', 'INSERT INTO room.t VALUES (1)']
    const all = [1, 2, 3, 4].map(() => connect({ url }))
    await Promise.all(all.map((db) => db.migrate('room', scripts.slice(0, 1))))
    await Promise.all(all.map((db) => db.migrate('room', scripts)))
    expect(await all[0]?.query('SELECT n FROM room.t')).toEqual([{ n: 1 }])
    expect(await codeOf(connect({ url }).migrate('room', scripts.slice(0, 1)))).toBe(
      'database-schema-too-new',
    )
  })

  it('wakes a listener, also after its connection was lost', async () => {
    const url = await emptyDatabase()
    const [one, other] = [connect({ url }), connect({ url })]
    const woken = counter()
    one.listen('room_news', woken.count)
    await woken.reached(1) // It may have missed something before.
    await other.query("SELECT pg_notify('room_news', '')")
    await woken.reached(2)
    await other.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
    )
    await woken.reached(3)
    await other.query("SELECT pg_notify('room_news', '')")
    await woken.reached(4)
  })

  it('says which statement it was that the database refuses, as the driver does', async () => {
    expect(await codeOf((await fresh()).query('SELECT 1/0'))).toBe('22012')
  })
})

describe.skipIf(withoutPostgres)(`PostgreSQL that cannot be used${postgresNote}`, () => {
  it('is unreachable while it does not run, and used again when it does', async () => {
    const server = await cluster()
    const db = connect({ url: server.url() })
    await db.check()
    server.halt()
    expect(await codeOf(db.check())).toBe('database-unreachable')
    expect(db.problem?.retryable).toBe(true)
    await server.start()
    await db.check()
    expect(db.problem).toBeUndefined()
  })

  it('does not claim that a statement was not run whose connection was lost', async () => {
    const url = await emptyDatabase()
    const db = connect({ url })
    await expect(db.query('SELECT pg_terminate_backend(pg_backend_pid())')).rejects.toMatchObject({
      code: 'database-unreachable',
      certain: false,
    })
    expect(await db.query('SELECT 1 AS n')).toEqual([{ n: 1 }])
  })

  it('fails at once what waits for an answer when its connections are given up, and connects again', async () => {
    const db = connect({ url: await emptyDatabase() })
    const asked = db.query('SELECT pg_sleep(60)')
    const waits = async () =>
      (await db.query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).length
    await expect.poll(waits).toBe(1)
    db.reconnect()
    await expect(asked).rejects.toMatchObject({ code: 'database-unreachable', certain: false })
    expect(await db.query('SELECT 1 AS n')).toEqual([{ n: 1 }])
  })

  it('refuses a wrong password without showing it, and accepts the right one', async () => {
    const server = await cluster({ hba: ['local all postgres trust', 'local all bot scram-sha-256'] })
    await server.execute("CREATE ROLE bot LOGIN PASSWORD 'right-one'")
    const url = (password: string) => `${server.url('postgres', 'bot')}&password=${password}`
    const refused = connect({ url: url('wrong-one') }).check()
    await expect(refused).rejects.toMatchObject({ code: 'database-password-wrong' })
    await expect(refused).rejects.not.toThrow('wrong-one')
    await connect({ url: url('right-one') }).check()
    expect(await codeOf(connect({ url: server.url('postgres', 'nobody') }).check())).toBe(
      'database-password-wrong',
    )
    expect(await codeOf(connect({ url: server.url('elsewhere') }).check())).toBe('database-missing')
  })

  it('is read-only as a standby is', async () => {
    const server = await cluster({ settings: { default_transaction_read_only: 'on' } })
    const db = connect({ url: server.url() })
    expect(await codeOf(db.check())).toBe('database-read-only')
    expect(await codeOf(db.query('CREATE TABLE t (n int)'))).toBe('database-read-only')
  })

  it('is out of connections while others hold them all', async () => {
    const server = await cluster({
      settings: { max_connections: 3, superuser_reserved_connections: 0, max_wal_senders: 0 },
    })
    const holder = connect({ url: server.url(), poolSize: 3 })
    const release = Promise.withResolvers<void>()
    const started = [1, 2, 3].map(() => Promise.withResolvers<void>())
    const holding = started.map(({ resolve }) =>
      holder.transaction(async (session) => {
        await session.query('SELECT 1')
        resolve()
        await release.promise
      }),
    )
    await Promise.all(started.map(({ promise }) => promise))
    const db = connect({ url: server.url() })
    expect(await codeOf(db.check())).toBe('database-out-of-connections')
    expect(db.problem?.code).toBe('database-out-of-connections')
    release.resolve()
    await Promise.all(holding)
    await holder.close().catch(() => undefined)
    opened.splice(opened.indexOf(holder), 1)
    while ((await codeOf(db.check())) !== 'fine');
  })

  it('ends a statement that takes longer than it may', async () => {
    const db = connect({ url: await emptyDatabase(), statementTimeoutMs: 50 })
    expect(await codeOf(db.query('SELECT pg_sleep(60)'))).toBe('database-slow')
    expect(await db.query('SELECT 1 AS n')).toEqual([{ n: 1 }])
    // What took too long is tried again: other statements do not make it faster.
    await db.check()
    expect(db.problem?.code).toBe('database-slow')
  })

  it.skipIf(withoutSmallDisks)(
    `has a full disk until there is room, although it can be read${smallDiskNote}`,
    async () => {
      const disk = SmallDisk.mount(24)
      disks.push(disk)
      const server = await cluster()
      giveToPostgres(disk.folder)
      await server.execute(`CREATE TABLESPACE small LOCATION '${disk.folder}'`)
      await server.execute('CREATE DATABASE bot TABLESPACE small')
      const db = connect({ url: server.url('bot') })
      const problems: (string | undefined)[] = []
      db.onProblem = (problem) => void problems.push(problem?.code)
      await db.query('CREATE TABLE t AS SELECT 1 AS n')
      disk.fill()
      const text = 'x'.repeat(100_000)
      expect(await codeOf(db.query('CREATE TABLE big AS SELECT $1::text', [text]))).toBe('database-disk-full')
      expect(await db.query('SELECT n FROM t')).toEqual([{ n: 1 }])
      expect(await codeOf(db.check())).toBe('database-disk-full')
      expect(db.problem?.code).toBe('database-disk-full')
      disk.free()
      await db.check()
      expect(problems).toEqual(['database-disk-full', undefined])
    },
  )

  it('refuses a server without TLS where that is asked for', async () => {
    const url = await emptyDatabase()
    expect(await codeOf(connect({ url, tls: 'verify' }).check())).toBe('database-tls')
  })
})

function counter() {
  let n = 0
  const waiting = new Set<() => void>()
  return {
    count: () => {
      n++
      for (const wake of waiting) wake()
    },
    reached: (wanted: number) =>
      new Promise<void>((resolve) => {
        const look = () => n >= wanted && resolve()
        waiting.add(look)
        look()
      }),
  }
}
