/**
 * The contract of every store. An implementation calls it with a function that opens an empty store.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OutboxRow } from '../src/model/outbox.ts'
import {
  type AccountStore,
  type ClaimedTurn,
  maxRefused,
  type Retention,
  type Store,
  type TurnEnd,
} from '../src/store/store.ts'
import { alice, messageFrom, withAlice } from './samples.ts'

export interface StoreHarness {
  readonly store: Store
  /** Opens the same data like another process after this one was killed. */
  reopen(): Promise<Store>
  /** Makes the row of a message, or the outbox rows with this text, unreadable. */
  spoil(what: { readonly messageId: string } | { readonly text: string }): Promise<void>
  dispose(): Promise<void>
}

const limits = { messages: 50, history: 20 }
const texts = (...all: string[]) => all.map((text) => ({ text }))
const group = { kind: 'group', id: 'room1' } as const
const week = 7 * 24 * 60 * 60_000

export function storeContract(name: string, open: () => Promise<StoreHarness>): void {
  describe(`${name}: the store contract`, () => {
    let harness: StoreHarness
    let account: AccountStore

    beforeEach(async () => {
      harness = await open()
      account = await harness.store.openAccount('default', 'test')
    })
    afterEach(() => harness.dispose())

    const other = () => harness.store.openAccount('other', 'test')
    const reopened = async () => (await harness.reopen()).openAccount('default', 'next')
    const retention = (changes: Partial<Retention> = {}): Retention => ({
      nowMs: week + 10,
      rowsMs: week,
      textsMs: new Map(),
      otherTextsMs: week,
      history: 20,
      signal: new AbortController().signal,
      ...changes,
    })

    async function dispatched(...ids: string[]): Promise<void> {
      for (const id of ids) await take(account, messageFrom(alice, id), 'dispatched')
    }

    async function take(
      of: AccountStore,
      message: ReturnType<typeof messageFrom>,
      state: 'recorded' | 'dropped' | 'dispatched',
    ) {
      await of.accept(message, 1)
      await of.decide(message, { state, reason: 'because' }, 1)
    }

    async function claim(conversation: Conversation = withAlice, of = account): Promise<ClaimedTurn> {
      const turn = await of.claimTurn(conversation, 'all', limits)
      if (turn === undefined) throw new Error('no turn')
      return turn
    }

    const commit = (turn: ClaimedTurn, end: TurnEnd, attempt = false) =>
      account.commitReply(turn, end, { nowMs: 5, attempt })

    async function next(
      conversation: Conversation = withAlice,
      of = account,
      nowMs = 100,
    ): Promise<OutboxRow> {
      const found = await of.nextToSend(conversation, nowMs)
      if (found === undefined || !('row' in found))
        throw new Error(`nothing to send: ${JSON.stringify(found)}`)
      return found.row
    }

    const ids = (messages: readonly { id: string }[]) => messages.map(({ id }) => id)

    describe('a lease', () => {
      it('goes to the next process that opens the account, and the previous holder can no longer write', async () => {
        await dispatched('m1')
        const turn = await claim()
        const successor = await harness.store.openAccount('default', 'successor')
        const late = [
          account.accept(messageFrom(alice, 'late'), 1),
          account.decide(messageFrom(alice, 'm1'), { state: 'dropped', reason: 'late' }, 1),
          account.noteUnreadable('late', 'late', 1),
          account.refuse(messageFrom(alice, 'late'), { reason: 'late' }, 1),
          account.takeOut(turn.messages, 'recorded', 'late'),
          account.claimTurn(withAlice, 'all', limits),
          account.commitBlock(turn, texts('late'), 1),
          commit(turn, { parts: texts('late') }),
          account.enqueue(withAlice, { groupId: 'late', parts: texts('late') }, 1),
          account.unpark(['rate']),
          account.withdraw([1], 'late'),
          account.retry([1], 1),
          account.noteLogin('late'),
          account.noteRest(undefined),
          account.puppetState.write([{ kind: 'k', key: 'late', value: 'late', atMs: 1 }], 'relaxed'),
        ]
        for (const write of late) await expect(write).rejects.toMatchObject({ code: 'lease-lost' })
        expect(await successor.conversationsToSend()).toEqual([])
        expect((await claim(withAlice, successor)).id).toBe(turn.id)
      })

      it('that was released rejects writes, and does not affect another account', async () => {
        const neighbour = await other()
        await account.release()
        await expect(account.accept(messageFrom(alice, 'm1'), 1)).rejects.toMatchObject({
          code: 'lease-lost',
        })
        await neighbour.accept(messageFrom(alice, 'm1', { accountId: 'other' }), 1)
      })

      it('that ended marks its attempted parts and turns as interrupted', async () => {
        await account.enqueue(withAlice, { groupId: 'g', parts: texts('one') }, 5)
        expect(await account.markAttempted(await next(), 6, 'durable')).toMatchObject({ isCutOff: false })
        expect(await next(withAlice, await reopened())).toMatchObject({ state: 'attempted', isCutOff: true })
      })
    })

    describe('the journal', () => {
      it('accepts a message once', async () => {
        expect(await account.accept(messageFrom(alice, 'm1'), 1)).toBe('accepted')
        expect(await account.accept(messageFrom(alice, 'm1', { text: 'other' }), 2)).toBe('duplicate')
      })

      it.each([
        ['another conversation', messageFrom(alice, 'm1', { conversation: { kind: 'direct', id: 'bob' } })],
        [
          'a group with the id of a person',
          messageFrom(alice, 'm1', { conversation: { kind: 'group', id: alice } }),
        ],
      ])('does not treat the same id in %s as a duplicate', async (_name, message) => {
        await account.accept(messageFrom(alice, 'm1'), 1)
        expect(await account.accept(message, 1)).toBe('accepted')
      })

      it('does not treat the same id in another account as a duplicate', async () => {
        await account.accept(messageFrom(alice, 'm1'), 1)
        const message = messageFrom(alice, 'm1', { accountId: 'other' })
        expect(await (await other()).accept(message, 1)).toBe('accepted')
      })

      it('returns accepted messages without a decision unchanged, oldest first', async () => {
        const messages = ['m1', 'm2', 'm3'].map((id) =>
          messageFrom(alice, id, {
            sender: { id: alice, label: '爱丽丝' },
            quote: { text: '[image]', fromBot: false, file: { id: 'quote:1', kind: 'image' } },
          }),
        )
        await Promise.all(messages.map((message) => account.accept(message, 1)))
        await account.decide(messageFrom(alice, 'm2'), { state: 'dropped', reason: 'dm-disabled' }, 1)
        expect(await account.undecided()).toEqual([messages[0], messages[2]])
        expect(await (await other()).undecided()).toEqual([])
      })

      it('stores a notice with the decision that it belongs to, and a second decision adds none', async () => {
        const message = messageFrom(alice, 'm1')
        await account.accept(message, 1)
        const say = { groupId: 'notice', parts: texts('your code') }
        await account.decide(message, { state: 'dropped', reason: 'dm-unknown-sender', say }, 1)
        await account.decide(message, { state: 'dropped', reason: 'dm-unknown-sender', say }, 1)
        expect(await account.progress('notice')).toMatchObject({ total: 1 })
        expect((await next()).part).toEqual({ text: 'your code' })
      })

      it('counts a message that the puppet could not deliver once', async () => {
        await account.noteUnreadable('m1', 'the puppet did not answer', 1)
        await account.noteUnreadable('m1', 'the puppet did not answer', 2)
        expect(await account.setAsideCount()).toBe(1)
        expect(await (await other()).setAsideCount()).toBe(0)
        expect(await account.undecided()).toEqual([])
      })
    })

    describe('a refusal', () => {
      it('stores no text, says its notice once, and makes the message a duplicate', async () => {
        const refusal = { reason: 'because', say: { groupId: 'g', parts: texts('a code') } }
        expect(await account.refuse(messageFrom(alice, 'm1'), refusal, 1)).toBe('refused')
        expect(await account.refuse(messageFrom(alice, 'm1'), refusal, 2)).toBe('duplicate')
        expect(await account.accept(messageFrom(alice, 'm1'), 3)).toBe('duplicate')
        expect(await account.progress('g')).toMatchObject({ total: 1 })
      })

      it('applies to a message that was accepted, but not to one that was decided on', async () => {
        await account.accept(messageFrom(alice, 'm1'), 1)
        await dispatched('m2')
        expect(await account.refuse(messageFrom(alice, 'm1'), { reason: 'because' }, 2)).toBe('refused')
        expect(await account.refuse(messageFrom(alice, 'm2'), { reason: 'because' }, 2)).toBe('duplicate')
        expect(await account.undecided()).toEqual([])
        expect(ids((await claim()).messages)).toEqual(['m2'])
      })

      it('is stored for the newest messages of each account only', async () => {
        for (let n = 0; n <= maxRefused; n++) {
          await account.refuse(messageFrom(alice, `m${n}`), { reason: 'because' }, n)
        }
        expect(await account.accept(messageFrom(alice, 'm1'), 1)).toBe('duplicate')
        expect(await account.accept(messageFrom(alice, 'm0'), 1)).toBe('accepted')
      })
    })

    describe('a message that is taken out of its turn', () => {
      it('is not answered; recorded it is history of the next turn, refused it is not', async () => {
        for (const id of ['m1', 'm2', 'm3']) {
          await take(account, messageFrom(alice, id, { conversation: group }), 'dispatched')
        }
        const [first, second] = (await claim(group)).messages
        if (first === undefined || second === undefined) throw new Error('no message')
        await account.takeOut([first], 'refused', 'because')
        await account.takeOut([second], 'recorded', 'because')
        const { messages, history } = await claim(group)
        expect(ids(messages)).toEqual(['m3'])
        expect(ids(history)).toEqual(['m2'])
      })

      it('leaves no turn behind when it was the only one', async () => {
        await dispatched('m1')
        await account.takeOut((await claim()).messages, 'refused', 'because')
        expect(await account.claimTurn(withAlice, 'all', limits)).toBeUndefined()
        expect(await account.turnsSince(withAlice, 0)).toBe(0)
      })
    })

    it('counts the turns of a conversation since a time, each once, without one that is excepted', async () => {
      await dispatched('m1', 'm2')
      const turn = await claim()
      expect(await account.turnsSince(withAlice, 0)).toBe(1)
      expect(await account.turnsSince(withAlice, 0, turn.id)).toBe(0)
      await commit(turn, { parts: [] })
      expect(await (await reopened()).turnsSince(withAlice, 0)).toBe(1)
      expect(await account.turnsSince(withAlice, 1)).toBe(0)
      expect(await account.turnsSince({ kind: 'direct', id: 'bob' }, 0)).toBe(0)
    })

    describe('a turn', () => {
      it('includes queued messages in order, up to the limit', async () => {
        await dispatched('m1', 'm2', 'm3')
        const turn = await account.claimTurn(withAlice, 'all', { ...limits, messages: 2 })
        expect(ids(turn?.messages ?? [])).toEqual(['m1', 'm2'])
      })

      it('includes the burst of one sender, or the messages of all senders', async () => {
        const senders = { m1: alice, m2: alice, m3: 'bob', m4: alice }
        for (const [id, sender] of Object.entries(senders)) {
          await take(account, messageFrom(sender, id, { conversation: group }), 'dispatched')
        }
        const claimed = async (mode: 'burst' | 'all') => {
          const turn = await account.claimTurn(group, mode, limits)
          if (turn !== undefined) await commit(turn, { parts: [] })
          return turn && ids(turn.messages)
        }
        expect(await claimed('burst')).toEqual(['m1', 'm2'])
        expect(await claimed('all')).toEqual(['m3', 'm4'])
        expect(await claimed('burst')).toBeUndefined()
      })

      it('has the same messages and the next attempt number when it is claimed again', async () => {
        await dispatched('m1')
        const first = await claim()
        expect(first.attempt).toBe(1)
        await dispatched('m2')
        expect(await claim(withAlice, await reopened())).toEqual({ ...first, attempt: 2, deaths: 1 })
      })

      it('counts the holders of the store that ended while it was under way, and no stop', async () => {
        await dispatched('m1')
        expect(await claim()).toMatchObject({ deaths: 0 })
        const second = await reopened()
        expect(await claim(withAlice, second)).toMatchObject({ deaths: 1 })
        expect(await claim(withAlice, second)).toMatchObject({ deaths: 1, attempt: 3 })
        await second.release()
        const third = await reopened()
        // It ends without having claimed the turn: the turn cannot be the reason.
        const fourth = await reopened()
        expect(await claim(withAlice, fourth)).toMatchObject({ deaths: 1 })
        expect(await claim(withAlice, await reopened())).toMatchObject({ deaths: 2 })
        await third.release()
      })

      it('counts an end for as many deaths as it is said to be, and none for a turn that waits', async () => {
        await dispatched('m1')
        await claim()
        const open = async () => (await harness.reopen()).openAccount('default', 'next', 10)
        const second = await open()
        const turn = await claim(withAlice, second)
        expect(turn.deaths).toBe(10)
        await second.setUnderWay(turn, false)
        const third = await open()
        const again = await claim(withAlice, third)
        expect(again.deaths).toBe(10)
        await third.setUnderWay(again, false)
        await third.setUnderWay(again, true)
        expect(await claim(withAlice, await open())).toMatchObject({ deaths: 20 })
      })

      it('counts no death for another turn', async () => {
        await dispatched('m1')
        await commit(await claim(), { parts: [] })
        const second = await reopened()
        await take(second, messageFrom(alice, 'm2'), 'dispatched')
        expect(await claim(withAlice, second)).toMatchObject({ deaths: 0 })
      })

      it('is not run again after its reply is committed', async () => {
        await dispatched('m1')
        const turn = await claim()
        await commit(turn, { parts: texts('one', 'two') })
        await commit(turn, { parts: texts('said twice?') })
        expect(await account.claimTurn(withAlice, 'all', limits)).toBeUndefined()
        expect(await account.conversationsToAnswer()).toEqual([])
        expect(await account.progress(turn.id)).toEqual({ total: 2, sent: 0, givenUp: 0, trouble: undefined })
      })

      it('that failed is not run again, and stores its notice', async () => {
        await dispatched('m1')
        await commit(await claim(), { parts: texts('sorry'), failure: 'model-timeout: too slow' })
        expect(await account.claimTurn(withAlice, 'all', limits)).toBeUndefined()
        expect((await next()).part).toEqual({ text: 'sorry' })
      })

      it('with a committed block reports it when it is claimed again', async () => {
        await dispatched('m1')
        const turn = await claim()
        expect(turn.partlyAnswered).toBe(false)
        await account.commitBlock(turn, texts('the beginning'), 2)
        expect((await claim()).partlyAnswered).toBe(true)
        expect((await next()).part).toEqual({ text: 'the beginning' })
      })

      it('has the texts of its answer that were or will be sent, over restarts', async () => {
        await dispatched('m1')
        const turn = await claim()
        const file = { file: { blob: 'b', name: 'a.pdf' } }
        await account.commitBlock(turn, [...texts('one'), file, ...texts('two')], 1)
        await account.commitBlock(turn, texts('three'), 1)
        await account.enqueue(withAlice, { groupId: turn.id, parts: texts('a notice') }, 1)
        const last = (await account.listOutbox({ which: 'waiting', groupId: turn.id }))[3]
        await account.withdraw([last?.id ?? 0], 'not wanted')
        account = await reopened()
        expect(await account.answerTexts(turn.id)).toEqual(['one', 'two'])
        expect(await account.answerTexts('another')).toEqual([])
        expect(await (await other()).answerTexts(turn.id)).toEqual([])
      })

      it('returns its first part as attempted if the conversation has no other queued parts', async () => {
        await dispatched('m1')
        const first = await commit(await claim(), { parts: texts('one', 'two') }, true)
        expect(first).toMatchObject({ part: { text: 'one' }, state: 'attempted', isCutOff: false })
        await dispatched('m2')
        expect(await commit(await claim(), { parts: texts('three') }, true)).toBeUndefined()
        await dispatched('m3')
        expect(await commit(await claim(), { parts: [] }, true)).toBeUndefined()
      })

      it('leaves out messages that are too old, and records them instead, also those of an interrupted turn', async () => {
        const monthMs = 30 * 24 * 60 * 60_000
        const sentAt = (id: string, timestampMs: number) => messageFrom(alice, id, { timestampMs })
        const nowMs = 2 * monthMs
        for (const message of [
          sentAt('sent long ago', nowMs - 101),
          sentAt('sent in time', nowMs - 99),
          sentAt('with a date that cannot be right', nowMs - 2 * monthMs),
          sentAt('without a date', 0),
        ]) {
          await account.accept(message, nowMs)
          await account.decide(message, { state: 'dispatched', reason: 'r' }, nowMs)
        }
        await claim()
        const oldest = { receivedMs: nowMs - 100, sentMs: nowMs - 100 }
        expect(await account.recordStale(withAlice, oldest)).toBe(1)
        expect(await account.recordStale(withAlice, oldest)).toBe(0)
        expect(ids((await claim()).messages)).toEqual([
          'sent in time',
          'with a date that cannot be right',
          'without a date',
        ])
        expect(await account.recordStale(withAlice, { receivedMs: nowMs + 1, sentMs: 0 })).toBe(3)
        expect(await account.claimTurn(withAlice, 'all', limits)).toBeUndefined()
        expect(await account.conversationsToAnswer()).toEqual([])
      })

      it('with a committed block is not too old, since it is never run again', async () => {
        await dispatched('m1')
        await account.commitBlock(await claim(), texts('block'), 5)
        expect(await account.recordStale(withAlice, { receivedMs: 100, sentMs: 100 })).toBe(0)
      })

      it('lists the conversations with queued messages', async () => {
        await dispatched('m1', 'm2')
        expect(await account.conversationsToAnswer()).toEqual([withAlice])
        expect(await (await other()).conversationsToAnswer()).toEqual([])
      })
    })

    describe('the outbox', () => {
      const say = (...all: string[]) => account.enqueue(withAlice, { groupId: 'g', parts: texts(...all) }, 5)
      const parked = (cause: 'window' | 'quota' | 'rate' | 'offline', notBeforeMs: number) =>
        ({ state: 'parked', cause, notBeforeMs, reason: cause }) as const

      it('returns parts in order and keeps their client id over attempts and restarts', async () => {
        await say('one', 'two')
        const first = await next()
        const attempted = await account.markAttempted(first, 6, 'relaxed')
        expect(attempted).toEqual({
          ...first,
          state: 'attempted',
          attempt: { firstMs: 6, lastMs: 6, count: 1 },
        })
        account = await reopened()
        expect(await next()).toEqual({ ...attempted, isCutOff: true })
        await account.markSent(first)
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
        await account.enqueue(withAlice, { groupId: 'g', parts }, 5)
        account = await reopened()
        for (const part of parts) {
          const row = await next()
          expect(row.part).toEqual(part)
          await account.markSent(row)
        }
      })

      it('counts consecutive unconfirmed attempts, but no attempt that was refused', async () => {
        await say('one')
        const row = await account.markAttempted(await next(), 6, 'relaxed')
        await account.markUnsent(row, { state: 'attempted', notBeforeMs: 8, reason: 'no answer' })
        expect(await account.nextToSend(withAlice, 7)).toEqual({ dueMs: 8 })
        const again = await account.markAttempted(await next(), 9, 'relaxed')
        expect(again.attempt).toEqual({ firstMs: 6, lastMs: 9, count: 2 })
        await account.markUnsent(again, parked('rate', 20))
        expect(await next()).toMatchObject({ state: 'parked', attempt: undefined, notBeforeMs: 20 })
      })

      it('a parked part holds back later parts of its own answer only', async () => {
        await say('one', 'two')
        await account.enqueue(withAlice, { groupId: 'h', parts: texts('other') }, 5)
        await account.markUnsent(await next(), parked('window', 1_000))
        const row = await next()
        expect(row.part).toEqual({ text: 'other' })
        await account.markSent(row)
        expect(await account.nextToSend(withAlice, 100)).toEqual({ dueMs: 1_000 })
        expect((await next(withAlice, account, 1_000)).part).toEqual({ text: 'one' })
      })

      it.each([
        ['window', true],
        ['quota', true],
        ['rate', false],
        ['offline', false],
      ] as const)('a message of the user unparks a part with the cause "%s": %s', async (cause, freed) => {
        await say('one')
        await account.markUnsent(await next(), parked(cause, 1_000))
        const message = messageFrom(alice, 'm1')
        await account.accept(message, 1)
        await account.decide(message, { state: 'dispatched', reason: 'dm-open' }, 1)
        const found = await account.nextToSend(withAlice, 100)
        if (freed) expect(found).toMatchObject({ row: { state: 'queued', notBeforeMs: 0 } })
        else expect(found).toEqual({ dueMs: 1_000 })
      })

      it('a message that is not dispatched unparks no part', async () => {
        await say('one')
        await account.markUnsent(await next(), parked('window', 1_000))
        await take(account, messageFrom(alice, 'm1'), 'dropped')
        expect(await account.nextToSend(withAlice, 100)).toEqual({ dueMs: 1_000 })
      })

      it('unparks parts whose cause ended, and no others', async () => {
        await say('one')
        const withBob: Conversation = { kind: 'direct', id: 'bob' }
        await account.enqueue(withBob, { groupId: 'b', parts: texts('two') }, 5)
        await account.markUnsent(await next(), parked('offline', 1_000))
        await account.markUnsent(await next(withBob), parked('rate', 1_000))
        await account.unpark(['offline'])
        expect((await next()).part).toEqual({ text: 'one' })
        expect(await account.nextToSend(withBob, 100)).toEqual({ dueMs: 1_000 })
      })

      it.each(['failed', 'uncertain', 'expired'] as const)(
        'counts a part that is %s as trouble and goes on',
        async (state) => {
          await say('one', 'two')
          await account.markUnsent(await next(), { state, reason: 'because' })
          expect((await next()).part).toEqual({ text: 'two' })
          expect(await account.outboxCounts()).toEqual({ waiting: 1, troubled: 1 })
          expect(await harness.store.outboxCounts('default')).toEqual({ waiting: 1, troubled: 1 })
          expect(await harness.store.outboxCounts('other')).toEqual({ waiting: 0, troubled: 0 })
          expect(await account.progress('g')).toEqual({ total: 2, sent: 0, givenUp: 1, trouble: 'because' })
        },
      )

      it('lists the blobs of an account until their rows are finished', async () => {
        const file = (blob: string) => ({ file: { blob, name: 'x' } })
        const parts = [file('sent'), file('failed'), { text: 'no file' }, file('queued')]
        await account.enqueue(withAlice, { groupId: 'g', parts }, 1)
        await (await other()).enqueue(withAlice, { groupId: 'g', parts: [file('of another account')] }, 1)
        await account.markSent(await next())
        await account.markUnsent(await next(), { state: 'failed', reason: 'refused' })
        expect(await account.blobsToSend()).toEqual(['queued'])
        await account.markSent(await next())
        await account.markAttempted(await next(), 3, 'relaxed')
        expect(await account.blobsToSend()).toEqual(['queued'])
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
        await account.enqueue(withAlice, { groupId: 'g', parts: texts(...parts), purpose: 'answer' }, 5)
      }
      const shown = async (which: 'waiting' | 'failed') =>
        (await account.listOutbox({ which })).map(({ part }) => 'text' in part && part.text)

      it('is reported in the same commit, once in a time, also after texts were removed', async () => {
        await answer('one', 'two', 'three')
        await account.markUnsent(await next(), failed, report('lost', 1_000))
        await account.markUnsent(await next(), failed, report('lost again', 1_099))
        expect(await shown('waiting')).toEqual(['three', 'lost'])
        const [, told] = await account.listOutbox({ which: 'waiting' })
        if (told !== undefined) await account.markSent(told)
        await harness.store.prune(retention({ nowMs: 1_110, textsMs: new Map([['default', 0]]) }))
        await account.markUnsent(await next(), failed, report('lost again', 1_099))
        expect(await shown('waiting')).toEqual([])
      })

      it('is known to the turns of its conversation until one of them is answered', async () => {
        await answer('one')
        await account.markUnsent(await next(), failed)
        await dispatched('m1')
        const turn = await claim()
        expect(turn.undelivered).toMatchObject([{ part: { text: 'one' } }])
        await answer('two')
        await account.markUnsent(await next(), failed)
        expect((await claim()).undelivered).toHaveLength(2)
        await commit(turn, { parts: [] })
        await dispatched('m2')
        const following = await claim()
        expect(following.undelivered).toMatchObject([{ part: { text: 'two' } }])
        await commit(following, { parts: [], failure: 'no model' })
        await dispatched('m3')
        expect((await claim()).undelivered).toHaveLength(1)
        const bobs = messageFrom('bob', 'b1')
        await take(account, bobs, 'dispatched')
        expect((await claim(bobs.conversation)).undelivered).toEqual([])
      })

      it('is listed, can be queued again or dropped, and a file of it is gone', async () => {
        await answer('one', 'two')
        const file = { blob: 'run-1', name: 'a.txt' }
        await account.enqueue(withAlice, { groupId: 'f', parts: [{ file }], purpose: 'answer' }, 5)
        for (let n = 0; n < 3; n++) await account.markUnsent(await next(), failed)
        const rows = await account.listOutbox({ which: 'failed' })
        expect(rows.map(({ reason }) => reason)).toEqual(['final', 'final', 'final'])
        const ids = rows.map(({ id }) => id)
        expect(await (await other()).retry(ids, 50)).toEqual([])
        const again = await account.retry(ids, 50)
        expect(again.map(({ part }) => 'text' in part && part.text).sort()).toEqual(['one', 'two'])
        expect(await next()).toMatchObject({ state: 'queued', createdMs: 50, reason: '' })
        expect(await account.withdraw(ids, 'dropped')).toHaveLength(3)
        expect(await account.outboxCounts()).toEqual({ waiting: 0, troubled: 0 })
      })
    })

    describe('parts that wait', () => {
      it('are listed by answer, oldest first, and taken back unless they are being sent', async () => {
        const entry = (groupId: string, ...parts: string[]) => ({
          groupId,
          parts: texts(...parts),
          purpose: 'answer' as const,
        })
        await account.enqueue(withAlice, entry('old', 'one'), 5)
        await account.enqueue(withAlice, entry('new', 'two', 'three'), 5)
        await account.enqueue(withAlice, { groupId: 'n', parts: texts('a notice') }, 5)
        await account.markAttempted(await next(), 6, 'durable')
        const last = await account.listOutbox({ which: 'waiting', answersIn: withAlice })
        expect(last).toMatchObject([{ part: { text: 'two' } }, { part: { text: 'three' } }])
        const all = await account.listOutbox({ which: 'waiting' })
        expect(all).toHaveLength(4)
        const taken = await account.withdraw(
          all.map(({ id }) => id),
          'stopped',
        )
        expect(taken.map(({ groupId }) => groupId).sort()).toEqual(['n', 'new', 'new'])
        const [gone] = taken
        if (gone === undefined) throw new Error('nothing was taken back')
        expect(await account.markAttempted(gone, 7, 'relaxed')).toMatchObject({ state: 'withdrawn' })
        expect(await account.waitingIn(withAlice)).toBe(1)
        expect(await account.progress('new')).toMatchObject({ total: 2, sent: 0, givenUp: 2 })
        const of = await account.listOutbox({ which: 'waiting', groupId: 'old' })
        expect(of).toMatchObject([{ state: 'attempted' }])
      })
    })

    it('what waits keeps its age when the clock is set', async () => {
      await dispatched('m1', 'm2')
      await account.enqueue(withAlice, { groupId: 'g', parts: texts('queued', 'parked') }, 5)
      const row = await account.markAttempted(await next(), 6, 'durable')
      await account.markUnsent(row, { state: 'parked', cause: 'rate', notBeforeMs: 50, reason: 'busy' })
      await harness.store.moveTimes(1_000)
      expect(await account.nextToSend(withAlice, 1_049)).toEqual({ dueMs: 1_050 })
      expect(await next(withAlice, account, 1_050)).toMatchObject({ createdMs: 1_005 })
      expect(await account.recordStale(withAlice, { receivedMs: 1_001, sentMs: 0 })).toBe(0)
      expect(await account.recordStale(withAlice, { receivedMs: 1_002, sentMs: 0 })).toBe(2)
      await harness.store.moveTimes(-1_000)
      expect(await next(withAlice, account, 50)).toMatchObject({ createdMs: 5 })
    })

    it('returns the last words of a conversation that are stored', async () => {
      expect(await account.lastWords(withAlice)).toBe('')
      await dispatched('m1', 'm2')
      expect(await account.lastWords(withAlice)).toBe('text of m2')
      await harness.spoil({ messageId: 'm2' })
      expect(await account.lastWords(withAlice)).toBe('')
    })

    describe('a row that cannot be read', () => {
      it('in the journal is set aside, and the other messages are answered', async () => {
        await dispatched('m1', 'm2')
        await harness.spoil({ messageId: 'm1' })
        expect(ids((await claim()).messages)).toEqual(['m2'])
        expect(await account.setAsideCount()).toBe(1)
      })

      it('is set aside if it is the only one, or is not decided yet', async () => {
        await dispatched('m1')
        await account.accept(messageFrom(alice, 'm2'), 1)
        await account.accept(messageFrom(alice, 'm3'), 1)
        await harness.spoil({ messageId: 'm1' })
        await harness.spoil({ messageId: 'm2' })
        account = await reopened()
        expect(ids(await account.undecided())).toEqual(['m3'])
        expect(await account.claimTurn(withAlice, 'all', limits)).toBeUndefined()
        expect(await account.conversationsToAnswer()).toEqual([])
        expect(await account.setAsideCount()).toBe(2)
      })

      it('in the history of a group is skipped', async () => {
        await take(account, messageFrom(alice, 'h1', { conversation: group }), 'recorded')
        await take(account, messageFrom(alice, 'h2', { conversation: group }), 'recorded')
        await take(account, messageFrom(alice, 'm1', { conversation: group }), 'dispatched')
        await harness.spoil({ messageId: 'h1' })
        expect(ids((await claim(group)).history)).toEqual(['h2'])
      })

      it('in the outbox is set aside, and the parts after it are sent', async () => {
        await account.enqueue(withAlice, { groupId: 'g', parts: texts('bad', 'good') }, 5)
        await harness.spoil({ text: 'bad' })
        expect((await next()).part).toEqual({ text: 'good' })
        expect(await account.setAsideCount()).toBe(1)
      })
    })

    describe('the history of a group', () => {
      const inGroup = (id: string, changes = {}) =>
        messageFrom(alice, id, { conversation: group, ...changes })

      it('has the newest messages since the last reply, up to the limit, over restarts', async () => {
        for (const id of ['h1', 'h2', 'h3']) await take(account, inGroup(id), 'recorded')
        await take(account, inGroup('excluded'), 'dropped')
        await take(account, inGroup('asked'), 'dispatched')
        const turn = await (await reopened()).claimTurn(group, 'all', { messages: 50, history: 2 })
        expect(ids(turn?.history ?? [])).toEqual(['h2', 'h3'])
      })

      it('is cleared by the reply, except for messages after the question', async () => {
        await take(account, inGroup('before'), 'recorded')
        await take(account, inGroup('asked'), 'dispatched')
        const turn = await claim(group)
        await take(account, inGroup('meanwhile'), 'recorded')
        await commit(turn, { parts: texts('answer') })
        await take(account, inGroup('asked again'), 'dispatched')
        expect(ids((await claim(group)).history)).toEqual(['meanwhile'])
      })

      it('is separate for each account and group', async () => {
        await take(await other(), inGroup('h1', { accountId: 'other' }), 'recorded')
        await take(account, inGroup('h2', { conversation: { kind: 'group', id: 'room2' } }), 'recorded')
        await take(account, inGroup('asked'), 'dispatched')
        expect((await claim(group)).history).toEqual([])
      })

      it('is empty if its limit is 0', async () => {
        await take(account, inGroup('h1'), 'recorded')
        await take(account, inGroup('asked'), 'dispatched')
        expect((await account.claimTurn(group, 'all', { messages: 50, history: 0 }))?.history).toEqual([])
      })

      it('keeps messages up to its limit at any age, but no answered ones', async () => {
        const historyNext = async (id: string) => {
          await take(account, inGroup(id), 'dispatched')
          const turn = await claim(group)
          await commit(turn, { parts: [] })
          return ids(turn.history)
        }
        for (const id of ['h1', 'h2', 'h3']) await take(account, inGroup(id), 'recorded')
        expect(await harness.store.prune(retention({ history: 2 }))).toBe(1)
        expect(await historyNext('asked')).toEqual(['h2', 'h3'])
        expect(await harness.store.prune(retention({ history: 2 }))).toBe(3)
        expect(await historyNext('asked again')).toEqual([])
      })

      it('that was cleared stays empty when old marks are pruned', async () => {
        await take(account, inGroup('before'), 'recorded')
        await take(account, inGroup('asked'), 'dispatched')
        await commit(await claim(group), { parts: texts('answer') })
        await harness.store.prune(retention({ nowMs: 1 }))
        await take(account, inGroup('asked again'), 'dispatched')
        expect((await claim(group)).history).toEqual([])
      })

      it('is empty after a week without messages', async () => {
        for (const id of ['h1', 'h2', 'h3']) await take(account, inGroup(id), 'recorded')
        await take(account, inGroup('asked'), 'dispatched')
        await commit(await claim(group), { parts: texts('answer') })
        await harness.store.prune(retention())
        await take(account, inGroup('new'), 'recorded')
        await take(account, inGroup('asked again'), 'dispatched')
        expect(ids((await claim(group)).history)).toEqual(['new'])
      })

      it('is stored for the 1,000 most recently active groups of an account', async () => {
        const room = (n: number): Conversation => ({ kind: 'group', id: `room${n}` })
        const rooms = Array.from({ length: 1_002 }, (_, n) => room(n))
        await Promise.all(
          rooms.map((conversation, n) => take(account, inGroup(`h${n}`, { conversation }), 'recorded')),
        )
        await take(account, inGroup('late', { conversation: room(0) }), 'recorded')
        const neighbour = await other()
        await take(neighbour, inGroup('elsewhere', { accountId: 'other', conversation: room(1) }), 'recorded')
        await harness.store.prune(retention({ nowMs: 1 }))
        const kept = async (of: AccountStore, accountId: string, n: number) => {
          await take(of, inGroup(`asked ${n}`, { accountId, conversation: room(n) }), 'dispatched')
          return ids((await claim(room(n), of)).history)
        }
        expect(await kept(account, 'default', 0)).toEqual(['h0', 'late'])
        expect(await kept(account, 'default', 1)).toEqual([])
        expect(await kept(account, 'default', 2)).toEqual([])
        expect(await kept(account, 'default', 3)).toEqual(['h3'])
        expect(await kept(neighbour, 'other', 1)).toEqual(['elsewhere'])
      })
    })

    describe('pruning', () => {
      it('removes finished rows and keeps unfinished ones', async () => {
        await dispatched('open')
        await take(account, messageFrom(alice, 'ended'), 'dropped')
        await account.enqueue(withAlice, { groupId: 'g', parts: texts('waiting') }, 1)
        expect(await harness.store.prune(retention())).toBe(1)
        expect(await account.conversationsToAnswer()).toEqual([withAlice])
        expect((await next()).part).toEqual({ text: 'waiting' })
      })

      it('continues over several batches, and past rows that are kept', async () => {
        for (const id of ['h1', 'h2'])
          await take(account, messageFrom(alice, id, { conversation: group }), 'recorded')
        const many = Array.from({ length: 1_200 }, (_, n) => messageFrom(alice, `m${n}`))
        await Promise.all(many.map((message) => take(account, message, 'dropped')))
        expect(await harness.store.prune(retention())).toBe(1_200)
      })

      it('ends between two batches when its signal aborts', async () => {
        await take(account, messageFrom(alice, 'ended'), 'dropped')
        expect(await harness.store.prune(retention({ signal: AbortSignal.abort() }))).toBe(0)
      })

      it('removes the texts of finished rows earlier than their ids, if the account is configured so', async () => {
        await take(account, messageFrom(alice, 'ended'), 'dropped')
        await take(account, messageFrom(alice, 'heard', { conversation: group }), 'recorded')
        await dispatched('asked')
        await commit(await claim(), { parts: texts('sent', 'waits') })
        await account.markSent(await next())
        await dispatched('open')
        await harness.store.prune(retention({ nowMs: 10, textsMs: new Map([['default', 0]]) }))
        expect(await account.accept(messageFrom(alice, 'ended'), 2)).toBe('duplicate')
        expect((await next()).part).toEqual({ text: 'waits' })
        expect((await claim()).messages).toEqual([messageFrom(alice, 'open')])
        await take(account, messageFrom(alice, 'now', { conversation: group }), 'dispatched')
        expect(ids((await claim(group)).history)).toEqual(['heard'])
        // `ended` and `asked` are stored by id only. A copy of their text would be found below.
        expect(await account.setAsideCount()).toBe(0)
      })
    })

    describe('the state of a puppet', () => {
      const put = (key: string, value: string, atMs = 1, kind = 'k') => ({ kind, key, value, atMs })

      it('is written atomically and read by key, over restarts', async () => {
        await account.puppetState.write([put('a', '1'), put('b', '2')], 'durable')
        await account.puppetState.write([put('a', '3'), { kind: 'k', key: 'b', value: undefined }], 'relaxed')
        account = await reopened()
        expect(await account.puppetState.get('k', ['a', 'b', 'c'])).toEqual(new Map([['a', '3']]))
      })

      it('is listed page by page in the order of its keys', async () => {
        await account.puppetState.write(
          [put('b', '2'), put('c', '3'), put('a', '1'), put('x', '9', 1, 'other')],
          'relaxed',
        )
        const page = await account.puppetState.list('k', { limit: 2 })
        expect(page.map(({ key }) => key)).toEqual(['a', 'b'])
        expect(await account.puppetState.list('k', { after: 'b', limit: 2 })).toEqual([
          { key: 'c', value: '3', atMs: 1 },
        ])
      })

      it('removes a whole kind, and old or surplus entries', async () => {
        const entries = Array.from({ length: 1_200 }, (_, n) => put(`k${n}`, 'v', n))
        await account.puppetState.write([...entries, put('x', '9', 1, 'other')], 'relaxed')
        await account.puppetState.prune('k', { beforeMs: 100 })
        await account.puppetState.prune('k', { keep: 10 })
        const left = await account.puppetState.list('k', { limit: 2_000 })
        expect(left.map(({ atMs }) => atMs).toSorted((a, b) => a - b)[0]).toBe(1_189)
        await account.puppetState.write([{ kind: 'k', key: undefined }], 'relaxed')
        expect(await account.puppetState.list('k', { limit: 1 })).toEqual([])
        expect(await account.puppetState.list('other', { limit: 1 })).toHaveLength(1)
      })

      it('is separate for each account', async () => {
        await account.puppetState.write([put('a', '1')], 'relaxed')
        expect(await (await other()).puppetState.get('k', ['a'])).toEqual(new Map())
      })
    })

    it('lists the ids of the latest senders and groups of one account', async () => {
      await account.accept(messageFrom('long ago', 'm1'), 1)
      await account.accept(messageFrom('bob', 'm2', { conversation: group }), 2)
      await account.accept(messageFrom(alice, 'm3'), 3)
      await (await other()).accept(messageFrom('other', 'm4', { accountId: 'other' }), 4)
      expect(new Set(await account.seenIds(3))).toEqual(new Set(['room1', 'bob', alice]))
      expect(await account.kindOf('room1')).toBe('group')
      expect(await account.kindOf('nowhere')).toBeUndefined()
    })

    it('stores the puppet of the last login over restarts', async () => {
      expect(await account.lastPuppet()).toBeUndefined()
      await account.noteLogin('wechaty-puppet-mock')
      await account.noteLogin('wechaty-puppet-ilink')
      await (await other()).noteLogin('wechaty-puppet-service')
      expect(await (await reopened()).lastPuppet()).toBe('wechaty-puppet-ilink')
    })

    it('stores the pause of an account over restarts until it ends', async () => {
      const rest = { untilMs: 5, pauseMs: 4, refusals: 3, earlyFromMs: 2 }
      expect(await account.rest()).toBeUndefined()
      await account.noteRest({ ...rest, refusals: 2 })
      await account.noteRest(rest)
      await (await other()).noteRest({ ...rest, untilMs: 9 })
      account = await reopened()
      expect(await account.rest()).toEqual(rest)
      await account.noteRest(undefined)
      expect(await account.rest()).toBeUndefined()
    })

    it('a failed write does not undo the other writes of its commit', async () => {
      const broken = messageFrom(alice, 'bad')
      Object.defineProperty(broken, 'text', {
        enumerable: true,
        get: () => {
          throw new Error('broken')
        },
      })
      const results = await Promise.allSettled([
        account.accept(messageFrom(alice, 'm1'), 1),
        account.accept(broken, 1),
        account.accept(messageFrom(alice, 'm2'), 1),
      ])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(await account.undecided()).toHaveLength(2)
    })

    it('passes its own integrity check', async () => {
      await dispatched('m1')
      expect(await harness.store.check()).toBeUndefined()
    })

    it('rejects calls after it was closed', async () => {
      await harness.store.close()
      await expect(account.accept(messageFrom(alice, 'm1'), 1)).rejects.toThrow(/closed/)
    })
  })
}
