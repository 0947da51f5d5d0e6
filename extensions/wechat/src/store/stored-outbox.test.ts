import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder, withAlice } from '../../test/samples.ts'
import { openSqliteStore } from './sqlite-store.ts'
import { storedOutbox } from './stored-outbox.ts'

async function storeWithParts(): Promise<string> {
  const file = join(temporaryFolder(), 'wechat.sqlite')
  const { store } = openSqliteStore(file)
  for (const accountId of ['a', 'b']) {
    const account = await store.openAccount(accountId, 'test')
    await account.enqueue(withAlice, { groupId: 'g', parts: [{ text: `of ${accountId}` }] }, 5)
  }
  await store.close()
  return file
}

it('reads what waits of every account, and changes nothing', async () => {
  const file = await storeWithParts()
  const before = readFileSync(file)
  const parts = storedOutbox(file, 'waiting')
  expect(parts.map(({ accountId, row }) => [accountId, row.state, row.createdMs])).toEqual([
    ['b', 'queued', 5],
    ['a', 'queued', 5],
  ])
  expect(storedOutbox(file, 'failed')).toEqual([])
  expect(readFileSync(file).equals(before)).toBe(true)
})

it('reads nothing where there is no store, and says so where it is none', () => {
  const folder = temporaryFolder()
  expect(storedOutbox(join(folder, 'gone.sqlite'), 'waiting')).toEqual([])
  const file = join(folder, 'no.sqlite')
  writeFileSync(file, 'this is no database, whatever its name says')
  expect(() => storedOutbox(file, 'waiting')).toThrow('not a database')
})
