/**
 * The PostgreSQL store: the contract, and what only a server can show.
 */

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { PostgresDatabase } from '../../../../packages/gateway/src/postgres/database.ts'
import { emptyDatabase, postgresNote, withoutPostgres } from '../../../../test/support/postgres.ts'
import { alice, messageFrom, temporaryFolder, withAlice } from '../../test/samples.ts'
import { type StoreHarness, storeContract } from '../../test/store-contract.ts'
import { folderBlobs } from './blobs.ts'
import { openPostgresStore } from './postgres/store.ts'
import { partBytes, sharedBlobs } from './shared-blobs.ts'
import type { Store } from './store.ts'

/** One database for all tests, emptied for each: to make a new one takes ten times as long. */
let url: Promise<string> | undefined
const tables = [
  'lease',
  'journal',
  'outbox',
  'history_mark',
  'puppet_state',
  'last_puppet',
  'rest',
  'silence',
  'webhook_event',
  'blob_part',
]
const empty = `TRUNCATE ${tables.map((table) => `moltbot_wechat.${table}`).join(', ')} RESTART IDENTITY`

describe.skipIf(withoutPostgres)(`PostgreSQL${postgresNote}`, () => {
  storeContract('PostgreSQL', openStage)
})

describe.skipIf(withoutPostgres)(`the PostgreSQL store${postgresNote}`, () => {
  const stages: StoreHarness[] = []
  afterEach(async () => {
    await Promise.all(stages.splice(0).map((stage) => stage.dispose()))
  })
  const open = async (): Promise<StoreHarness> => {
    const stage = await openStage()
    stages.push(stage)
    return stage
  }

  it('stores what people write with U+0000, and finds it', async () => {
    const { store } = await open()
    const account = await store.openAccount('a', 'test')
    const message = messageFrom('U\0', 'm\0', { accountId: 'a', text: 'before\0after' })
    await account.accept(message, 1)
    expect(await account.undecided()).toEqual([message])
    expect(await account.accept(message, 2)).toBe('duplicate')
    expect(await store.received({ accountId: 'a', text: 'AFTER', limit: 5 })).toMatchObject({
      messages: [{ messageId: 'm\0', senderId: 'U\0', text: 'before\0after' }],
    })
    await account.enqueue(withAlice, { groupId: 'g\0', parts: [{ text: 'a\0b' }] }, 1)
    expect(await account.nextToSend(withAlice, 1)).toMatchObject({
      row: { groupId: 'g\0', part: { text: 'a\0b' } },
    })
  })

  it('stores the parts of a call once that is repeated because its answer was lost', async () => {
    const { store } = await open()
    const account = await store.openAccount('a', 'test')
    const parts = [{ text: 'one' }, { text: 'two' }]
    for (let n = 0; n < 2; n++) await account.enqueue(withAlice, { groupId: 'g', parts }, 1)
    expect(await account.progress('g')).toMatchObject({ total: 2 })
    await account.enqueue(withAlice, { groupId: 'g', parts: [...parts] }, 1)
    expect(await account.progress('g')).toMatchObject({ total: 4 })
  })

  it('gives a file that waits to be sent to another machine, part by part, until it is removed or nothing needs it', async () => {
    const { store, reopen } = await open()
    const limit = { maxBytes: 10_000_000, signal: new AbortController().signal }
    const content = randomBytes(2 * partBytes + 5)
    const blobsOf = async (opened: Store, runId: string) => {
      const { blobParts } = await opened.openAccount('a', runId)
      if (blobParts === undefined) throw new Error('no parts')
      return sharedBlobs(folderBlobs(temporaryFolder(), runId), blobParts, { runId })
    }
    const first = await blobsOf(store, 'run1')
    const key = await first.put(Readable.from([content]), limit)
    const leftover = await first.put(Readable.from([content]), limit)
    const second = await blobsOf(await reopen(), 'run2')
    expect(readFileSync(await second.path(key)).equals(content)).toBe(true)
    await expect(first.put(Readable.from([content]), limit)).rejects.toMatchObject({ code: 'lease-lost' })
    await second.sweep([key])
    await expect(second.path(leftover)).rejects.toMatchObject({ code: 'media-gone' })
    await second.remove(key)
    await expect(second.path(key)).rejects.toMatchObject({ code: 'media-gone' })
  })

  it('lets no write of an earlier holder end after its successor took the lease', async () => {
    const { store, reopen } = await open()
    const before = await store.openAccount('a', 'before')
    const writes = Array.from({ length: 50 }, (_, n) =>
      before.accept(messageFrom(alice, `m${n}`, { accountId: 'a' }), 1).then(
        () => 1,
        () => 0,
      ),
    )
    const after = await (await reopen()).openAccount('a', 'after')
    const seen = (await after.undecided()).length
    const written = (await Promise.all(writes)).reduce((sum: number, one) => sum + one, 0)
    expect((await after.undecided()).length).toBe(seen)
    expect(written).toBe(seen)
  })
})

async function openStage(): Promise<StoreHarness> {
  url ??= emptyDatabase()
  const settings = { url: await url, poolSize: 4 }
  const databases: PostgresDatabase[] = []
  const connect = () => {
    const db = new PostgresDatabase(settings)
    databases.push(db)
    return db
  }
  const db = connect()
  const store = await openPostgresStore(db)
  await db.query(empty)
  return {
    store,
    reopen: () => openPostgresStore(connect()),
    async spoil(what) {
      const [statement, value] =
        'messageId' in what
          ? ['journal SET message = $1 WHERE message_id = $2', what.messageId]
          : ['outbox SET file = $1 WHERE text = $2', what.text]
      await db.query(`UPDATE moltbot_wechat.${statement}`, ['{', value])
    },
    dispose: async () => {
      await Promise.all(databases.map((database) => database.close()))
    },
  }
}
