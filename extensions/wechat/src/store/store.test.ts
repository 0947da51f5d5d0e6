/**
 * What every store must do, run on the SQLite one.
 */

import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { alice, messageFrom, temporaryFolder, withAlice } from '../../test/samples.ts'
import { openSqliteStore } from './sqlite-store.ts'
import type { OutboxRow, Store } from './store.ts'

const opened: Store[] = []
afterEach(() => Promise.all(opened.splice(0).map((store) => store.close())))

function open(file = join(temporaryFolder(), 'store.sqlite')): Store {
  const { store } = openSqliteStore(file)
  opened.push(store)
  return store
}

async function dispatched(store: Store, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    const message = messageFrom(alice, id)
    await store.acceptInbound(message, 1)
    await store.dispatch(message, 'dm-open')
  }
}

async function next(store: Store): Promise<OutboxRow> {
  const row = await store.nextToSend('default', withAlice)
  if (row === undefined) throw new Error('nothing to send')
  return row
}

describe('the journal', () => {
  it('takes a message once', async () => {
    const store = open()
    expect(await store.acceptInbound(messageFrom(alice, 'm1'), 1)).toBe('accepted')
    expect(await store.acceptInbound(messageFrom(alice, 'm1', { text: 'other' }), 2)).toBe('duplicate')
  })

  it.each([
    ['another account', messageFrom(alice, 'm1', { accountId: 'b' })],
    ['another conversation', messageFrom(alice, 'm1', { conversation: { kind: 'direct', id: 'bob' } })],
    [
      'a group with the id of a person',
      messageFrom(alice, 'm1', { conversation: { kind: 'group', id: alice } }),
    ],
  ])('does not take the same id of %s for a copy', async (_name, other) => {
    const store = open()
    await store.acceptInbound(messageFrom(alice, 'm1'), 1)
    expect(await store.acceptInbound(other, 1)).toBe('accepted')
  })

  it('gives back what was accepted and not decided on, as it was, oldest first', async () => {
    const store = open()
    const messages = ['m1', 'm2', 'm3'].map((id) =>
      messageFrom(alice, id, { sender: { id: alice, label: '爱丽丝' } }),
    )
    await Promise.all(messages.map((message) => store.acceptInbound(message, 1)))
    await store.settle(messageFrom(alice, 'm2'), 'dropped', 'dm-disabled')
    expect(await store.undecided('default')).toEqual([messages[0], messages[2]])
    expect(await store.undecided('other')).toEqual([])
  })
})

describe('a turn', () => {
  it('takes together what waits, in order, up to the limit', async () => {
    const store = open()
    await dispatched(store, 'm1', 'm2', 'm3')
    const turn = await store.claimTurn('default', withAlice, 2)
    expect(turn?.messages.map(({ id }) => id)).toEqual(['m1', 'm2'])
  })

  it('is the same turn with the same messages when it is claimed again', async () => {
    const file = join(temporaryFolder(), 'store.sqlite')
    const before = open(file)
    await dispatched(before, 'm1')
    const first = await before.claimTurn('default', withAlice, 50)
    await dispatched(before, 'm2')
    expect(await open(file).claimTurn('default', withAlice, 50)).toEqual(first)
  })

  it('is not run again once its reply is committed', async () => {
    const store = open()
    await dispatched(store, 'm1')
    const turn = await store.claimTurn('default', withAlice, 50)
    if (turn === undefined) throw new Error('no turn')
    await store.commitReply(turn, ['one', 'two'], 5)
    await store.commitReply(turn, ['said twice?'], 6)
    expect(await store.claimTurn('default', withAlice, 50)).toBeUndefined()
    expect(await store.conversationsToAnswer('default')).toEqual([])
    expect(await store.progress('default', turn.id)).toEqual({ total: 2, sent: 0, trouble: undefined })
  })

  it('names the conversations that wait for one', async () => {
    const store = open()
    await dispatched(store, 'm1', 'm2')
    expect(await store.conversationsToAnswer('default')).toEqual([withAlice])
    expect(await store.conversationsToAnswer('other')).toEqual([])
  })
})

describe('the outbox', () => {
  it('gives chunks in order and keeps the client id over attempts and restarts', async () => {
    const file = join(temporaryFolder(), 'store.sqlite')
    const store = open(file)
    await store.enqueue('default', withAlice, { groupId: 'g', chunks: ['one', 'two'] }, 5)
    const first = await next(store)
    await store.markAttempted(first, 6)
    expect(await next(open(file))).toEqual({ ...first, state: 'attempted', attempts: 1, attemptedMs: 6 })
    await store.markSent(first, 7)
    const second = await next(store)
    expect(second.text).toBe('two')
    expect(second.clientId).not.toBe(first.clientId)
  })

  it('does not count a refused attempt as an unconfirmed one', async () => {
    const store = open()
    await store.enqueue('default', withAlice, { groupId: 'g', chunks: ['one'] }, 5)
    const row = await next(store)
    await store.markAttempted(row, 6)
    await store.markUnsent(row, { state: 'parked', notBeforeMs: 99, reason: 'quota' })
    expect(await next(store)).toMatchObject({ state: 'parked', attempts: 0, notBeforeMs: 99 })
    await store.unpark('default', withAlice)
    expect(await next(store)).toMatchObject({ notBeforeMs: 0 })
  })

  it.each(['failed', 'uncertain', 'expired'] as const)(
    'counts a chunk that is %s as trouble and goes on',
    async (state) => {
      const store = open()
      await store.enqueue('default', withAlice, { groupId: 'g', chunks: ['one', 'two'] }, 5)
      await store.markUnsent(await next(store), { state, reason: 'because' })
      expect((await next(store)).text).toBe('two')
      expect(await store.outboxCounts('default')).toEqual({ waiting: 1, troubled: 1 })
      expect(await store.outboxCounts('other')).toEqual({ waiting: 0, troubled: 0 })
      expect(await store.progress('default', 'g')).toEqual({ total: 2, sent: 0, trouble: 'because' })
    },
  )
})

it('pruning forgets what ended and keeps what is open', async () => {
  const store = open()
  await dispatched(store, 'open')
  await store.acceptInbound(messageFrom(alice, 'ended'), 1)
  await store.settle(messageFrom(alice, 'ended'), 'dropped', 'dm-disabled')
  await store.enqueue('default', withAlice, { groupId: 'g', chunks: ['waiting'] }, 1)
  expect(await store.prune(2)).toBe(1)
  expect(await store.conversationsToAnswer('default')).toEqual([withAlice])
  expect((await next(store)).text).toBe('waiting')
})

it('a write that fails does not undo the others of its commit', async () => {
  const store = open()
  const broken = messageFrom(alice, 'bad')
  Object.defineProperty(broken, 'text', {
    enumerable: true,
    get: () => {
      throw new Error('broken')
    },
  })
  const results = await Promise.allSettled([
    store.acceptInbound(messageFrom(alice, 'm1'), 1),
    store.acceptInbound(broken, 1),
    store.acceptInbound(messageFrom(alice, 'm2'), 1),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await store.undecided('default')).toHaveLength(2)
})

it('a write after the store was closed is refused', async () => {
  const { store } = openSqliteStore(join(temporaryFolder(), 'store.sqlite'))
  await store.close()
  await expect(store.acceptInbound(messageFrom(alice, 'm1'), 1)).rejects.toThrow('not open')
})
