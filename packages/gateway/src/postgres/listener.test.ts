import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CutProxy } from '../../../../test/failover/cut-proxy.ts'
import { emptyDatabase, postgresNote, withoutPostgres } from '../../../../test/support/postgres.ts'
import { Listener } from './listener.ts'
import { poolConfig } from './options.ts'

describe.skipIf(withoutPostgres)(`notifications of PostgreSQL${postgresNote}`, () => {
  it('come over another connection when a network has lost the first without closing it', async () => {
    const { host = '', ...config } = poolConfig({ url: await emptyDatabase() })
    const folder = mkdtempSync(join(tmpdir(), 'moltbot-proxy-'))
    const target = () => ({ path: join(host, '.s.PGSQL.5432') })
    const proxy = await CutProxy.listen({ listen: join(folder, '.s.PGSQL.5432'), target })
    const listener = new Listener({ ...config, host: folder }, 50)
    onTestFinished(async () => {
      await listener.close()
      await proxy.close()
    })
    let wakes = 0
    listener.on('room_news', () => {
      wakes += 1
    })
    await expect.poll(() => wakes).toBe(1) // It may have missed something before.
    proxy.isCut = true
    await expect.poll(() => proxy.lost, { timeout: 20_000 }).toBeGreaterThan(0)
    proxy.isCut = false
    await expect.poll(() => wakes, { timeout: 20_000 }).toBe(2)
  })

  it('are not said to arrive while there is no connection', async () => {
    const listener = new Listener({ host: mkdtempSync(join(tmpdir(), 'moltbot-none-')) }, 50)
    onTestFinished(() => listener.close())
    const told: boolean[] = []
    const listen = () =>
      listener.on(
        'room_news',
        () => undefined,
        (isLive) => told.push(isLive),
      )
    listen()
    await expect.poll(() => told).toEqual([false])
    listen()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(told).not.toContain(true)
  })
})
