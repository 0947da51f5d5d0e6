/**
 * What every store must do, run on the SQLite one.
 */

import { join } from 'node:path'
import type { Conversation } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { alice, messageFrom, temporaryFolder, withAlice } from '../../test/samples.ts'
import { openSqliteStore } from './sqlite-store.ts'
import type { OutboxRow, Store } from './store.ts'

const limits = { messages: 50, history: 20 }
const texts = (...all: string[]) => all.map((text) => ({ text }))
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
      messageFrom(alice, id, {
        sender: { id: alice, label: '爱丽丝' },
        quote: { text: '[image]', fromBot: false, file: { id: 'quote:1', kind: 'image' } },
      }),
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
    const turn = await store.claimTurn('default', withAlice, 'all', { ...limits, messages: 2 })
    expect(turn?.messages.map(({ id }) => id)).toEqual(['m1', 'm2'])
  })

  it('takes the burst of one sender, or what everybody wrote', async () => {
    const store = open()
    const group = { kind: 'group', id: 'room1' } as const
    for (const [id, sender] of [
      ['m1', alice],
      ['m2', alice],
      ['m3', 'bob'],
      ['m4', alice],
    ] as const) {
      const message = messageFrom(sender, id, { conversation: group })
      await store.acceptInbound(message, 1)
      await store.dispatch(message, 'group-mentioned')
    }
    const claimed = async (take: 'burst' | 'all') => {
      const turn = await store.claimTurn('default', group, take, limits)
      if (turn !== undefined) await store.commitReply(turn, [], 2)
      return turn?.messages.map(({ id }) => id)
    }
    expect(await claimed('burst')).toEqual(['m1', 'm2'])
    expect(await claimed('all')).toEqual(['m3', 'm4'])
    expect(await claimed('burst')).toBeUndefined()
  })

  it('is the same turn with the same messages when it is claimed again', async () => {
    const file = join(temporaryFolder(), 'store.sqlite')
    const before = open(file)
    await dispatched(before, 'm1')
    const first = await before.claimTurn('default', withAlice, 'all', limits)
    await dispatched(before, 'm2')
    expect(await open(file).claimTurn('default', withAlice, 'all', limits)).toEqual(first)
  })

  it('is not run again once its reply is committed', async () => {
    const store = open()
    await dispatched(store, 'm1')
    const turn = await store.claimTurn('default', withAlice, 'all', limits)
    if (turn === undefined) throw new Error('no turn')
    await store.commitReply(turn, texts('one', 'two'), 5)
    await store.commitReply(turn, texts('said twice?'), 6)
    expect(await store.claimTurn('default', withAlice, 'all', limits)).toBeUndefined()
    expect(await store.conversationsToAnswer('default')).toEqual([])
    expect(await store.progress('default', turn.id)).toEqual({
      total: 2,
      sent: 0,
      givenUp: 0,
      trouble: undefined,
    })
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
    await store.enqueue('default', withAlice, { groupId: 'g', parts: texts('one', 'two') }, 5)
    const first = await next(store)
    await store.markAttempted(first, 6)
    expect(await next(open(file))).toEqual({ ...first, state: 'attempted', attempts: 1, attemptedMs: 6 })
    await store.markSent(first, 7)
    const second = await next(store)
    expect(second.part).toEqual({ text: 'two' })
    expect(second.clientId).not.toBe(first.clientId)
  })

  it('keeps what a text quotes over restarts', async () => {
    const file = join(temporaryFolder(), 'store.sqlite')
    const parts = [{ text: 'one', quoteMessageId: 'm1' }, { text: 'two' }]
    await open(file).enqueue('default', withAlice, { groupId: 'g', parts }, 5)
    const store = open(file)
    const first = await next(store)
    expect(first.part).toEqual(parts[0])
    await store.markSent(first, 6)
    expect((await next(store)).part).toEqual(parts[1])
  })

  it('does not count a refused attempt as an unconfirmed one', async () => {
    const store = open()
    await store.enqueue('default', withAlice, { groupId: 'g', parts: texts('one') }, 5)
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
      await store.enqueue('default', withAlice, { groupId: 'g', parts: texts('one', 'two') }, 5)
      await store.markUnsent(await next(store), { state, reason: 'because' })
      expect((await next(store)).part).toEqual({ text: 'two' })
      expect(await store.outboxCounts('default')).toEqual({ waiting: 1, troubled: 1 })
      expect(await store.outboxCounts('other')).toEqual({ waiting: 0, troubled: 0 })
      expect(await store.progress('default', 'g')).toEqual({
        total: 2,
        sent: 0,
        givenUp: 1,
        trouble: 'because',
      })
    },
  )
})

it('tells the ids of the people and groups that wrote last, of one account', async () => {
  const store = open()
  const inGroup = { conversation: { kind: 'group', id: 'room1' } } as const
  await store.acceptInbound(messageFrom('long ago', 'm1'), 1)
  await store.acceptInbound(messageFrom('bob', 'm2', inGroup), 2)
  await store.acceptInbound(messageFrom(alice, 'm3'), 3)
  await store.acceptInbound(messageFrom('other', 'm4', { accountId: 'b' }), 4)
  expect(new Set(await store.seenIds('default', 3))).toEqual(new Set(['room1', 'bob', alice]))
})

it('pruning forgets what ended and keeps what is open', async () => {
  const store = open()
  await dispatched(store, 'open')
  await store.acceptInbound(messageFrom(alice, 'ended'), 1)
  await store.settle(messageFrom(alice, 'ended'), 'dropped', 'dm-disabled')
  await store.enqueue('default', withAlice, { groupId: 'g', parts: texts('waiting') }, 1)
  expect(await store.prune(2, 20)).toBe(1)
  expect(await store.conversationsToAnswer('default')).toEqual([withAlice])
  expect((await next(store)).part).toEqual({ text: 'waiting' })
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

describe('the history of a group', () => {
  const group = { kind: 'group', id: 'room1' } as const
  const inGroup = (id: string, changes = {}) => messageFrom(alice, id, { conversation: group, ...changes })

  async function take(store: Store, id: string, state: 'recorded' | 'dropped' | 'dispatched', changes = {}) {
    const message = inGroup(id, changes)
    await store.acceptInbound(message, 1)
    if (state === 'dispatched') await store.dispatch(message, 'group-mentioned')
    else await store.settle(message, state, 'because')
  }
  async function answer(store: Store, conversation: Conversation) {
    const turn = await store.claimTurn('default', conversation, 'all', limits)
    if (turn !== undefined) await store.commitReply(turn, texts('answer'), 2)
  }
  const ids = (messages: readonly { id: string }[] | undefined) => messages?.map(({ id }) => id)

  it('is what was recorded since the last reply, the newest that fit the limit, and survives a restart', async () => {
    const file = join(temporaryFolder(), 'store.sqlite')
    const store = open(file)
    for (const id of ['h1', 'h2', 'h3']) await take(store, id, 'recorded')
    await take(store, 'excluded', 'dropped')
    await take(store, 'asked', 'dispatched')
    const turn = await open(file).claimTurn('default', group, 'all', { messages: 50, history: 2 })
    expect(ids(turn?.history)).toEqual(['h2', 'h3'])
  })

  it('is cleared by the reply, but for what was said after the question', async () => {
    const store = open()
    await take(store, 'before', 'recorded')
    await take(store, 'asked', 'dispatched')
    const turn = await store.claimTurn('default', group, 'all', limits)
    await take(store, 'meanwhile', 'recorded')
    if (turn !== undefined) await store.commitReply(turn, texts('answer'), 2)
    await take(store, 'asked again', 'dispatched')
    expect(ids((await store.claimTurn('default', group, 'all', limits))?.history)).toEqual(['meanwhile'])
  })

  it('is that of one account and one group', async () => {
    const store = open()
    await take(store, 'h1', 'recorded', { accountId: 'other' })
    await take(store, 'h2', 'recorded', { conversation: { kind: 'group', id: 'room2' } })
    await take(store, 'asked', 'dispatched')
    expect((await store.claimTurn('default', group, 'all', limits))?.history).toEqual([])
  })

  it('is kept up to its limit however old it is, and what was answered is not', async () => {
    const store = open()
    const historyNext = async (id: string) => {
      await take(store, id, 'dispatched')
      const turn = await store.claimTurn('default', group, 'all', limits)
      if (turn !== undefined) await store.commitReply(turn, [], 2)
      return ids(turn?.history)
    }
    for (const id of ['h1', 'h2', 'h3']) await take(store, id, 'recorded')
    expect(await store.prune(10, 2)).toBe(1)
    expect(await historyNext('asked')).toEqual(['h2', 'h3'])
    expect(await store.prune(10, 2)).toBe(3)
    expect(await historyNext('asked again')).toEqual([])
  })

  it('is kept when old for a thousand groups of an account; the quietest goes first', async () => {
    const store = open()
    const all = Array.from({ length: 1_001 }, (_, n) =>
      inGroup('h', { conversation: { kind: 'group', id: `room${n}` } }),
    )
    await Promise.all(all.map((message) => store.acceptInbound(message, 1)))
    await Promise.all(all.map((message) => store.settle(message, 'recorded', 'because')))
    expect(await store.prune(10, 20)).toBe(1)
    expect(await store.kindOf('default', 'room0')).toBeUndefined()
    expect(await store.kindOf('default', 'room1')).toBe('group')
  })

  it('that was cleared does not come back when marks of the past are pruned', async () => {
    const store = open()
    await take(store, 'before', 'recorded')
    await take(store, 'asked', 'dispatched')
    await answer(store, group)
    await store.prune(0, 50)
    await take(store, 'asked again', 'dispatched')
    expect(ids((await store.claimTurn('default', group, 'all', limits))?.history)).toEqual([])
  })

  it('begins anew after a week in which nothing was said', async () => {
    const store = open()
    for (const id of ['h1', 'h2', 'h3']) await take(store, id, 'recorded')
    await take(store, 'asked', 'dispatched')
    await answer(store, group)
    await store.prune(1_000, 50)
    await take(store, 'new', 'recorded')
    await take(store, 'asked again', 'dispatched')
    expect(ids((await store.claimTurn('default', group, 'all', limits))?.history)).toEqual(['new'])
  })

  it('is kept for 1,000 groups of an account; those that were quiet longest lose theirs', async () => {
    const store = open()
    const room = (n: number): Conversation => ({ kind: 'group', id: `room${n}` })
    const rooms = Array.from({ length: 1_002 }, (_, n) => room(n))
    await Promise.all(rooms.map((conversation, n) => take(store, `h${n}`, 'recorded', { conversation })))
    await take(store, 'late', 'recorded', { conversation: room(0) })
    await take(store, 'elsewhere', 'recorded', { accountId: 'other', conversation: room(1) })
    await store.prune(0, 50)
    const kept = async (accountId: string, n: number) => {
      await take(store, `asked ${n}`, 'dispatched', { accountId, conversation: room(n) })
      return ids((await store.claimTurn(accountId, room(n), 'all', limits))?.history)
    }
    expect(await kept('default', 0)).toEqual(['h0', 'late'])
    expect(await kept('default', 1)).toEqual([])
    expect(await kept('default', 2)).toEqual([])
    expect(await kept('default', 3)).toEqual(['h3'])
    expect(await kept('other', 1)).toEqual(['elsewhere'])
  })

  it('stays away from the agent when its limit is 0', async () => {
    const store = open()
    await take(store, 'h1', 'recorded')
    await take(store, 'asked', 'dispatched')
    expect((await store.claimTurn('default', group, 'all', { messages: 50, history: 0 }))?.history).toEqual(
      [],
    )
  })
})

it('a turn with a committed block says so when it is claimed again', async () => {
  const store = open()
  await dispatched(store, 'm1')
  const turn = await store.claimTurn('default', withAlice, 'all', limits)
  if (turn === undefined) throw new Error('no turn')
  expect(turn.partlyAnswered).toBe(false)
  await store.commitBlock(turn, texts('the beginning'), 2)
  expect((await store.claimTurn('default', withAlice, 'all', limits))?.partlyAnswered).toBe(true)
  expect((await next(store)).part).toEqual({ text: 'the beginning' })
})

it('a file keeps its place among the texts', async () => {
  const store = open()
  const file = { path: '/state/outgoing/1.md', name: 'answer.md' }
  await store.enqueue('default', withAlice, { groupId: 'g', parts: [{ file }, { text: 'after' }] }, 1)
  expect((await next(store)).part).toEqual({ file })
})

it('the files of an account are named until their rows have ended', async () => {
  const store = open()
  const part = (path: string) => ({ file: { path, name: 'x' } })
  const parts = [part('/sent'), part('/failed'), part('/parked'), { text: 'no file' }, part('/queued')]
  await store.enqueue('default', withAlice, { groupId: 'g', parts }, 1)
  await store.enqueue('other', withAlice, { groupId: 'g', parts: [part('/of another account')] }, 1)
  await store.markSent(await next(store), 2)
  await store.markUnsent(await next(store), { state: 'failed', reason: 'refused' })
  await store.markUnsent(await next(store), { state: 'parked', notBeforeMs: 99, reason: 'quota' })
  expect(await store.filesToSend('default')).toEqual(['/parked', '/queued'])
  await store.markAttempted(await next(store), 3)
  expect(await store.filesToSend('default')).toEqual(['/parked', '/queued'])
})

it('a write after the store was closed is refused', async () => {
  const { store } = openSqliteStore(join(temporaryFolder(), 'store.sqlite'))
  await store.close()
  await expect(store.acceptInbound(messageFrom(alice, 'm1'), 1)).rejects.toThrow('not open')
})

it('an account remembers the puppet of its last login, over restarts', async () => {
  const file = join(temporaryFolder(), 'store.sqlite')
  const first = open(file)
  expect(await first.lastPuppet('a')).toBeUndefined()
  await first.noteLogin('a', 'wechaty-puppet-mock')
  await first.noteLogin('a', 'wechaty-puppet-ilink')
  await first.noteLogin('b', 'wechaty-puppet-service')
  const second = open(file)
  expect(await second.lastPuppet('a')).toBe('wechaty-puppet-ilink')
  expect(await second.lastPuppet('b')).toBe('wechaty-puppet-service')
})
