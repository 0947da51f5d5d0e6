/**
 * What every store of schedules does, whatever stores it: run it with `scheduleStoreContract('SQLite', …)` in a test of the
 * store.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Plan, Schedule, ScheduleStore } from '../src/schedules/schedule.ts'

export interface ScheduleStage {
  /** A store on the data of this stage; a second one finds what the first has stored. */
  open(): Promise<ScheduleStore>
  /** Closes every store and deletes the data. */
  close(): Promise<void>
}

export function scheduleOf(id: string, change: Partial<Schedule> = {}): Schedule {
  return {
    id,
    accountId: 'work',
    conversation: { kind: 'direct', id: 'ann' },
    personId: 'ann',
    origin: 'chat',
    when: { everyMs: 1_000, fromMs: 0 },
    content: { kind: 'text', text: `text of ${id}` },
    tools: undefined,
    language: 'en',
    timeZone: 'Asia/Shanghai',
    createdMs: 5,
    isPaused: false,
    nextMs: 1_000,
    ...change,
  }
}

const limits = { perPerson: 10, perAccount: 100 }
const planned = (dueMs: number, nextMs: number | 'never' = dueMs + 1_000): Plan => ({
  runs: [{ dueMs, state: 'due', reason: '' }],
  nextMs: nextMs === 'never' ? undefined : nextMs,
})

export function scheduleStoreContract(name: string, openStage: () => Promise<ScheduleStage>): void {
  describe(`schedules in ${name}`, () => {
    let stage: ScheduleStage
    let store: ScheduleStore
    beforeEach(async () => {
      stage = await openStage()
      store = await stage.open()
    })
    afterEach(() => stage.close())
    const restart = async () => {
      store = await stage.open()
    }
    const ids = async (found: Promise<readonly Schedule[]>) => (await found).map(({ id }) => id)
    const runs = async (id: string) => (await store.runsOf(id, 10)).map(({ dueMs, state }) => [dueMs, state])

    describe('a schedule', () => {
      it('is found as it was stored, after a restart too', async () => {
        const schedule = scheduleOf('a', { tools: ['weather'], content: { kind: 'prompt', text: '天气' } })
        await store.add(schedule, limits)
        await restart()
        expect(await store.find('a')).toEqual(schedule)
        expect(await store.find('b')).toBeUndefined()
      })

      it('is listed for its account and its chat, the next one first', async () => {
        await store.add(scheduleOf('late', { nextMs: 3_000 }), limits)
        await store.add(scheduleOf('early'), limits)
        await store.add(
          scheduleOf('bob', { conversation: { kind: 'direct', id: 'bob' }, nextMs: 2_000 }),
          limits,
        )
        await store.add(scheduleOf('other', { accountId: 'home', nextMs: 4_000 }), limits)
        expect(await ids(store.list({}))).toEqual(['early', 'bob', 'late', 'other'])
        expect(await ids(store.list({ accountId: 'work' }))).toEqual(['early', 'bob', 'late'])
        const conversation = { kind: 'direct', id: 'ann' } as const
        expect(await ids(store.list({ accountId: 'work', conversation }))).toEqual(['early', 'late'])
      })

      it('is refused beyond the limits of its person and its account', async () => {
        const few = { perPerson: 2, perAccount: 3 }
        const add = (id: string, personId: string, accountId = 'work') =>
          store.add(scheduleOf(id, { personId, accountId }), few)
        expect(await add('1', 'ann')).toBe('added')
        expect(await add('2', 'ann')).toBe('added')
        expect(await add('3', 'ann')).toBe('person-full')
        expect(await add('4', 'bob')).toBe('added')
        expect(await add('5', 'carl')).toBe('account-full')
        expect(await add('6', 'ann', 'home')).toBe('added')
        await store.remove('1')
        expect(await add('7', 'ann')).toBe('added')
      })

      it('that is removed is not due, and its runs that were not begun are gone', async () => {
        await store.add(scheduleOf('a'), limits)
        await store.plan('a', 1_000, planned(1_000))
        expect(await store.remove('a')).toBe(true)
        expect(await store.remove('a')).toBe(false)
        expect(await ids(store.list({}))).toEqual([])
        expect(await store.claim('me', 5_000, 6_000)).toBeUndefined()
      })

      it('keeps its pause', async () => {
        await store.add(scheduleOf('a'), limits)
        expect(await store.setPaused('a', true, 1_000)).toBe(true)
        expect(await store.setPaused('none', true, 1_000)).toBe(false)
        await restart()
        expect(await store.find('a')).toMatchObject({ isPaused: true, nextMs: 1_000 })
      })
    })

    describe('the schedules of the configuration', () => {
      const configured = (id: string, change: Partial<Schedule> = {}) =>
        scheduleOf(id, { origin: 'config', personId: '', ...change })

      it('are those, and those of chats stay', async () => {
        await store.add(scheduleOf('chat'), limits)
        await store.putConfigured([configured('a'), configured('b')])
        await store.putConfigured([configured('b', { content: { kind: 'text', text: 'new' } })])
        expect((await ids(store.list({}))).toSorted()).toEqual(['b', 'chat'])
        expect((await store.find('b'))?.content.text).toBe('new')
        await store.putConfigured([configured('a'), configured('b')])
        expect((await ids(store.list({}))).toSorted()).toEqual(['a', 'b', 'chat'])
      })

      it('keep their pause and next time as long as they are due at the same times', async () => {
        await store.putConfigured([configured('a')])
        await store.setPaused('a', true, 7_000)
        await store.putConfigured([configured('a', { nextMs: 9_000 })])
        expect(await store.find('a')).toMatchObject({ isPaused: true, nextMs: 7_000 })
        await store.putConfigured([configured('a', { when: { everyMs: 2_000, fromMs: 0 }, nextMs: 9_000 })])
        expect(await store.find('a')).toMatchObject({ isPaused: true, nextMs: 9_000 })
      })
    })

    describe('a plan', () => {
      it('is made once, whoever makes it', async () => {
        await store.add(scheduleOf('a'), limits)
        expect(await ids(store.due(999))).toEqual([])
        expect(await ids(store.due(1_000))).toEqual(['a'])
        expect(await store.plan('a', 1_000, planned(1_000))).toBe(true)
        expect(await store.plan('a', 1_000, planned(1_000))).toBe(false)
        expect(await ids(store.due(1_000))).toEqual([])
        expect(await store.nextDueMs()).toBe(1_000)
        expect(await runs('a')).toEqual([[1_000, 'due']])
      })

      it('keeps the run that a due time has', async () => {
        await store.add(scheduleOf('a'), limits)
        await store.plan('a', 1_000, planned(1_000, 1_001))
        const run = await store.claim('me', 1_000, 2_000)
        expect(run).toMatchObject({ scheduleId: 'a', dueMs: 1_000, attempts: 1, schedule: { id: 'a' } })
        await store.settle({ scheduleId: 'a', dueMs: 1_000 }, 'me', {
          state: 'sent',
          reason: '',
          sinceMs: 1_500,
        })
        await store.plan('a', 1_001, planned(1_000, 'never'))
        expect(await runs('a')).toEqual([[1_000, 'sent']])
        expect(await ids(store.list({}))).toEqual([])
      })

      it('can be preceded by a run of the operator', async () => {
        await store.add(scheduleOf('a'), limits)
        expect(await store.runNow('a', 500)).toBe(true)
        expect(await store.runNow('a', 500)).toBe(false)
        expect(await store.runNow('none', 500)).toBe(false)
        expect(await store.claim('me', 500, 600)).toMatchObject({ scheduleId: 'a', dueMs: 500 })
      })
    })

    describe('a claim', () => {
      const key = { scheduleId: 'a', dueMs: 1_000 }
      const sent = { state: 'sent', reason: '', sinceMs: 1_100 } as const
      beforeEach(async () => {
        await store.add(scheduleOf('a'), limits)
        await store.plan('a', 1_000, planned(1_000))
      })

      it('belongs to one owner, until its end', async () => {
        expect(await store.claim('me', 1_000, 2_000)).toMatchObject(key)
        expect(await store.claim('you', 1_500, 2_500)).toBeUndefined()
        expect(await store.settle(key, 'you', sent)).toBe(false)
        expect(await store.claim('you', 2_000, 3_000)).toMatchObject({ ...key, attempts: 2 })
        expect(await store.settle(key, 'me', sent)).toBe(false)
        expect(await store.settle(key, 'you', sent)).toBe(true)
        expect(await store.settle(key, 'you', sent)).toBe(false)
        expect(await store.claim('me', 9_000, 9_999)).toBeUndefined()
      })

      it('of an earlier run of the gateway ends when the next one takes over', async () => {
        await store.claim('before', 1_000, 999_000)
        await restart()
        await store.takeOver('now')
        expect(await store.claim('now', 1_001, 2_000)).toMatchObject({ ...key, attempts: 2 })
        await store.takeOver('now')
        expect(await store.claim('now', 1_002, 2_000)).toBeUndefined()
      })

      it('of another gateway ends when its account is taken over, and that of another account does not', async () => {
        await store.add(scheduleOf('b', { accountId: 'another' }), limits)
        await store.plan('b', 1_000, planned(1_000))
        for (let n = 0; n < 2; n++) await store.claim('before', 1_000, 999_000)
        await store.takeOver('now', 'another')
        expect(await store.claim('now', 1_001, 2_000)).toMatchObject({ scheduleId: 'b' })
        expect(await store.claim('now', 1_001, 2_000)).toBeUndefined()
      })

      it('is not for a gateway that does not serve the account', async () => {
        const { accountId } = scheduleOf('a')
        expect(await store.claim('you', 1_000, 2_000, ['another', accountId])).toBeUndefined()
        expect(await store.nextDueMs([accountId])).toBe(2_000)
        expect(await store.nextDueMs(['another'])).toBe(1_000)
        expect(await store.claim('me', 1_000, 2_000, ['another'])).toMatchObject(key)
      })

      it('can be given back for later', async () => {
        await store.claim('me', 1_000, 2_000)
        expect(await store.giveBack(key, 'you', 5_000, 'why')).toBe(false)
        expect(await store.giveBack(key, 'me', 5_000, 'why')).toBe(true)
        expect(await store.claim('me', 4_999, 9_000)).toBeUndefined()
        expect(await store.claim('me', 5_000, 9_000)).toMatchObject({ ...key, reason: 'why' })
      })

      it('is made by one of many who try at once', async () => {
        const tries = Array.from({ length: 10 }, (_, index) => store.claim(`owner ${index}`, 1_000, 2_000))
        expect((await Promise.all(tries)).filter((one) => one !== undefined)).toHaveLength(1)
      })

      it('goes to the oldest first', async () => {
        await store.runNow('a', 900)
        expect(await store.claim('me', 1_000, 2_000)).toMatchObject({ dueMs: 900 })
        expect(await store.claim('me', 1_000, 2_000)).toMatchObject({ dueMs: 1_000 })
      })
    })

    it('follows what is on its way, also of a schedule that was removed meanwhile', async () => {
      await store.add(scheduleOf('a'), limits)
      await store.plan('a', 1_000, planned(1_000))
      await store.claim('me', 1_000, 2_000)
      const key = { scheduleId: 'a', dueMs: 1_000 }
      await store.settle(key, 'me', { state: 'queued', reason: 'window', sinceMs: 1_001 })
      await store.remove('a')
      expect(await store.queued()).toMatchObject([
        { ...key, reason: 'window', schedule: { accountId: 'work' } },
      ])
      await store.arrived(key, { state: 'sent', reason: '', sinceMs: 9 })
      expect(await store.queued()).toEqual([])
      await store.arrived(key, { state: 'not-sent', reason: '', sinceMs: 10 })
      expect(await store.latestRuns(['a', 'none'])).toMatchObject([{ ...key, state: 'sent', sinceMs: 9 }])
    })

    it('counts what is on its way to a chat, and lists all of it, a hundred at a time', async () => {
      const times = Array.from({ length: 101 }, (_, n) => n + 1)
      await store.add(scheduleOf('a', { nextMs: 1 }), limits)
      await store.add(scheduleOf('b', { nextMs: 1, conversation: { kind: 'group', id: 'ann' } }), limits)
      await store.plan('b', 1, planned(1))
      await store.plan('a', 1, {
        runs: times.map((dueMs) => ({ dueMs, state: 'due', reason: '' })),
        nextMs: undefined,
      })
      for (let run = await store.claim('me', 200, 300); run; run = await store.claim('me', 200, 300))
        await store.settle(run, 'me', { state: 'queued', reason: '', sinceMs: 200 })
      expect(await store.queuedIn('work', { kind: 'direct', id: 'ann' })).toBe(101)
      expect(await store.queuedIn('work', { kind: 'group', id: 'ann' })).toBe(1)
      expect(await store.queuedIn('other', { kind: 'direct', id: 'ann' })).toBe(0)
      const first = await store.queued()
      const rest = await store.queued(first.at(-1))
      expect(first.map(({ dueMs }) => dueMs)).toEqual([1, 1, ...times.slice(1, 99)])
      expect(rest.map(({ dueMs }) => dueMs)).toEqual([100, 101])
      expect(await store.queued(rest.at(-1))).toEqual([])
    })

    it('remembers the time zone of a person, and asks them once for each window', async () => {
      expect(await store.zoneOf('work', 'ann')).toBeUndefined()
      expect(await store.noteNudge('work', 'ann', { openedMs: 100, nowMs: 200 })).toBe(true)
      await store.setZone('work', 'ann', 'Europe/Berlin')
      await restart()
      expect(await store.zoneOf('work', 'ann')).toBe('Europe/Berlin')
      expect(await store.zoneOf('home', 'ann')).toBeUndefined()
      expect(await store.noteNudge('work', 'ann', { openedMs: 102, nowMs: 210 })).toBe(false)
      expect(await store.noteNudge('work', 'ann', { openedMs: 201, nowMs: 300 })).toBe(true)
      expect(await store.noteNudge('work', 'bob', { openedMs: 100, nowMs: 200 })).toBe(true)
    })

    it('forgets what ended long ago, and nothing else', async () => {
      for (const id of ['over', 'open', 'again']) await store.add(scheduleOf(id), limits)
      for (const id of ['over', 'open']) await store.plan(id, 1_000, planned(1_000, 'never'))
      const run = await store.claim('me', 1_000, 9_000)
      await store.settle(run ?? { scheduleId: '', dueMs: 0 }, 'me', {
        state: 'sent',
        reason: '',
        sinceMs: 1_000,
      })
      const other = run?.scheduleId === 'over' ? 'open' : 'over'
      await store.prune(1_001)
      expect(await store.find(run?.scheduleId ?? '')).toBeUndefined()
      expect(await store.find(other)).toBeDefined()
      expect(await store.find('again')).toBeDefined()
    })
  })
}
