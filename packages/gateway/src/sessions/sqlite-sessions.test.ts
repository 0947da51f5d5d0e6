import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Database, openDatabase } from '@moltbot/channel-sdk/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loggerTo } from '../../test/agent-stage.ts'
import { scratch } from '../../test/scratch.ts'
import { sessionStoreContract, sessionTurn } from '../../test/session-store-contract.ts'
import { gatewayMigrations, UnreadableRows } from '../gateway-database.ts'
import { turnsPerSession } from './session-store.ts'
import { createSessionStore } from './sqlite-sessions.ts'

let file: string
let open: Database[]
beforeEach(() => {
  file = join(scratch(), 'gateway.sqlite')
  open = []
})
const closeAll = () => Promise.all(open.splice(0).map((db) => db.close()))
afterEach(closeAll)

function openDb(): Database {
  const { db } = openDatabase(file, gatewayMigrations)
  open.push(db)
  return db
}

sessionStoreContract('SQLite', async () => ({
  open: async () => createSessionStore(openDb()),
  close: async () => void (await closeAll()),
}))

const all = { userTurns: 0 }

/** Changes the file as nothing of the gateway would. */
function alter(sql: string, ...values: (string | number | bigint)[]): void {
  const db = new DatabaseSync(file)
  db.prepare(sql).run(...values)
  db.close()
}

describe('a row that cannot be read', () => {
  it('is left out, counted and reported once, and its session goes on', async () => {
    const lines: string[] = []
    const unreadable = new UnreadableRows(loggerTo(lines))
    const store = createSessionStore(openDb(), unreadable)
    for (const id of ['1', '2', '3']) await store.saveTurn('a', sessionTurn(id))
    alter('UPDATE session_turn SET at_ms = ? WHERE turn_id = ?', 2n ** 62n, '2')
    for (let n = 0; n < 2; n++) {
      expect((await store.history('a', all)).map(({ turnId }) => turnId)).toEqual(['1', '3'])
    }
    await store.saveTurn('a', sessionTurn('4'))
    expect((await store.history('a', all)).map(({ turnId }) => turnId)).toEqual(['1', '3', '4'])
    expect([unreadable.count, lines.length]).toEqual([1, 1])
    expect(lines[0]).toContain('state.row-unreadable')
  })
})

describe('a session far past its cap', () => {
  it('is pruned over several writes, a hundred rows each, and shows no more than the cap meanwhile', async () => {
    const db = openDb()
    alter(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO session_turn (session_key, turn_id, user_text, assistant_text, at_ms)
       SELECT 'a', 't' || i, 'x', 'y', 1 FROM n`,
      turnsPerSession + 250,
    )
    const store = createSessionStore(db)
    const counts: unknown[] = []
    for (const id of ['1', '2', '3']) {
      await store.saveTurn('a', sessionTurn(id))
      counts.push(db.get('SELECT count(*) AS n FROM session_turn')?.n)
      expect(await store.history('a', all)).toHaveLength(turnsPerSession)
    }
    expect(counts).toEqual([turnsPerSession + 151, turnsPerSession + 52, turnsPerSession])
  })
})

it('commits a turn without waiting for the disk', async () => {
  const { db } = openDatabase(file, gatewayMigrations, { flush: () => new Promise(() => undefined) })
  const store = createSessionStore(db)
  await store.saveTurn('a', sessionTurn('1'))
  expect(await createSessionStore(openDb()).history('a', all)).toHaveLength(1)
})
