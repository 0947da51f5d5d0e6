import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { recordingLog, temporaryFolder, withAlice } from '../../test/samples.ts'
import { folderBlobs } from '../store/blobs.ts'
import { openSqliteStore } from '../store/sqlite-store.ts'
import type { AccountStore, Store } from '../store/store.ts'
import { OutboxDesk } from './outbox-desk.ts'

const withBob = { kind: 'direct', id: 'bob' } as const
const nowMs = 1_000

let whole: Store
let store: AccountStore
let desk: OutboxDesk
let obstacle: string | undefined

beforeEach(async () => {
  const folder = temporaryFolder()
  whole = openSqliteStore(join(folder, 'store.sqlite')).store
  store = await whole.openAccount('default', 'test')
  obstacle = undefined
  desk = new OutboxDesk({
    store,
    blobs: folderBlobs(folder, 'test'),
    log: recordingLog(),
    now: () => nowMs,
    obstacle: () => obstacle,
    wake: () => undefined,
  })
  const parts = [{ text: 'one' }, { text: 'two' }, { text: 'three' }]
  await store.enqueue(withAlice, { groupId: 'answer', parts, purpose: 'answer' }, nowMs)
  await store.enqueue(withBob, { groupId: 'notice', parts: [{ text: 'hello' }] }, nowMs)
})
afterEach(() => whole.close())

async function refuseFirst(reason: string): Promise<void> {
  const next = await store.nextToSend(withAlice, nowMs)
  if (next === undefined || !('row' in next)) throw new Error('nothing to send')
  await store.markUnsent(next.row, { state: 'parked', cause: 'quota', notBeforeMs: 9_000, reason })
}

const reasons = async () => (await desk.list('waiting')).map(({ reason }) => reason)
const after = 'message 1 of the same answer goes first'

it('lists the reason of a part that was refused, and what the others wait for', async () => {
  await refuseFirst('quota: used up')
  expect(await reasons()).toEqual(['quota: used up', after, after, ''])
  obstacle = 'the account pauses'
  expect(await reasons()).toEqual(['quota: used up', after, after, 'the account pauses'])
})

it('lists why nothing is sent for parts that were not attempted, or may go again', async () => {
  await refuseFirst('quota: used up')
  await store.unpark(['quota'])
  expect(await reasons()).toEqual(['quota: used up', after, after, ''])
  obstacle = 'the account is scan: scan the QR code'
  expect(await reasons()).toEqual([obstacle, after, after, obstacle])
})

it('counts what waits in a conversation, with the reason of the first part', async () => {
  await refuseFirst('quota: used up')
  expect(await desk.waitingIn(withAlice)).toEqual({ parts: 3, reason: 'quota: used up' })
  expect(await desk.waitingIn(withBob)).toEqual({ parts: 1, reason: '' })
  expect(await desk.waitingIn({ kind: 'direct', id: 'nobody' })).toEqual({ parts: 0, reason: '' })
})

it('adds no reason to what was given up', async () => {
  const next = await store.nextToSend(withBob, nowMs)
  if (next === undefined || !('row' in next)) throw new Error('nothing to send')
  await store.markUnsent(next.row, { state: 'failed', reason: 'too large' })
  obstacle = 'the account pauses'
  expect(await desk.list('failed')).toMatchObject([{ reason: 'too large' }])
})
