/**
 * The SQLite store: the contract, and what only a file can show.
 */

import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { alice, messageFrom, temporaryFolder, withAlice } from '../../test/samples.ts'
import { type StoreHarness, storeContract } from '../../test/store-contract.ts'
import type { OutboxPart, OutboxRow, Unsent } from '../model/outbox.ts'
import { openSqliteStore } from './sqlite-store.ts'
import type { AccountStore, Store } from './store.ts'

const limits = { messages: 50, history: 20 }

storeContract('SQLite', async (): Promise<StoreHarness> => {
  const file = join(temporaryFolder(), 'store.sqlite')
  const opened: Store[] = []
  const open = () => {
    const { store } = openSqliteStore(file)
    opened.push(store)
    return store
  }
  return {
    store: open(),
    reopen: async () => open(),
    async spoil(what) {
      const db = new DatabaseSync(file)
      if ('messageId' in what)
        db.prepare(`UPDATE journal SET message = '{' WHERE message_id = ?`).run(what.messageId)
      else db.prepare(`UPDATE outbox SET file = '{' WHERE text = ?`).run(what.text)
      db.close()
    },
    dispose: async () => {
      await Promise.all(opened.map((store) => store.close()))
    },
  }
})

const fixture = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'wechat-schema-4.sqlite')

it('a file of the last release keeps everything that was open in it', async () => {
  const file = join(temporaryFolder(), 'wechat.sqlite')
  copyFileSync(fixture, file)
  const { store, damage } = openSqliteStore(file)
  expect(damage).toBeUndefined()
  const account = await store.openAccount('default', 'test')
  expect((await account.undecided()).map(({ id }) => id)).toEqual(['waits-for-a-decision'])
  const cutOff = await account.claimTurn(withAlice, 'burst', limits)
  expect(cutOff).toMatchObject({ attempt: 2, messages: [{ id: 'cut-off' }] })
  if (cutOff !== undefined) await account.commitReply(cutOff, { parts: [] }, { nowMs: 1, attempt: false })
  expect(await account.claimTurn(withAlice, 'all', limits)).toMatchObject({
    messages: [{ id: 'waits-for-a-turn' }],
  })
  expect(await account.nextToSend(withAlice, 0)).toMatchObject({
    row: {
      state: 'attempted',
      isCutOff: true,
      part: { text: 'attempted', quoteMessageId: 'answered' },
      attempt: { firstMs: 2_300 },
    },
  })
  expect(await account.blobsToSend()).toEqual(['run.1'])
  const parkedFor = async (id: string) => account.nextToSend({ kind: 'direct', id }, 10_000)
  for (const id of ['carol', 'dave', 'erin'])
    expect(await parkedFor(id)).toMatchObject({ row: { state: 'parked' } })
  await account.unpark(['window', 'quota'])
  expect(await parkedFor('carol')).toMatchObject({ row: { state: 'queued' } })
  expect(await parkedFor('erin')).toMatchObject({ row: { state: 'parked' } })
  expect(await account.lastPuppet()).toBe('wechaty-puppet-ilink')
  expect(new Set(await account.seenIds(100))).toContain('bob')
  expect(await account.setAsideCount()).toBe(0)
  await store.close()
})

it('nothing is accepted or committed before the flush, and the event loop goes on', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const { store } = openSqliteStore(join(temporaryFolder(), 'store.sqlite'), { flush: () => held })
  const opening = store.openAccount('default', 'test')
  const done = vi.fn()
  void opening.then(done)
  await sleep(20)
  expect(done).not.toHaveBeenCalled()
  release()
  const account = await opening
  await account.accept(messageFrom(alice, 'm1'), 1)
  await store.close()
})

describe('before what depends on it outside', () => {
  const attempted = async (account: AccountStore, part: OutboxPart) => {
    await account.enqueue(withAlice, { groupId: 'g', parts: [part] }, 1)
    const next = await account.nextToSend(withAlice, 1)
    if (next === undefined || !('row' in next)) throw new Error('there is no part')
    return account.markAttempted(next.row, 1, 'durable')
  }
  const text = { text: 'hello' }
  const file = { file: { blob: 'run.1', name: 'report.txt' } }
  const refused: Unsent = { state: 'parked', cause: 'rate', reason: 'slower', notBeforeMs: 5 }
  const failed: Unsent = { state: 'failed', reason: 'too large' }
  const report = { parts: [{ text: 'not sent' }], nowMs: 1, sinceMs: 0 }

  it.each([
    ['that a text was sent is not flushed', text, 0, (store, row) => store.markSent(row)],
    ['that a file was sent is: its copy goes next', file, 1, (store, row) => store.markSent(row)],
    [
      'a refusal is: the part would not be sent again',
      text,
      1,
      (store, row) => store.markUnsent(row, refused),
    ],
    ['a loss is: its report goes out', text, 1, (store, row) => store.markUnsent(row, failed, report)],
  ] satisfies [string, OutboxPart, number, (store: AccountStore, row: OutboxRow) => Promise<unknown>][])(
    '%s',
    async (_, part, expected, verb) => {
      const flush = vi.fn(async () => undefined)
      const { store } = openSqliteStore(join(temporaryFolder(), 'store.sqlite'), { flush })
      const account = await store.openAccount('default', 'test')
      const row = await attempted(account, part)
      flush.mockClear()
      await verb(account, row)
      expect(flush).toHaveBeenCalledTimes(expected)
      await store.close()
    },
  )
})

it('a row that cannot be read is reported once', async () => {
  const file = join(temporaryFolder(), 'store.sqlite')
  const onSetAside = vi.fn()
  const { store } = openSqliteStore(file, { onSetAside })
  const account = await store.openAccount('default', 'test')
  await account.accept(messageFrom(alice, 'm1'), 1)
  const db = new DatabaseSync(file)
  db.exec(`UPDATE journal SET message = '{}'`)
  db.close()
  await account.undecided()
  await account.undecided()
  expect(onSetAside).toHaveBeenCalledExactlyOnceWith({
    accountId: 'default',
    table: 'journal',
    row: 1,
    reason: expect.stringMatching(/^unreadable row: /),
  })
  await store.close()
})

it('texts of ended rows are gone from the file when they are forgotten', async () => {
  const file = join(temporaryFolder(), 'store.sqlite')
  const { store } = openSqliteStore(file)
  const account = await store.openAccount('default', 'test')
  const message = messageFrom(alice, 'm1', { text: 'a private matter' })
  await account.accept(message, 1)
  await account.decide(message, { state: 'dropped', reason: 'dm-disabled' }, 1)
  const { signal } = new AbortController()
  const textsMs = new Map([['default', 0]])
  await store.prune({ nowMs: 10, rowsMs: 1_000, textsMs, otherTextsMs: 0, history: 0, signal })
  await store.close()
  const db = new DatabaseSync(file)
  expect(db.prepare('SELECT message_id, message FROM journal').all()).toEqual([
    { message_id: 'm1', message: '' },
  ])
  db.close()
})
