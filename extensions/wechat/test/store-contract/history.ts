/**
 * Rows that cannot be read, and the history of a group.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import type { AccountStore } from '../../src/store/store.ts'
import { alice, messageFrom, withAlice } from '../samples.ts'
import { group, limits, type StoreStage, texts } from './stage.ts'

export function historyContract(stage: StoreStage): void {
  const { claim, commit, dispatched, ids, next, other, reopened, retention, take } = stage

  describe('a row that cannot be read', () => {
    it('in the journal is set aside, and the other messages are answered', async () => {
      await dispatched('m1', 'm2')
      await stage.harness.spoil({ messageId: 'm1' })
      expect(ids((await claim()).messages)).toEqual(['m2'])
      expect(await stage.account.setAsideCount()).toBe(1)
    })

    it('is set aside if it is the only one, or is not decided yet', async () => {
      await dispatched('m1')
      await stage.account.accept(messageFrom(alice, 'm2'), 1)
      await stage.account.accept(messageFrom(alice, 'm3'), 1)
      await stage.harness.spoil({ messageId: 'm1' })
      await stage.harness.spoil({ messageId: 'm2' })
      await stage.restart()
      expect(ids(await stage.account.undecided())).toEqual(['m3'])
      expect(await stage.account.claimTurn(withAlice, 'all', limits)).toBeUndefined()
      expect(await stage.account.conversationsToAnswer()).toEqual([])
      expect(await stage.account.setAsideCount()).toBe(2)
    })

    it('in the history of a group is skipped', async () => {
      await take(stage.account, messageFrom(alice, 'h1', { conversation: group }), 'recorded')
      await take(stage.account, messageFrom(alice, 'h2', { conversation: group }), 'recorded')
      await take(stage.account, messageFrom(alice, 'm1', { conversation: group }), 'dispatched')
      await stage.harness.spoil({ messageId: 'h1' })
      expect(ids((await claim(group)).history)).toEqual(['h2'])
    })

    it('in the outbox is set aside, and the parts after it are sent', async () => {
      await stage.account.enqueue(withAlice, { groupId: 'g', parts: texts('bad', 'good') }, 5)
      await stage.harness.spoil({ text: 'bad' })
      expect((await next()).part).toEqual({ text: 'good' })
      expect(await stage.account.setAsideCount()).toBe(1)
    })
  })

  describe('the history of a group', () => {
    const inGroup = (id: string, changes = {}) => messageFrom(alice, id, { conversation: group, ...changes })

    it('has the newest messages since the last reply, up to the limit, over restarts', async () => {
      for (const id of ['h1', 'h2', 'h3']) await take(stage.account, inGroup(id), 'recorded')
      await take(stage.account, inGroup('excluded'), 'dropped')
      await take(stage.account, inGroup('asked'), 'dispatched')
      const turn = await (await reopened()).claimTurn(group, 'all', { messages: 50, history: 2 })
      expect(ids(turn?.history ?? [])).toEqual(['h2', 'h3'])
    })

    it('is cleared by the reply, except for messages after the question', async () => {
      await take(stage.account, inGroup('before'), 'recorded')
      await take(stage.account, inGroup('asked'), 'dispatched')
      const turn = await claim(group)
      await take(stage.account, inGroup('meanwhile'), 'recorded')
      await commit(turn, { parts: texts('answer') })
      await take(stage.account, inGroup('asked again'), 'dispatched')
      expect(ids((await claim(group)).history)).toEqual(['meanwhile'])
    })

    it('is separate for each account and group', async () => {
      await take(await other(), inGroup('h1', { accountId: 'other' }), 'recorded')
      await take(stage.account, inGroup('h2', { conversation: { kind: 'group', id: 'room2' } }), 'recorded')
      await take(stage.account, inGroup('asked'), 'dispatched')
      expect((await claim(group)).history).toEqual([])
    })

    it('is empty if its limit is 0', async () => {
      await take(stage.account, inGroup('h1'), 'recorded')
      await take(stage.account, inGroup('asked'), 'dispatched')
      expect((await stage.account.claimTurn(group, 'all', { messages: 50, history: 0 }))?.history).toEqual([])
    })

    it('keeps messages up to its limit at any age, but no answered ones', async () => {
      const historyNext = async (id: string) => {
        await take(stage.account, inGroup(id), 'dispatched')
        const turn = await claim(group)
        await commit(turn, { parts: [] })
        return ids(turn.history)
      }
      for (const id of ['h1', 'h2', 'h3']) await take(stage.account, inGroup(id), 'recorded')
      expect(await stage.harness.store.prune(retention({ history: 2 }))).toBe(1)
      expect(await historyNext('asked')).toEqual(['h2', 'h3'])
      expect(await stage.harness.store.prune(retention({ history: 2 }))).toBe(3)
      expect(await historyNext('asked again')).toEqual([])
    })

    it('that was cleared stays empty when old marks are pruned', async () => {
      await take(stage.account, inGroup('before'), 'recorded')
      await take(stage.account, inGroup('asked'), 'dispatched')
      await commit(await claim(group), { parts: texts('answer') })
      await stage.harness.store.prune(retention({ nowMs: 1 }))
      await take(stage.account, inGroup('asked again'), 'dispatched')
      expect((await claim(group)).history).toEqual([])
    })

    it('is empty after a week without messages', async () => {
      for (const id of ['h1', 'h2', 'h3']) await take(stage.account, inGroup(id), 'recorded')
      await take(stage.account, inGroup('asked'), 'dispatched')
      await commit(await claim(group), { parts: texts('answer') })
      await stage.harness.store.prune(retention())
      await take(stage.account, inGroup('new'), 'recorded')
      await take(stage.account, inGroup('asked again'), 'dispatched')
      expect(ids((await claim(group)).history)).toEqual(['new'])
    })

    it('is stored for the 1,000 most recently active groups of an account', async () => {
      const room = (n: number): Conversation => ({ kind: 'group', id: `room${n}` })
      const rooms = Array.from({ length: 1_002 }, (_, n) => room(n))
      await Promise.all(
        rooms.map((conversation, n) => take(stage.account, inGroup(`h${n}`, { conversation }), 'recorded')),
      )
      await take(stage.account, inGroup('late', { conversation: room(0) }), 'recorded')
      const neighbour = await other()
      await take(neighbour, inGroup('elsewhere', { accountId: 'other', conversation: room(1) }), 'recorded')
      await stage.harness.store.prune(retention({ nowMs: 1 }))
      const kept = async (of: AccountStore, accountId: string, n: number) => {
        await take(of, inGroup(`asked ${n}`, { accountId, conversation: room(n) }), 'dispatched')
        return ids((await claim(room(n), of)).history)
      }
      expect(await kept(stage.account, 'default', 0)).toEqual(['h0', 'late'])
      expect(await kept(stage.account, 'default', 1)).toEqual([])
      expect(await kept(stage.account, 'default', 2)).toEqual([])
      expect(await kept(stage.account, 'default', 3)).toEqual(['h3'])
      expect(await kept(neighbour, 'other', 1)).toEqual(['elsewhere'])
    })
  })
}
