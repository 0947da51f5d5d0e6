/**
 * The lease of an account, and the journal of what came.
 */

import { describe, expect, it } from 'vitest'
import { maxRefused } from '../../src/store/store.ts'
import { alice, messageFrom, withAlice } from '../samples.ts'
import { group, limits, type StoreStage, texts } from './stage.ts'

export function journalContract(stage: StoreStage): void {
  const { claim, commit, dispatched, ids, next, other, reopened, take } = stage

  describe('a lease', () => {
    it('goes to the next process that opens the account, and the previous holder can no longer write', async () => {
      await dispatched('m1')
      const turn = await claim()
      const successor = await stage.harness.store.openAccount('default', 'successor')
      const late = [
        stage.account.accept(messageFrom(alice, 'late'), 1),
        stage.account.decide(messageFrom(alice, 'm1'), { state: 'dropped', reason: 'late' }, 1),
        stage.account.acceptDecided(messageFrom(alice, 'late'), { state: 'dispatched', reason: 'late' }, 1),
        stage.account.noteUnreadable('late', 'late', 1),
        stage.account.refuse(messageFrom(alice, 'late'), { reason: 'late' }, 1),
        stage.account.takeOut(turn.messages, 'recorded', 'late'),
        stage.account.claimTurn(withAlice, 'all', limits),
        stage.account.commitBlock(turn, texts('late'), 1),
        commit(turn, { parts: texts('late') }),
        stage.account.enqueue(withAlice, { groupId: 'late', parts: texts('late') }, 1),
        stage.account.unpark(['rate']),
        stage.account.withdraw([1], 'late'),
        stage.account.retry([1], 1),
        stage.account.noteLogin('late'),
        stage.account.noteRest(undefined),
        stage.account.puppetState.write([{ kind: 'k', key: 'late', value: 'late', atMs: 1 }], 'durable'),
      ]
      for (const write of late) await expect(write).rejects.toMatchObject({ code: 'lease-lost' })
      expect(await successor.conversationsToSend()).toEqual([])
      expect((await claim(withAlice, successor)).id).toBe(turn.id)
    })

    it('is not given to a holder whose term has been followed by another', async () => {
      const { store } = stage.harness
      const later = await store.openAccount('default', 'later', 1, 8)
      await expect(store.openAccount('default', 'earlier', 1, 7)).rejects.toMatchObject({
        code: 'lease-lost',
      })
      await later.accept(messageFrom(alice, 'm1'), 1)
      await expect(stage.account.accept(messageFrom(alice, 'm2'), 1)).rejects.toThrow('another owner')
      const again = await store.openAccount('default', 'later', 1, 8)
      await expect(later.accept(messageFrom(alice, 'm2'), 1)).rejects.toMatchObject({ code: 'lease-lost' })
      await again.release()
      await store.openAccount('default', 'next', 1, 9)
    })

    it('that was released rejects writes, and does not affect another account', async () => {
      const neighbour = await other()
      await stage.account.release()
      await expect(stage.account.accept(messageFrom(alice, 'm1'), 1)).rejects.toMatchObject({
        code: 'lease-lost',
      })
      await neighbour.accept(messageFrom(alice, 'm1', { accountId: 'other' }), 1)
    })

    it('that ended marks its attempted parts and turns as interrupted', async () => {
      await stage.account.enqueue(withAlice, { groupId: 'g', parts: texts('one') }, 5)
      expect(await stage.account.markAttempted(await next(), 6, 'durable')).toMatchObject({ isCutOff: false })
      expect(await next(withAlice, await reopened())).toMatchObject({ state: 'attempted', isCutOff: true })
    })
  })

  describe('the journal', () => {
    it('accepts a message once', async () => {
      expect(await stage.account.accept(messageFrom(alice, 'm1'), 1)).toBe('accepted')
      expect(await stage.account.accept(messageFrom(alice, 'm1', { text: 'other' }), 2)).toBe('duplicate')
    })

    it.each([
      ['another conversation', messageFrom(alice, 'm1', { conversation: { kind: 'direct', id: 'bob' } })],
      [
        'a group with the id of a person',
        messageFrom(alice, 'm1', { conversation: { kind: 'group', id: alice } }),
      ],
    ])('does not treat the same id in %s as a duplicate', async (_name, message) => {
      await stage.account.accept(messageFrom(alice, 'm1'), 1)
      expect(await stage.account.accept(message, 1)).toBe('accepted')
    })

    it('does not treat the same id in another account as a duplicate', async () => {
      await stage.account.accept(messageFrom(alice, 'm1'), 1)
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
      await Promise.all(messages.map((message) => stage.account.accept(message, 1)))
      await stage.account.decide(messageFrom(alice, 'm2'), { state: 'dropped', reason: 'dm-disabled' }, 1)
      expect(await stage.account.undecided()).toEqual([messages[0], messages[2]])
      expect(await (await other()).undecided()).toEqual([])
    })

    it('stores a notice with the decision that it belongs to, and a second decision adds none', async () => {
      const message = messageFrom(alice, 'm1')
      await stage.account.accept(message, 1)
      const say = { groupId: 'notice', parts: texts('your code') }
      await stage.account.decide(message, { state: 'dropped', reason: 'dm-unknown-sender', say }, 1)
      await stage.account.decide(message, { state: 'dropped', reason: 'dm-unknown-sender', say }, 1)
      expect(await stage.account.progress('notice')).toMatchObject({ total: 1 })
      expect((await next()).part).toEqual({ text: 'your code' })
    })

    it('counts a message that the puppet could not deliver once', async () => {
      await stage.account.noteUnreadable('m1', 'the puppet did not answer', 1)
      await stage.account.noteUnreadable('m1', 'the puppet did not answer', 2)
      expect(await stage.account.setAsideCount()).toBe(1)
      expect(await (await other()).setAsideCount()).toBe(0)
      expect(await stage.account.undecided()).toEqual([])
    })
  })

  describe('a message that is decided on when it comes', () => {
    const dispatch = { state: 'dispatched', reason: 'because' } as const
    const decided = (id: string, nowMs = 1) =>
      stage.account.acceptDecided(messageFrom(alice, id), dispatch, nowMs)

    it('is stored with the decision, and once', async () => {
      const steps = [{ step: 'dmPolicy', outcome: 'dispatch', detail: 'open' }]
      const record = { state: 'recorded', reason: 'not mentioned', steps } as const
      expect(await decided('m1')).toEqual({ partsWait: false })
      const inGroup = messageFrom(alice, 'm2', { conversation: group })
      expect(await stage.account.acceptDecided(inGroup, record, 2)).toEqual({ partsWait: false })
      expect(await decided('m1')).toBeUndefined()
      expect(await stage.account.accept(messageFrom(alice, 'm1'), 1)).toBe('duplicate')
      expect(await stage.account.undecided()).toEqual([])
      expect(ids((await claim(withAlice, await reopened())).messages)).toEqual(['m1'])
      const { messages } = await stage.harness.store.received({ accountId: 'default', limit: 5 })
      expect(messages).toMatchObject([
        { messageId: 'm2', state: 'recorded', reason: 'not mentioned', steps, receivedMs: 2 },
        { messageId: 'm1', state: 'dispatched', reason: 'because', senderId: alice, receivedMs: 1 },
      ])
    })

    it('wakes what waits for its sender, and says that it waits', async () => {
      await stage.account.enqueue(withAlice, { groupId: 'g', parts: texts('late') }, 1)
      const row = await stage.account.markAttempted(await next(), 1, 'durable')
      const park = { state: 'parked', cause: 'window', notBeforeMs: 9_999, reason: 'closed' } as const
      await stage.account.markUnsent(row, park)
      expect(await stage.account.nextToSend(withAlice, 100)).toEqual({ dueMs: 9_999 })
      expect(await decided('m1')).toEqual({ partsWait: true })
      const woken = await next()
      expect(woken).toMatchObject({ state: 'queued' })
      expect(await stage.account.markSent(woken)).toBe(false)
      expect(await decided('m2')).toEqual({ partsWait: false })
    })
  })

  describe('a refusal', () => {
    it('stores no text, says its notice once, and makes the message a duplicate', async () => {
      const refusal = { reason: 'because', say: { groupId: 'g', parts: texts('a code') } }
      expect(await stage.account.refuse(messageFrom(alice, 'm1'), refusal, 1)).toBe('refused')
      expect(await stage.account.refuse(messageFrom(alice, 'm1'), refusal, 2)).toBe('duplicate')
      expect(await stage.account.accept(messageFrom(alice, 'm1'), 3)).toBe('duplicate')
      expect(await stage.account.progress('g')).toMatchObject({ total: 1 })
    })

    it('applies to a message that was accepted, but not to one that was decided on', async () => {
      await stage.account.accept(messageFrom(alice, 'm1'), 1)
      await dispatched('m2')
      expect(await stage.account.refuse(messageFrom(alice, 'm1'), { reason: 'because' }, 2)).toBe('refused')
      expect(await stage.account.refuse(messageFrom(alice, 'm2'), { reason: 'because' }, 2)).toBe('duplicate')
      expect(await stage.account.undecided()).toEqual([])
      expect(ids((await claim()).messages)).toEqual(['m2'])
    })

    it('is stored for the newest messages of each account only', async () => {
      for (let n = 0; n <= maxRefused; n++) {
        await stage.account.refuse(messageFrom(alice, `m${n}`), { reason: 'because' }, n)
      }
      expect(await stage.account.accept(messageFrom(alice, 'm1'), 1)).toBe('duplicate')
      expect(await stage.account.accept(messageFrom(alice, 'm0'), 1)).toBe('accepted')
    })
  })

  describe('a message that is taken out of its turn', () => {
    it('is not answered; recorded it is history of the next turn, refused it is not', async () => {
      for (const id of ['m1', 'm2', 'm3']) {
        await take(stage.account, messageFrom(alice, id, { conversation: group }), 'dispatched')
      }
      const [first, second] = (await claim(group)).messages
      if (first === undefined || second === undefined) throw new Error('no message')
      await stage.account.takeOut([first], 'refused', 'because')
      await stage.account.takeOut([second], 'recorded', 'because')
      const { messages, history } = await claim(group)
      expect(ids(messages)).toEqual(['m3'])
      expect(ids(history)).toEqual(['m2'])
    })

    it('leaves no turn behind when it was the only one', async () => {
      await dispatched('m1')
      await stage.account.takeOut((await claim()).messages, 'refused', 'because')
      expect(await stage.account.claimTurn(withAlice, 'all', limits)).toBeUndefined()
      expect(await stage.account.turnsSince(withAlice, 0)).toBe(0)
    })
  })

  it('counts the turns of a conversation since a time, each once', async () => {
    await dispatched('m1', 'm2')
    const turn = await claim()
    expect(await stage.account.turnsSince(withAlice, 0)).toBe(1)
    await commit(turn, { parts: [] })
    expect(await (await reopened()).turnsSince(withAlice, 0)).toBe(1)
    expect(await stage.account.turnsSince(withAlice, 1)).toBe(0)
    expect(await stage.account.turnsSince({ kind: 'direct', id: 'bob' }, 0)).toBe(0)
  })
}
