/**
 * Turns: what is claimed together, cut off, and committed.
 */

import { describe, expect, it } from 'vitest'
import { alice, messageFrom, withAlice } from '../samples.ts'
import { group, limits, type StoreStage, texts } from './stage.ts'

export function turnsContract(stage: StoreStage): void {
  const { claim, commit, dispatched, ids, next, other, reopened, take } = stage

  describe('a turn', () => {
    it('includes queued messages in order, up to the limit', async () => {
      await dispatched('m1', 'm2', 'm3')
      const turn = await stage.account.claimTurn(withAlice, 'all', { ...limits, messages: 2 })
      expect(ids(turn?.messages ?? [])).toEqual(['m1', 'm2'])
    })

    it('includes the burst of one sender, or the messages of all senders', async () => {
      const senders = { m1: alice, m2: alice, m3: 'bob', m4: alice }
      for (const [id, sender] of Object.entries(senders)) {
        await take(stage.account, messageFrom(sender, id, { conversation: group }), 'dispatched')
      }
      const claimed = async (mode: 'burst' | 'all') => {
        const turn = await stage.account.claimTurn(group, mode, limits)
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
      expect(await claim(withAlice, await reopened())).toEqual({
        ...first,
        attempt: 2,
        deaths: 1,
        othersWait: true,
      })
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
      const open = async () => (await stage.harness.reopen()).openAccount('default', 'next', 10)
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
      expect(await stage.account.claimTurn(withAlice, 'all', limits)).toBeUndefined()
      expect(await stage.account.conversationsToAnswer()).toEqual([])
      expect(await stage.account.progress(turn.id)).toEqual({
        total: 2,
        sent: 0,
        givenUp: 0,
        trouble: undefined,
      })
    })

    it('that failed is not run again, and stores its notice', async () => {
      await dispatched('m1')
      await commit(await claim(), { parts: texts('sorry'), failure: 'model-timeout: too slow' })
      expect(await stage.account.claimTurn(withAlice, 'all', limits)).toBeUndefined()
      expect((await next()).part).toEqual({ text: 'sorry' })
    })

    it('with a committed block reports it when it is claimed again', async () => {
      await dispatched('m1')
      const turn = await claim()
      expect(turn.partlyAnswered).toBe(false)
      await stage.account.commitBlock(turn, texts('the beginning'), 2)
      expect((await claim()).partlyAnswered).toBe(true)
      expect((await next()).part).toEqual({ text: 'the beginning' })
    })

    it('has the texts of its answer that were or will be sent, over restarts', async () => {
      await dispatched('m1')
      const turn = await claim()
      const file = { file: { blob: 'b', name: 'a.pdf' } }
      await stage.account.commitBlock(turn, [...texts('one'), file, ...texts('two')], 1)
      await stage.account.commitBlock(turn, texts('three'), 1)
      await stage.account.enqueue(withAlice, { groupId: turn.id, parts: texts('a notice') }, 1)
      const last = (await stage.account.listOutbox({ which: 'waiting', groupId: turn.id }))[3]
      await stage.account.withdraw([last?.id ?? 0], 'not wanted')
      await stage.restart()
      expect(await stage.account.answerTexts(turn.id)).toEqual(['one', 'two'])
      expect(await stage.account.answerTexts('another')).toEqual([])
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
        await stage.account.accept(message, nowMs)
        await stage.account.decide(message, { state: 'dispatched', reason: 'r' }, nowMs)
      }
      await claim()
      const oldest = { receivedMs: nowMs - 100, sentMs: nowMs - 100 }
      expect(await stage.stale(oldest)).toBe(1)
      expect(await stage.stale(oldest)).toBe(0)
      expect(ids((await claim()).messages)).toEqual([
        'sent in time',
        'with a date that cannot be right',
        'without a date',
      ])
      expect(await stage.stale({ receivedMs: nowMs + 1, sentMs: 0 })).toBe(3)
      expect(await stage.account.claimTurn(withAlice, 'all', limits)).toBeUndefined()
      expect(await stage.account.conversationsToAnswer()).toEqual([])
    })

    it('with a committed block is not too old, since it is never run again', async () => {
      await dispatched('m1')
      await stage.account.commitBlock(await claim(), texts('block'), 5)
      expect(await stage.stale({ receivedMs: 100, sentMs: 100 })).toBe(0)
    })

    it('says whether more messages wait, and how many other turns there were', async () => {
      await dispatched('m1', 'm2', 'm3')
      const claimSome = () =>
        stage.account.claimTurn(withAlice, 'all', { messages: 2, history: 0, sinceMs: 0 })
      const first = await claimSome()
      expect(first).toMatchObject({ othersWait: true, turnsBefore: 0 })
      expect(await claimSome()).toMatchObject({ id: first?.id, othersWait: true, turnsBefore: 0 })
      if (first !== undefined) await commit(first, { parts: [] })
      expect(await claimSome()).toMatchObject({ othersWait: false, turnsBefore: 1 })
      expect(await claim()).toMatchObject({ othersWait: false, turnsBefore: 0 })
    })

    it('lists the conversations with queued messages', async () => {
      await dispatched('m1', 'm2')
      expect(await stage.account.conversationsToAnswer()).toEqual([withAlice])
      expect(await (await other()).conversationsToAnswer()).toEqual([])
    })
  })
}
