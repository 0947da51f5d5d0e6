/**
 * What every store of pushes does: run it with `pushStoreContract('SQLite', …)` in a test of the store.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PushRecord, PushStore } from '../src/push/push-store.ts'

export interface PushStage {
  /** A store on the data of this stage; further ones share them, as after a restart. */
  open(): Promise<PushStore>
  /** Closes every store and deletes the data. */
  close(): Promise<void>
}

const push = (id: string, changes: Partial<PushRecord> = {}): PushRecord => ({
  id,
  tokenId: 't',
  target: 'ops',
  accountId: 'a',
  createdMs: 1_000,
  digest: 'd',
  state: 'queued',
  reason: '',
  chunks: 0,
  sent: 0,
  ...changes,
})
const at = (nowMs: number, most = 100) => ({ nowMs, keysMs: 100, recordsMs: 1_000, most })

export function pushStoreContract(name: string, openStage: () => Promise<PushStage>): void {
  describe(`pushes in ${name}`, () => {
    let stage: PushStage
    let store: PushStore
    beforeEach(async () => {
      stage = await openStage()
      store = await stage.open()
    })
    afterEach(() => stage.close())

    it('are found after a restart, as far as they have come', async () => {
      expect(await store.begin(push('one'), undefined, at(1_000))).toEqual({
        record: push('one'),
        isNew: true,
      })
      const progress = { state: 'partly-sent', reason: 'too “large”', chunks: 3, sent: 2 } as const
      await store.note('one', progress)
      await store.note('nothing', progress)
      expect(await (await stage.open()).find('one')).toEqual(push('one', progress))
      expect(await store.find('two')).toBeUndefined()
    })

    it('with the same key of the same token are one, also at the same time', async () => {
      const begun = await Promise.all(
        ['one', 'two', 'three'].map((id) => store.begin(push(id), 'key', at(1_000))),
      )
      expect(begun.filter((one) => one?.isNew)).toHaveLength(1)
      expect(new Set(begun.map((one) => one?.record.id)).size).toBe(1)
    })

    it('of another token, without a key or with another one are their own', async () => {
      const cases = [push('a'), push('b', { tokenId: 'u' }), push('c'), push('d'), push('e')]
      const keys = ['key', 'key', 'other', undefined, undefined]
      for (const [index, record] of cases.entries())
        expect(await store.begin(record, keys[index], at(1_000))).toMatchObject({ isNew: true })
    })

    it('forget their key after its time, and are found nevertheless', async () => {
      await store.begin(push('one'), 'key', at(1_000))
      expect(await store.begin(push('two', { createdMs: 1_100 }), 'key', at(1_100))).toMatchObject({
        isNew: false,
      })
      expect(await store.begin(push('two', { createdMs: 1_101 }), 'key', at(1_101))).toMatchObject({
        isNew: true,
      })
      expect(await store.find('one')).toBeDefined()
    })

    it('are not more than the limit within that time, for each token', async () => {
      await store.begin(push('one'), 'key', at(1_000, 2))
      await store.begin(push('two'), undefined, at(1_000, 2))
      expect(await store.begin(push('three'), undefined, at(1_000, 2))).toBeUndefined()
      expect(await store.begin(push('again'), 'key', at(1_000, 2))).toMatchObject({ isNew: false })
      expect(await store.begin(push('other', { tokenId: 'u' }), undefined, at(1_000, 2))).toBeDefined()
      const later = push('later', { createdMs: 1_101 })
      expect(await store.begin(later, undefined, at(1_101, 2))).toBeDefined()
    })

    it('are removed when they are old', async () => {
      await store.begin(push('one'), undefined, at(1_000))
      await store.begin(push('two', { createdMs: 2_001 }), undefined, at(2_001))
      expect(await store.find('one')).toBeUndefined()
    })

    it('that are removed leave their key to others', async () => {
      await store.begin(push('one'), 'key', at(1_000))
      await store.remove('one')
      expect(await store.begin(push('two'), 'key', at(1_000))).toMatchObject({ isNew: true })
    })

    it('that are open are listed, oldest first, of all targets or of one', async () => {
      await store.begin(push('parked', { createdMs: 3, state: 'parked' }), undefined, at(3))
      await store.begin(push('queued', { createdMs: 2 }), undefined, at(3))
      await store.begin(push('sent', { createdMs: 1, state: 'sent' }), undefined, at(3))
      await store.begin(push('other', { createdMs: 4, target: 'x' }), undefined, at(4))
      const ids = async (limit: number, target?: string) =>
        (await store.open(limit, target)).map(({ id }) => id)
      expect(await ids(10)).toEqual(['queued', 'parked', 'other'])
      expect(await ids(10, 'ops')).toEqual(['queued', 'parked'])
      expect(await ids(1)).toEqual(['queued'])
    })
  })
}
