import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { expect, it } from 'vitest'
import { pushStoreContract } from '../../test/push-store-contract.ts'
import { scratch } from '../../test/scratch.ts'
import { tokenStoreContract } from '../../test/token-store-contract.ts'
import { gatewayMigrations, UnreadableRows } from '../gateway-database.ts'
import { sqlitePushes } from './sqlite-pushes.ts'
import { sqliteTokens } from './sqlite-tokens.ts'

type Db = ReturnType<typeof openDatabase>['db']

async function stageOf<Store>(make: (db: Db) => Store) {
  const file = `${scratch()}/gateway.sqlite`
  const { db } = openDatabase(file, gatewayMigrations)
  return { open: async () => make(db), close: () => db.close() }
}

tokenStoreContract('SQLite', () => stageOf((db) => sqliteTokens(db, new UnreadableRows())))
pushStoreContract('SQLite', () => stageOf((db) => sqlitePushes(db, new UnreadableRows())))

it('a damaged row opens nothing and stops nothing', async () => {
  const { db } = openDatabase(`${scratch()}/gateway.sqlite`, gatewayMigrations)
  const unreadable = new UnreadableRows()
  db.run("INSERT INTO access_token VALUES ('a', 'no hash', '[\"push\"]', '[\"*\"]', '', 1, 0)")
  db.run("INSERT INTO access_token VALUES ('b', ?, 'no list', '[\"*\"]', '', 1, 0)", 'ab'.repeat(32))
  expect(await sqliteTokens(db, unreadable).list()).toEqual([])
  expect(unreadable.count).toBe(2)
  await db.close()
})
