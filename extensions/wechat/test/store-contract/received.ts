/**
 * What an operator sees of received messages.
 */

import type { ReceivedQuery } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { alice, messageFrom, withAlice } from '../samples.ts'
import { group, type StoreStage, texts } from './stage.ts'

export function receivedContract(stage: StoreStage): void {
  const { claim, commit, dispatched, other, take } = stage
  const page = (query: Partial<ReceivedQuery> = {}) =>
    stage.harness.store.received({ accountId: 'default', limit: 50, ...query })
  const received = async (query: Partial<ReceivedQuery> = {}) => (await page(query)).messages
  const idsOf = async (query: Partial<ReceivedQuery> = {}) =>
    (await received(query)).map(({ messageId }) => messageId)

  describe('received messages', () => {
    it('are shown newest first, with what was said in return, of one account', async () => {
      await dispatched('m1', 'm2')
      const turn = await claim()
      await commit(turn, { parts: texts('one', 'two') })
      await take(await other(), messageFrom(alice, 'elsewhere'), 'dropped')
      const [newest, first] = await received()
      expect(await idsOf()).toEqual(['m2', 'm1'])
      expect(first).toMatchObject({
        messageId: 'm1',
        conversation: withAlice,
        senderId: alice,
        kind: 'text',
        state: 'answered',
        reason: '',
        turnId: turn.id,
        attempts: 1,
        parts: [
          { text: 'one', isFile: false, purpose: 'answer', state: 'queued' },
          { text: 'two', isFile: false, purpose: 'answer', state: 'queued' },
        ],
      })
      expect(newest?.parts).toEqual(first?.parts)
    })

    it('are shown with a notice about them', async () => {
      const message = messageFrom(alice, 'm1')
      await stage.account.accept(message, 1)
      const say = { groupId: 'notice-m1', parts: texts('a code') }
      await stage.account.refuse(message, { reason: 'dm-unknown-sender', say }, 1)
      expect(await received()).toMatchObject([
        {
          messageId: 'm1',
          state: 'refused',
          reason: 'dm-unknown-sender',
          text: '',
          parts: [{ text: 'a code' }],
        },
      ])
    })

    it('are shown with the steps of their decision, in short', async () => {
      const step = (name: string, outcome: string, detail = 'seen') => ({ step: name, outcome, detail })
      const steps = [step('dmPolicy', 'continue', 'pairing'), step('allowFrom', 'dispatch', '列出')]
      const [answered, refused, long] = ['m1', 'm2', 'm3'].map((id) => messageFrom(alice, id))
      if (answered === undefined || refused === undefined || long === undefined) throw new Error('no message')
      await stage.account.accept(answered, 1)
      await stage.account.decide(answered, { state: 'dispatched', reason: 'dm-allowed', steps }, 1)
      await stage.account.refuse(refused, { reason: 'dm-disabled', steps: [step('dmPolicy', 'drop')] }, 1)
      await stage.account.accept(long, 1)
      const many = Array.from({ length: 20 }, (_, n) => step(`${n}`, 'continue', '😀'.repeat(10_000)))
      await stage.account.refuse(long, { reason: 'dm-disabled', steps: many }, 1)
      const [capped, second, first] = await received()
      expect(first?.steps).toEqual(steps)
      expect(second?.steps).toEqual([step('dmPolicy', 'drop')])
      expect(capped?.steps).toHaveLength(16)
      expect(capped?.steps.at(-1)?.step).toBe('19')
      expect(capped?.steps.every(({ detail }) => detail.length === 120 && detail.isWellFormed())).toBe(true)
    })

    it('have no steps where none were stored', async () => {
      await take(stage.account, messageFrom(alice, 'm1'), 'dropped')
      expect(await received()).toMatchObject([{ messageId: 'm1', steps: [] }])
    })

    it('are shown with the time of the last attempt to send a part', async () => {
      await dispatched('m1')
      await commit(await claim(), { parts: texts('one', 'two') })
      await stage.account.markAttempted(await stage.next(), 77, 'durable')
      const [message] = await received()
      expect(message?.parts.map(({ attemptedMs }) => attemptedMs)).toEqual([77, undefined])
    })

    it('are found by text in any case, by ids, by conversation and by position', async () => {
      await take(stage.account, messageFrom(alice, 'm1', { text: 'Where is 围城?' }), 'dropped')
      await take(stage.account, messageFrom(alice, 'm2', { text: '100% "sure"' }), 'dropped')
      await take(stage.account, messageFrom(alice, 'm3', { conversation: group, text: 'where' }), 'recorded')
      expect(await idsOf({ text: 'WHERE' })).toEqual(['m3', 'm1'])
      expect(await idsOf({ text: '围城' })).toEqual(['m1'])
      expect(await idsOf({ text: '% "s' })).toEqual(['m2'])
      expect(await idsOf({ text: '_' })).toEqual([])
      expect(await idsOf({ text: alice })).toEqual(['m3', 'm2', 'm1'])
      expect(await idsOf({ text: 'm2' })).toEqual(['m2'])
      expect(await idsOf({ text: 'direct' })).toEqual([])
      expect(await idsOf({ conversation: group })).toEqual(['m3'])
      expect(await idsOf({ limit: 1 })).toEqual(['m3'])
      const [newest] = await received()
      expect(await idsOf({ before: newest?.position ?? 0 })).toEqual(['m2', 'm1'])
    })

    it('are looked for among so many at a time, from the newest to the oldest of all', async () => {
      for (let n = 1; n <= 12; n++) await take(stage.account, messageFrom(alice, `m${n}`), 'dropped')
      await take(stage.account, messageFrom(alice, 'm13', { text: 'needle' }), 'dropped')
      const seen = async (query: Partial<ReceivedQuery>) => {
        const { messages, next } = await page(query)
        return { ids: messages.map(({ messageId }) => messageId), next }
      }
      expect(await seen({ text: 'needle' })).toEqual({ ids: ['m13'], next: undefined })
      const newest = await seen({ limit: 5 })
      expect(newest.ids).toEqual(['m13', 'm12', 'm11', 'm10', 'm9'])
      const older = await seen({ limit: 5, before: newest.next ?? 0 })
      expect(older.ids).toEqual(['m8', 'm7', 'm6', 'm5', 'm4'])
      expect(await seen({ limit: 5, before: older.next ?? 0 })).toEqual({
        ids: ['m3', 'm2', 'm1'],
        next: undefined,
      })
    })

    it('are found however far back, over several requests', { timeout: 60_000 }, async () => {
      await take(stage.account, messageFrom(alice, 'oldest', { text: '天涯海角' }), 'dropped')
      const long = messageFrom(alice, 'm', { text: '长'.repeat(20_000) })
      // More than one slice of either store.
      for (let n = 0; n < 300; n++) await stage.account.accept({ ...long, id: `m${n}` }, 1)
      const found: string[] = []
      let requests = 0
      for (let before: number | undefined = Number.MAX_SAFE_INTEGER; before !== undefined; requests++) {
        const { messages, next } = await page({ text: '天涯', look: 1, before })
        found.push(...messages.map(({ messageId }) => messageId))
        before = next
      }
      expect(found).toEqual(['oldest'])
      expect(requests).toBeGreaterThan(1)
    })

    it('are shown without what is damaged', async () => {
      await dispatched('m1', 'm2')
      await commit(await claim(), { parts: texts('good', 'bad') })
      await stage.harness.spoil({ messageId: 'm1' })
      await stage.harness.spoil({ text: 'bad' })
      const [, damaged] = await received()
      expect(damaged).toMatchObject({ messageId: 'm1', text: '', parts: [{ text: 'good' }] })
      expect(await idsOf({ text: 'hello' })).not.toContain('m1')
    })
  })
}
