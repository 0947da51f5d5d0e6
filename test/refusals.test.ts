/**
 * Every refusal that iLink's users have reported, on the way through the real puppet, store and outbox, with a clock that the
 * test moves: nothing that should arrive is lost, and nothing is tried more often than it may be.
 */

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { speechIn } from '../packages/gateway/src/language/speech-in.ts'
import { RefusalStage } from './support/refusal-stage.ts'
import { type Cure, kinds, occasions, refusals } from './support/refusal-table.ts'
import { onEachStore } from './support/stores.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const chinese = await speechIn('zh')

onEachStore((storeKind) => {
  describe('a part that is refused with', () => {
    let stage: RefusalStage
    beforeAll(async () => {
      stage = await RefusalStage.open(storeKind)
    })
    afterAll(() => stage.close())

    describe.each(Object.entries(refusals))('%s', (_name, refusal) => {
      it.each(kinds)('arrives once when its wait ends, and says why it waits: %s', async (kind) => {
        for (const { purpose, agoMs, name } of occasions) {
          stage.nextPerson()
          await stage.personWrites()
          await stage.pass(agoMs)
          await stage.control.fault({ endpoint: 'sendmessage', ...refusal.fault })
          await stage.send(kind, purpose, name)
          const row = await stage.row(name)
          expect(row).toMatchObject({ state: refusal.state })
          expect(row.reason).toContain(refusal.words)
          expect(chinese.translate(row.reason)).toContain(refusal.chinese)
          expect(stage.attempts(name)).toBe(1)
          await expectCure(stage, refusal.cure, name)
        }
      })
    })
  })

  async function openStage(settings?: Parameters<typeof RefusalStage.open>[1]): Promise<RefusalStage> {
    const stage = await RefusalStage.open(storeKind, settings)
    onTestFinished(() => stage.close())
    return stage
  }

  it('a part that is refused with -14 waits for the next login', async () => {
    const stage = await openStage()
    await stage.personWrites()
    await stage.control.fault({ endpoint: 'sendmessage', kind: 'ret', value: -14, errmsg: 'session timeout' })
    await stage.send('short text', 'answer', 'one')
    const row = await stage.row('one')
    expect(row).toMatchObject({ state: 'parked' })
    expect(chinese.translate(row.reason)).toContain('重新扫码后继续')
    expect(await stage.shown()).toBe(0)
  })

  describe('under the limits that users report, no answer is lost and none is hammered:', () => {
    const parts = kinds.flatMap((kind) =>
      occasions.map(({ purpose, name }) => ({ kind, purpose, name: `${kind} ${name}` })),
    )

    it.each(['documented', 'prepare-failed-window', 'push-budget', 'twenty-then-burst'] as const)(
      '%s',
      async (profile) => {
        const stage = await openStage({ profile, quota: 3, pushQuota: 1 })
        await stage.personWrites()
        for (const { kind, purpose, name } of parts) await stage.send(kind, purpose, name)
        const hours = 15
        await stage.pass(3 * hourMs, 5 * minuteMs)
        for (let n = 0; n < 6; n++) {
          await stage.personWrites()
          await stage.pass(2 * hourMs, 5 * minuteMs)
        }
        for (const { name } of parts) expect(await stage.arrivals(name), name).toBe(1)
        for (const { name } of parts) expect(stage.attempts(name), name).toBeLessThan(5 + hours)
      },
    )

    it('rate-penalty: one attempt an hour for all people together, and all arrives when it is over', async () => {
      const stage = await openStage({ profile: 'rate-penalty', quota: 1, penaltyMs: 2 * hourMs })
      for (const name of ['shown', 'one', 'two', 'three']) {
        stage.nextPerson()
        await stage.personWrites()
        await stage.send('short text', 'answer', name)
        if (name === 'one') await stage.send('short text', 'answer', 'too many')
      }
      await stage.pass(10 * hourMs, minuteMs / 2)
      const gaps = stage.refusedAtMs.slice(1).map((atMs, n) => atMs - (stage.refusedAtMs[n] ?? 0))
      expect(gaps.slice(0, 6).map((gapMs) => gapMs / minuteMs)).toEqual([0.5, 2, 10, 30, 60, 60])
      expect(gaps.slice(4).filter((gapMs) => gapMs < hourMs)).toEqual([])
      expect(await stage.shown()).toBe(2)
      await stage.control.settings({ profile: 'documented', quota: 10 })
      await stage.pass(hourMs, minuteMs / 2)
      expect(await stage.shown()).toBe(5)
    })

    /** Someone who was answered, and others whose answers wait for the penalty. */
    async function inAPenalty(): Promise<RefusalStage> {
      const stage = await openStage({ profile: 'rate-penalty', quota: 1, penaltyMs: 2 * hourMs })
      for (const name of ['shown', 'too many']) {
        if (name === 'shown') await stage.personWrites()
        await stage.send('short text', 'answer', name)
      }
      for (const name of ['one', 'two']) {
        stage.nextPerson()
        await stage.personWrites()
        await stage.send('short text', 'answer', name)
      }
      return stage
    }

    it('rate-penalty: a gateway that is started again and again attempts no more often', async () => {
      const stage = await inAPenalty()
      for (let n = 0; n < 60; n++) {
        await stage.restart()
        await stage.pass(5 * minuteMs, minuteMs)
      }
      const gaps = stage.refusedAtMs.slice(1).map((atMs, n) => atMs - (stage.refusedAtMs[n] ?? 0))
      expect(gaps.map((gapMs) => gapMs / minuteMs)).toEqual([1, 2, 10, 30, 60, 60, 60, 60])
    }, 60_000)

    it("rate-penalty: a person's message allows one attempt before the hour is over, however many write", async () => {
      const stage = await inAPenalty()
      await stage.pass(50 * minuteMs, minuteMs / 2)
      const before = stage.refusedAtMs.length
      await stage.personWrites()
      expect(stage.refusedAtMs).toHaveLength(before + 1)
      for (let n = 0; n < 30; n++) {
        stage.nextPerson()
        await stage.personWrites()
        await stage.send('short text', 'answer', 'waits')
        await stage.pass(minuteMs)
      }
      expect(stage.refusedAtMs).toHaveLength(before + 1)
    })

    it('rate-penalty: all arrives at once when an early attempt shows that the penalty is over', async () => {
      const stage = await inAPenalty()
      await stage.pass(50 * minuteMs, minuteMs / 2)
      const shown = await stage.shown()
      await stage.control.settings({ profile: 'documented', quota: 10 })
      await stage.personWrites()
      expect(await stage.shown()).toBe(shown + 3)
    })

    it('prepare-failed-window: sends that are used up stay used up after a restart', async () => {
      const stage = await openStage({ profile: 'prepare-failed-window', quota: 3 })
      await stage.personWrites()
      for (const name of ['1', '2', '3', 'waits']) await stage.send('short text', 'answer', name)
      await stage.restart()
      await stage.send('short text', 'answer', 'waits too')
      await stage.pass(12 * hourMs, hourMs)
      expect(stage.attempts('waits')).toBe(1)
      expect(await stage.requests()).toBe(4)
      await stage.personWrites()
      expect(await stage.arrivals('waits')).toBe(1)
      expect(await stage.arrivals('waits too')).toBe(1)
    })

    it('rate-penalty: all arrives although each success begins the next penalty', async () => {
      const stage = await openStage({ profile: 'rate-penalty', quota: 1, penaltyMs: 45 * minuteMs })
      await stage.personWrites()
      for (const name of ['one', 'two', 'three']) await stage.send('short text', 'answer', name)
      await stage.pass(8 * hourMs, minuteMs)
      expect(await stage.shown()).toBe(3)
    })

    it('silent-account: each part is tried for five minutes, and the account is reported', async () => {
      // Each repetition counts as a send on this backend.
      const stage = await openStage({ profile: 'silent-account', quota: 100 })
      await stage.personWrites()
      await stage.send('short text', 'answer', 'lost')
      await stage.pass(10 * minuteMs, 30_000)
      await stage.pass(6 * hourMs, 10 * minuteMs)
      expect(await stage.row('lost')).toMatchObject({ state: 'uncertain' })
      expect(stage.attempts('lost')).toBeLessThan(20)
      expect(stage.silences).toEqual([true])
      await stage.control.settings({ profile: 'documented' })
      await stage.personWrites()
      await stage.send('short text', 'answer', 'heard')
      expect(await stage.arrivals('heard')).toBe(1)
      expect(stage.silences).toEqual([true, false])
    })
  })
})

async function expectCure(stage: RefusalStage, cure: Cure, name: string): Promise<void> {
  if (cure === 'person') {
    await stage.pass(2 * hourMs, 10 * minuteMs)
    expect(stage.attempts(name)).toBe(1)
    await stage.personWrites()
  }
  await stage.pass(minuteMs, 10_000)
  expect(await stage.arrivals(name)).toBe(cure === 'nothing' ? 0 : 1)
  expect(stage.attempts(name)).toBe(cure === 'nothing' ? 1 : 2)
}
