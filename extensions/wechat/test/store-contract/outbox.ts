/**
 * The outbox: order, attempts, parts that wait, and parts that were given up.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { alice, messageFrom, withAlice } from '../samples.ts'
import { type StoreStage, texts } from './stage.ts'

export function outboxContract(stage: StoreStage): void {
  const { claim, commit, dispatched, next, other, retention, take } = stage

  const parked = (cause: 'window' | 'quota' | 'rate' | 'offline', notBeforeMs: number) =>
    ({ state: 'parked', cause, notBeforeMs, reason: cause }) as const

  describe('the outbox', () => {
    const say = (...all: string[]) =>
      stage.account.enqueue(withAlice, { groupId: 'g', parts: texts(...all) }, 5)
    it('returns parts in order and keeps their client id over attempts and restarts', async () => {
      await say('one', 'two')
      const first = await next()
      const attempted = await stage.account.markAttempted(first, 6, 'relaxed')
      expect(attempted).toEqual({
        ...first,
        state: 'attempted',
        attempt: { firstMs: 6, lastMs: 6, count: 1 },
      })
      await stage.restart()
      expect(await next()).toEqual({ ...attempted, isCutOff: true })
      expect(await stage.account.markSent(first)).toBe(true)
      const second = await next()
      expect(second.part).toEqual({ text: 'two' })
      expect(second.clientId).not.toBe(first.clientId)
    })

    it('stores quotes and files of parts over restarts', async () => {
      const parts = [
        { text: 'one', quoteMessageId: 'm1' },
        { file: { blob: '1', name: 'a.md' } },
        { text: 'two' },
      ]
      await stage.account.enqueue(withAlice, { groupId: 'g', parts }, 5)
      await stage.restart()
      for (const part of parts) {
        const row = await next()
        expect(row.part).toEqual(part)
        await stage.account.markSent(row)
      }
    })

    it('counts consecutive unconfirmed attempts, but no attempt that was refused', async () => {
      await say('one')
      const row = await stage.account.markAttempted(await next(), 6, 'relaxed')
      await stage.account.markUnsent(row, { state: 'attempted', notBeforeMs: 8, reason: 'no answer' })
      expect(await stage.account.nextToSend(withAlice, 7)).toEqual({ dueMs: 8 })
      const again = await stage.account.markAttempted(await next(), 9, 'relaxed')
      expect(again.attempt).toEqual({ firstMs: 6, lastMs: 9, count: 2 })
      await stage.account.markUnsent(again, parked('rate', 20))
      expect(await next()).toMatchObject({ state: 'parked', attempt: undefined, notBeforeMs: 20 })
    })

    it('a parked part holds back later parts of its own answer only', async () => {
      await say('one', 'two')
      await stage.account.enqueue(withAlice, { groupId: 'h', parts: texts('other') }, 5)
      await stage.account.markUnsent(await next(), parked('window', 1_000))
      const row = await next()
      expect(row.part).toEqual({ text: 'other' })
      await stage.account.markSent(row)
      expect(await stage.account.nextToSend(withAlice, 100)).toEqual({ dueMs: 1_000 })
      expect((await next(withAlice, stage.account, 1_000)).part).toEqual({ text: 'one' })
    })

    it.each([
      ['window', true],
      ['quota', true],
      ['rate', false],
      ['offline', false],
    ] as const)('a message of the user unparks a part with the cause "%s": %s', async (cause, freed) => {
      await say('one')
      await stage.account.markUnsent(await next(), parked(cause, 1_000))
      const message = messageFrom(alice, 'm1')
      await stage.account.accept(message, 1)
      await stage.account.decide(message, { state: 'dispatched', reason: 'dm-open' }, 1)
      const found = await stage.account.nextToSend(withAlice, 100)
      if (freed) expect(found).toMatchObject({ row: { state: 'queued', notBeforeMs: 0 } })
      else expect(found).toEqual({ dueMs: 1_000 })
    })

    it('a message that is not dispatched unparks no part', async () => {
      await say('one')
      await stage.account.markUnsent(await next(), parked('window', 1_000))
      await take(stage.account, messageFrom(alice, 'm1'), 'dropped')
      expect(await stage.account.nextToSend(withAlice, 100)).toEqual({ dueMs: 1_000 })
    })

    it('unparks parts whose cause ended, and no others', async () => {
      await say('one')
      const withBob: Conversation = { kind: 'direct', id: 'bob' }
      await stage.account.enqueue(withBob, { groupId: 'b', parts: texts('two') }, 5)
      await stage.account.markUnsent(await next(), parked('offline', 1_000))
      await stage.account.markUnsent(await next(withBob), parked('rate', 1_000))
      await stage.account.unpark(['offline'])
      expect((await next()).part).toEqual({ text: 'one' })
      expect(await stage.account.nextToSend(withBob, 100)).toEqual({ dueMs: 1_000 })
    })

    it.each(['failed', 'uncertain', 'expired'] as const)(
      'counts a part that is %s as trouble and goes on',
      async (state) => {
        await say('one', 'two')
        await stage.account.markUnsent(await next(), { state, reason: 'because' })
        expect((await next()).part).toEqual({ text: 'two' })
        expect(await stage.account.outboxCounts()).toEqual({ waiting: 1, troubled: 1 })
        expect(await stage.harness.store.outboxCounts('default')).toEqual({ waiting: 1, troubled: 1 })
        expect(await stage.harness.store.outboxCounts('other')).toEqual({ waiting: 0, troubled: 0 })
        expect(await stage.account.progress('g')).toEqual({
          total: 2,
          sent: 0,
          givenUp: 1,
          trouble: 'because',
        })
      },
    )

    it('lists the blobs of an account until their rows are finished', async () => {
      const file = (blob: string) => ({ file: { blob, name: 'x' } })
      const parts = [file('sent'), file('failed'), { text: 'no file' }, file('queued')]
      await stage.account.enqueue(withAlice, { groupId: 'g', parts }, 1)
      await (await other()).enqueue(withAlice, { groupId: 'g', parts: [file('of another account')] }, 1)
      await stage.account.markSent(await next())
      await stage.account.markUnsent(await next(), { state: 'failed', reason: 'refused' })
      expect(await stage.account.blobsToSend()).toEqual(['queued'])
      await stage.account.markSent(await next())
      await stage.account.markAttempted(await next(), 3, 'relaxed')
      expect(await stage.account.blobsToSend()).toEqual(['queued'])
    })
  })

  describe('a message with a name', () => {
    const named = (text: string) => ({ groupId: 'send-1', parts: texts(text), once: true as const })

    it('is stored once, whatever is stored under its name later, also after a restart', async () => {
      expect(await stage.account.enqueue(withAlice, named('first'), 5)).toBe(true)
      await stage.restart()
      expect(await stage.account.enqueue(withAlice, named('second'), 6)).toBe(false)
      await stage.account.markSent(await next())
      expect(await stage.account.enqueue(withAlice, named('third'), 7)).toBe(false)
      expect(await stage.account.progress('send-1')).toMatchObject({ total: 1, sent: 1 })
      expect(await stage.harness.store.progress('default', 'send-1')).toMatchObject({ total: 1, sent: 1 })
      expect(await stage.harness.store.progress('other', 'send-1')).toMatchObject({ total: 0 })
    })

    it('belongs to its account', async () => {
      await stage.account.enqueue(withAlice, named('first'), 5)
      expect(await (await other()).enqueue(withAlice, named('first'), 5)).toBe(true)
    })
  })

  describe('texts of schedules', () => {
    const schedule = async (groupId: string, ...all: string[]) =>
      stage.account.enqueue(withAlice, { groupId, parts: texts(...all), purpose: 'scheduled' }, 5)
    const waiting = async (nowMs = 100) => stage.account.scheduledTexts(withAlice, nowMs)
    const groups = async (nowMs?: number) => (await waiting(nowMs)).map(({ groupId }) => groupId)

    it('are those that can be sent now, of one part, whose attempt is not open', async () => {
      await schedule('a', 'one')
      await schedule('long', 'two', 'three')
      await schedule('b', 'four')
      await schedule('parked', 'five')
      await stage.account.enqueue(withAlice, { groupId: 'notice', parts: texts('six') }, 5)
      await stage.account.enqueue(
        { kind: 'direct', id: 'bob' },
        { groupId: 'bob', parts: texts('x'), purpose: 'scheduled' },
        5,
      )
      const [first, , third] = await waiting()
      if (first === undefined || third === undefined) throw new Error('too few')
      await stage.account.markUnsent(third, parked('rate', 1_000))
      expect(await groups()).toEqual(['a', 'b'])
      expect(await groups(1_000)).toEqual(['a', 'b', 'parked'])
      await stage.account.markAttempted(first, 6, 'relaxed')
      expect(await groups()).toEqual(['b'])
    })

    it('are sent as one, and what becomes of it becomes of each', async () => {
      for (const group of ['a', 'b', 'c']) await schedule(group, group)
      const [carrier, ...others] = await waiting()
      if (carrier === undefined) throw new Error('too few')
      const merged = await stage.account.merge(carrier, 'all', others)
      expect(merged).toEqual({ ...carrier, part: { text: 'all' } })
      await stage.restart()
      expect((await next()).part).toEqual({ text: 'all' })
      expect(await stage.account.outboxCounts()).toEqual({ waiting: 1, troubled: 0 })
      for (const group of ['a', 'b', 'c'])
        expect(await stage.account.progress(group)).toMatchObject({ total: 1, sent: 0, givenUp: 0 })
      await schedule('later', 'd')
      expect(await groups()).toEqual(['later'])
      await stage.account.markSent(await next())
      for (const group of ['a', 'b', 'c'])
        expect(await stage.account.progress(group)).toMatchObject({ total: 1, sent: 1, givenUp: 0 })
    })

    it('stay as they are where one of them waits no more', async () => {
      for (const group of ['a', 'b']) await schedule(group, group)
      const [carrier, ...others] = await waiting()
      if (carrier === undefined) throw new Error('too few')
      await stage.account.withdraw(
        others.map(({ id }) => id),
        'dropped',
      )
      expect(await stage.account.merge(carrier, 'all', others)).toBeUndefined()
      expect((await next()).part).toEqual({ text: 'a' })
      expect(await stage.account.progress('b')).toMatchObject({ givenUp: 1 })
    })
  })

  describe('a part that was given up', () => {
    const report = (text: string, nowMs: number) => ({
      parts: texts(text),
      nowMs,
      sinceMs: nowMs - 100,
    })
    const failed = { state: 'failed', reason: 'final' } as const

    async function answer(...parts: string[]): Promise<void> {
      await stage.account.enqueue(withAlice, { groupId: 'g', parts: texts(...parts), purpose: 'answer' }, 5)
    }
    const shown = async (which: 'waiting' | 'failed') =>
      (await stage.account.listOutbox({ which })).map(({ part }) => 'text' in part && part.text)

    it('is reported in the same commit, once in a time, also after texts were removed', async () => {
      await answer('one', 'two', 'three')
      await stage.account.markUnsent(await next(), failed, report('lost', 1_000))
      await stage.account.markUnsent(await next(), failed, report('lost again', 1_099))
      expect(await shown('waiting')).toEqual(['three', 'lost'])
      const [, told] = await stage.account.listOutbox({ which: 'waiting' })
      if (told !== undefined) await stage.account.markSent(told)
      await stage.harness.store.prune(retention({ nowMs: 1_110, textsMs: new Map([['default', 0]]) }))
      await stage.account.markUnsent(await next(), failed, report('lost again', 1_099))
      expect(await shown('waiting')).toEqual([])
    })

    it('is known to the turns of its conversation until one of them is answered', async () => {
      await answer('one')
      await stage.account.markUnsent(await next(), failed)
      await dispatched('m1')
      const turn = await claim()
      expect(turn.undelivered).toMatchObject([{ part: { text: 'one' } }])
      await answer('two')
      await stage.account.markUnsent(await next(), failed)
      expect((await claim()).undelivered).toHaveLength(2)
      await commit(turn, { parts: [] })
      await dispatched('m2')
      const following = await claim()
      expect(following.undelivered).toMatchObject([{ part: { text: 'two' } }])
      await commit(following, { parts: [], failure: 'no model' })
      await dispatched('m3')
      expect((await claim()).undelivered).toHaveLength(1)
      const bobs = messageFrom('bob', 'b1')
      await take(stage.account, bobs, 'dispatched')
      expect((await claim(bobs.conversation)).undelivered).toEqual([])
    })

    it('is listed, can be queued again or dropped, and a file of it is gone', async () => {
      await answer('one', 'two')
      const file = { blob: 'run-1', name: 'a.txt' }
      await stage.account.enqueue(withAlice, { groupId: 'f', parts: [{ file }], purpose: 'answer' }, 5)
      for (let n = 0; n < 3; n++) await stage.account.markUnsent(await next(), failed)
      const rows = await stage.account.listOutbox({ which: 'failed' })
      expect(rows.map(({ reason }) => reason)).toEqual(['final', 'final', 'final'])
      const ids = rows.map(({ id }) => id)
      expect(await (await other()).retry(ids, 50)).toEqual([])
      const again = await stage.account.retry(ids, 50)
      expect(again.map(({ part }) => 'text' in part && part.text).sort()).toEqual(['one', 'two'])
      expect(await next()).toMatchObject({ state: 'queued', createdMs: 50, reason: '' })
      expect(await stage.account.withdraw(ids, 'dropped')).toHaveLength(3)
      expect(await stage.account.outboxCounts()).toEqual({ waiting: 0, troubled: 0 })
    })
  })

  describe('parts that wait', () => {
    it('are listed by answer, oldest first, and taken back unless they are being sent', async () => {
      const entry = (groupId: string, ...parts: string[]) => ({
        groupId,
        parts: texts(...parts),
        purpose: 'answer' as const,
      })
      await stage.account.enqueue(withAlice, entry('old', 'one'), 5)
      await stage.account.enqueue(withAlice, entry('new', 'two', 'three'), 5)
      await stage.account.enqueue(withAlice, { groupId: 'n', parts: texts('a notice') }, 5)
      await stage.account.markAttempted(await next(), 6, 'durable')
      const last = await stage.account.listOutbox({ which: 'waiting', answersIn: withAlice })
      expect(last).toMatchObject([{ part: { text: 'two' } }, { part: { text: 'three' } }])
      const all = await stage.account.listOutbox({ which: 'waiting' })
      expect(all).toHaveLength(4)
      const taken = await stage.account.withdraw(
        all.map(({ id }) => id),
        'stopped',
      )
      expect(taken.map(({ groupId }) => groupId).sort()).toEqual(['n', 'new', 'new'])
      const [gone] = taken
      if (gone === undefined) throw new Error('nothing was taken back')
      expect(await stage.account.markAttempted(gone, 7, 'relaxed')).toMatchObject({ state: 'withdrawn' })
      expect(await stage.account.waitingIn(withAlice)).toBe(1)
      expect(await stage.account.progress('new')).toMatchObject({ total: 2, sent: 0, givenUp: 2 })
      const of = await stage.account.listOutbox({ which: 'waiting', groupId: 'old' })
      expect(of).toMatchObject([{ state: 'attempted' }])
    })
  })

  it('what waits keeps its age when the clock is set', async () => {
    await dispatched('m1', 'm2')
    await stage.account.enqueue(withAlice, { groupId: 'g', parts: texts('queued', 'parked') }, 5)
    const row = await stage.account.markAttempted(await next(), 6, 'durable')
    await stage.account.markUnsent(row, { state: 'parked', cause: 'rate', notBeforeMs: 50, reason: 'busy' })
    await stage.harness.store.moveTimes(1_000)
    expect(await stage.account.nextToSend(withAlice, 1_049)).toEqual({ dueMs: 1_050 })
    expect(await next(withAlice, stage.account, 1_050)).toMatchObject({ createdMs: 1_005 })
    expect(await stage.stale({ receivedMs: 1_001, sentMs: 0 })).toBe(0)
    expect(await stage.stale({ receivedMs: 1_002, sentMs: 0 })).toBe(2)
    await stage.harness.store.moveTimes(-1_000)
    expect(await next(withAlice, stage.account, 50)).toMatchObject({ createdMs: 5 })
  })

  it('returns the last words of a conversation that are stored', async () => {
    expect(await stage.account.lastWords(withAlice)).toBe('')
    await dispatched('m1', 'm2')
    expect(await stage.account.lastWords(withAlice)).toBe('text of m2')
    await stage.harness.spoil({ messageId: 'm2' })
    expect(await stage.account.lastWords(withAlice)).toBe('')
  })
}
