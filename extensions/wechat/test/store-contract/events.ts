/**
 * Events for webhooks: kept with what they are about, delivered in order, given up, and forgotten.
 */

import { describe, expect, it } from 'vitest'
import type { EventRow, NewEvent } from '../../src/model/webhook-event.ts'
import { maxDeadEvents, maxWaitingEvents } from '../../src/store/event-store.ts'
import { alice, messageFrom, withAlice } from '../samples.ts'
import { type StoreStage, texts } from './stage.ts'

export function eventsContract(stage: StoreStage): void {
  const event = (eventId: string, changes: Partial<NewEvent> = {}): NewEvent => ({
    webhook: 'hook',
    eventId,
    type: 'account.state',
    body: JSON.stringify({ data: { eventId, content: { text: 'hello' } } }),
    ...changes,
  })
  const queue = (...events: NewEvent[]) => stage.account.queueEvents({ events, nowMs: 5 })
  const next = async (webhook = 'hook', nowMs = 100): Promise<EventRow> => {
    const found = await stage.account.nextEvent(webhook, nowMs)
    if (found === undefined || !('event' in found)) throw new Error(`no event: ${JSON.stringify(found)}`)
    return found.event
  }
  const ids = async (which: 'waiting' | 'dead') =>
    (await stage.account.listEvents(which)).map(({ eventId }) => eventId)

  describe('events for webhooks', () => {
    it('wait in order over restarts, and are gone when they are delivered', async () => {
      await queue(event('1'), event('2'))
      expect(await next()).toMatchObject({ ...event('1'), state: 'waiting', attempts: 0, createdMs: 5 })
      await stage.restart()
      await stage.account.markDelivered(await next())
      expect((await next()).eventId).toBe('2')
      await stage.account.markDelivered(await next())
      expect(await stage.account.nextEvent('hook', 100)).toBeUndefined()
    })

    it('are stored once, however often they are made while they wait', async () => {
      await queue(event('1'), event('1'), event('1', { webhook: 'other' }))
      expect(await ids('waiting')).toEqual(['1', '1'])
      await stage.account.markDelivered(await next())
      expect(await stage.account.nextEvent('hook', 100)).toBeUndefined()
      expect((await next('other')).eventId).toBe('1')
    })

    it('do not overtake one that waits for its next attempt', async () => {
      await queue(event('1'), event('2'))
      await stage.account.markUndelivered(await next(), {
        state: 'waiting',
        notBeforeMs: 200,
        reason: 'HTTP 500',
      })
      expect(await stage.account.nextEvent('hook', 199)).toEqual({ dueMs: 200 })
      expect(await next('hook', 200)).toMatchObject({ eventId: '1', attempts: 1, reason: 'HTTP 500' })
      expect(await stage.account.eventCounts()).toEqual([
        { webhook: 'hook', waiting: 2, dead: 0, reason: 'HTTP 500' },
      ])
    })

    it('that are given up are listed, and can be queued again or deleted', async () => {
      await queue(event('1'), event('2'), event('3'))
      for (let n = 0; n < 2; n++)
        await stage.account.markUndelivered(await next(), { state: 'dead', reason: 'HTTP 400' })
      expect(await ids('dead')).toEqual(['2', '1'])
      expect((await next()).eventId).toBe('3')
      const [second, first] = await stage.account.listEvents('dead')
      const all = [first?.id ?? 0, second?.id ?? 0, 999]
      expect(await stage.account.retryEvents([all[0] ?? 0, 999], 50)).toEqual([first?.id])
      expect(await next()).toMatchObject({ eventId: '1', attempts: 0, reason: '', createdMs: 50 })
      expect(await (await stage.other()).dropEvents(all)).toEqual([])
      expect((await stage.account.dropEvents(all)).toSorted()).toEqual([first?.id, second?.id].toSorted())
      expect(await ids('waiting')).toEqual(['3'])
    })

    it('have caps: the oldest are given up, and of those the oldest deleted', async () => {
      const surplus = maxDeadEvents + 1
      const many = Array.from({ length: maxWaitingEvents + surplus }, (_, n) => event(String(n)))
      await queue(...many)
      expect(await stage.account.eventCounts()).toEqual([
        { webhook: 'hook', waiting: maxWaitingEvents, dead: maxDeadEvents },
      ])
      expect((await next()).eventId).toBe(String(surplus))
      expect((await ids('dead'))[0]).toBe(String(surplus - 1))
    })

    it('are stored with the decision on a message, once', async () => {
      const message = messageFrom(alice, 'm1')
      await stage.account.accept(message, 1)
      const decide = (eventId: string) =>
        stage.account.decide(message, { state: 'recorded', reason: 'x', events: [event(eventId)] }, 1)
      await decide('1')
      await decide('2')
      expect(await ids('waiting')).toEqual(['1'])
    })

    it('are stored with what became of a part', async () => {
      await stage.account.enqueue(withAlice, { groupId: 'g', parts: texts('one', 'two') }, 5)
      const told = (eventId: string) => ({ events: [event(eventId)], nowMs: 5 })
      await stage.account.markSent(await stage.next(), told('sent'))
      const failed = { state: 'failed', reason: 'too-large: x' } as const
      await stage.account.markUnsent(await stage.next(), failed, undefined, told('failed'))
      expect(await ids('waiting')).toEqual(['sent', 'failed'])
    })

    it('of another owner of the account are refused', async () => {
      const before = stage.account
      await stage.restart()
      await expect(before.queueEvents({ events: [event('1')], nowMs: 5 })).rejects.toMatchObject({
        code: 'lease-lost',
      })
      await queue(event('1'))
      await expect(before.markDelivered(await next())).rejects.toMatchObject({ code: 'lease-lost' })
    })

    it('are deleted where their webhook is no longer configured', async () => {
      await queue(event('1'), event('2', { webhook: 'gone' }))
      expect(await (await stage.other()).keepWebhooks([])).toBe(0)
      expect(await stage.account.keepWebhooks(['hook', 'new'])).toBe(1)
      expect(await stage.account.keepWebhooks(['hook', 'new'])).toBe(0)
      expect(await ids('waiting')).toEqual(['1'])
    })

    it('move with the clock', async () => {
      await queue(event('1'))
      await stage.account.markUndelivered(await next(), { state: 'waiting', notBeforeMs: 200, reason: 'x' })
      await stage.harness.store.moveTimes(1_000)
      expect(await stage.account.nextEvent('hook', 100)).toEqual({ dueMs: 1_200 })
      expect((await next('hook', 1_200)).createdMs).toBe(1_005)
    })

    it('that were given up lose their texts as messages do, and are deleted like them', async () => {
      await queue(event('dead'), event('waits'))
      await stage.account.markUndelivered(await next(), { state: 'dead', reason: 'x' })
      const { store } = stage.harness
      await store.prune(stage.retention({ nowMs: 10, textsMs: new Map([['default', 0]]) }))
      const bodies = async (which: 'waiting' | 'dead') =>
        (await stage.account.listEvents(which)).map(({ body }) => JSON.parse(body).data)
      expect(await bodies('dead')).toEqual([{ eventId: 'dead' }])
      expect(await bodies('waiting')).toEqual([{ eventId: 'waits', content: { text: 'hello' } }])
      await store.prune(stage.retention())
      expect(await stage.account.eventCounts()).toEqual([])
    })
  })
}
