import { describe, expect, it } from 'vitest'
import { postgresNote, startCluster, withoutPostgres } from '../../../../test/support/postgres.ts'
import type { DatabaseFacts } from '../postgres/facts.ts'
import type { PostgresSettings } from '../postgres/settings.ts'
import { databaseCheck, databaseFindings } from './database-check.ts'

const good: DatabaseFacts = {
  version: '15.14',
  latencyMs: 0.7,
  isEncrypted: true,
  isOnThisMachine: false,
  unsafeSettings: [],
  ignoresStandby: false,
  wantedConnections: 33,
  allowedConnections: 97,
}
const { signal } = new AbortController()
const wrong = (facts: Partial<DatabaseFacts>) =>
  databaseFindings({ ...good, ...facts }).filter(({ status }) => status !== 'ok')

describe('a database', () => {
  it('is fine', () => {
    expect(wrong({})).toEqual([])
    expect(wrong({ isEncrypted: false, isOnThisMachine: true })).toEqual([])
  })

  it.each([
    [19, []],
    [20, ['warning']],
    [200, ['problem']],
  ])('that answers in %s ms: %s', (latencyMs, statuses) => {
    expect(wrong({ latencyMs }).map(({ status }) => status)).toEqual(statuses)
  })

  it('may lose what was confirmed', () => {
    expect(wrong({ unsafeSettings: ['fsync', 'synchronous_commit'] })).toMatchObject([
      { status: 'problem', advice: expect.stringContaining('fsync = on') },
      { status: 'problem', advice: expect.stringContaining('synchronous_commit = on') },
    ])
    expect(wrong({ ignoresStandby: true })).toMatchObject([{ status: 'warning' }])
  })

  it('is reached over a network without TLS, or has too few connections', () => {
    expect(wrong({ isEncrypted: false })).toMatchObject([
      { message: expect.stringContaining('not encrypted') },
    ])
    expect(wrong({ wantedConnections: 98 })).toMatchObject([{ message: expect.stringContaining('up to 98') }])
  })
})

describe.skipIf(withoutPostgres)(`a real database${postgresNote}`, () => {
  it('is asked for its settings, its limits and its gateways', async () => {
    const server = await startCluster({ settings: { synchronous_commit: 'off' } })
    try {
      await server.execute('CREATE ROLE bot LOGIN CONNECTION LIMIT 20')
      const examine = (settings: Omit<PostgresSettings, 'url'>) =>
        databaseCheck({ url: server.url('postgres', 'bot'), ...settings }).run(signal)
      expect(await examine({ poolSize: 19 })).toMatchObject([
        { status: 'ok', message: expect.stringMatching(/^PostgreSQL \d+\.\d+ answers in [\d.]+ ms$/) },
        { status: 'problem', message: expect.stringMatching(/^fsync /) },
        { status: 'problem', message: expect.stringMatching(/^full_page_writes /) },
        { status: 'problem', message: expect.stringMatching(/^synchronous_commit /) },
        { status: 'ok', message: 'all gateways use up to 20 connections; the database accepts 20' },
      ])
      await server.execute(`
        CREATE SCHEMA cluster; CREATE TABLE cluster.member (name text); GRANT ALL ON SCHEMA cluster TO bot;
        GRANT ALL ON cluster.member TO bot; INSERT INTO cluster.member VALUES ('one'), ('one'), ('two')`)
      expect((await examine({})).at(-1)).toMatchObject({
        status: 'warning',
        message: 'all gateways use up to 22 connections; the database accepts 20',
      })
      server.halt()
      expect(await examine({})).toMatchObject([
        { status: 'problem', message: expect.stringContaining('the database cannot be reached') },
      ])
    } finally {
      server.stop()
    }
  })
})
