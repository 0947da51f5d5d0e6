/**
 * The contract of a `StateStore`, for any implementation. Call `stateStoreContract(name, open)` in a test file.
 */

import { describe, expect, it, onTestFinished } from 'vitest'
import type { StateChange, StateStore } from '../src/index.ts'

export interface OpenedState {
  store: StateStore
  /** Closes the store and opens the same state again; undefined when it ends with the store. */
  reopen?: () => Promise<StateStore>
  /** Called after the test. */
  dispose?: () => Promise<void>
}

const put = (key: string, value = `value of ${key}`, atMs = 1, kind = 'message'): StateChange => ({
  kind,
  key,
  value,
  atMs,
})

/** A character beyond the basic plane sorts after U+FFFD by code point, and before it by UTF-16 unit. */
const inOrder = ['', ' ', '0', 'A', 'a', 'a b', 'ab', 'é', '中', '\ufffd', '🐼'].map((end) => `key${end}`)

/** @param open makes an empty store */
export const stateStoreContract = (name: string, open: () => Promise<OpenedState>): void => {
  const opened = async (): Promise<OpenedState> => {
    const state = await open()
    onTestFinished(async () => {
      await state.store.close()
      await state.dispose?.()
    })
    return state
  }
  const fresh = async (): Promise<StateStore> => (await opened()).store

  /** Keys in the order of the store. */
  const keysOf = async (store: StateStore, kind = 'message'): Promise<string[]> =>
    (await store.list(kind, { limit: 10_000 })).map(({ key }) => key)

  describe(`${name} keeps the contract of a state store:`, () => {
    it('gets what was put, by kind and key, and leaves out what is unknown', async () => {
      const store = await fresh()
      await store.write([put('a'), put('b'), put('a', 'other', 1, 'seen'), put('empty', '')], 'durable')
      expect(await store.get('message', ['b', 'unknown', 'a', 'empty'])).toEqual(
        new Map([
          ['a', 'value of a'],
          ['b', 'value of b'],
          ['empty', ''],
        ]),
      )
      expect(await store.get('seen', ['a'])).toEqual(new Map([['a', 'other']]))
      expect(await store.get('window', ['a'])).toEqual(new Map())
      expect(await store.get('message', [])).toEqual(new Map())
    })

    it('replaces value and time of a key that exists', async () => {
      const store = await fresh()
      await store.write([put('a', 'old', 1)], 'relaxed')
      await store.write([put('a', 'new', 2)], 'durable')
      expect(await store.list('message', { limit: 10 })).toEqual([{ key: 'a', value: 'new', atMs: 2 }])
    })

    it('removes a key, or all of a kind, and nothing else', async () => {
      const store = await fresh()
      await store.write([put('a'), put('b'), put('a', '', 1, 'seen'), put('b', '', 1, 'seen')], 'durable')
      await store.write([{ kind: 'message', key: 'a', value: undefined }], 'durable')
      await store.write([{ kind: 'message', key: 'unknown', value: undefined }], 'durable')
      await store.write([{ kind: 'seen', key: undefined }], 'durable')
      expect(await keysOf(store)).toEqual(['b'])
      expect(await keysOf(store, 'seen')).toEqual([])
    })

    it('applies the changes of a write in their order', async () => {
      const store = await fresh()
      await store.write(
        [put('a'), { kind: 'message', key: undefined }, put('b', '1'), put('b', '2'), put('c')],
        'durable',
      )
      await store.write([{ kind: 'message', key: 'c', value: undefined }, put('c', 'again')], 'relaxed')
      expect(await store.get('message', ['a', 'b', 'c'])).toEqual(
        new Map([
          ['b', '2'],
          ['c', 'again'],
        ]),
      )
    })

    it('applies writes in the order of the calls, without one waiting for the other', async () => {
      const store = await fresh()
      const values = Array.from({ length: 50 }, (_, n) => `${n}`)
      await Promise.all(
        values.map((value, n) => store.write([put('a', value)], n % 2 === 0 ? 'relaxed' : 'durable')),
      )
      expect((await store.get('message', ['a'])).get('a')).toBe('49')
    })

    it('lists in the order of code points, page by page', async () => {
      const store = await fresh()
      await store.write(
        inOrder.toReversed().map((key) => put(key)),
        'durable',
      )
      expect(await keysOf(store)).toEqual(inOrder)
      const pages: string[][] = []
      for (let after: string | undefined; ; ) {
        const page = await store.list('message', { limit: 4, ...(after === undefined ? {} : { after }) })
        if (page.length === 0) break
        pages.push(page.map(({ key }) => key))
        after = page.at(-1)?.key
      }
      expect(pages.map(({ length }) => length)).toEqual([4, 4, 3])
      expect(pages.flat()).toEqual(inOrder)
      expect(await store.list('message', { after: 'key0x', limit: 1 })).toMatchObject([{ key: 'keyA' }])
    })

    it('holds long keys and large values of any characters', async () => {
      const store = await fresh()
      const key = '键'.repeat(300)
      const value = JSON.stringify({ text: 'ö🐼\u0000\u2028"\\'.repeat(200_000) })
      await store.write([put(key, value)], 'durable')
      expect((await store.get('message', [key])).get(key)).toBe(value)
    })

    it('gets thousands of keys at once', async () => {
      const store = await fresh()
      const keys = Array.from({ length: 5_000 }, (_, n) => `key ${n}`)
      await store.write(
        keys.map((key) => put(key)),
        'relaxed',
      )
      expect((await store.get('message', [...keys, 'unknown'])).size).toBe(5_000)
    })

    it('prunes what is older than a time', async () => {
      const store = await fresh()
      await store.write(
        [put('a', '', 1), put('b', '', 2), put('c', '', 3), put('a', '', 1, 'seen')],
        'durable',
      )
      await store.prune('message', { beforeMs: 2 })
      expect(await keysOf(store)).toEqual(['b', 'c'])
      expect(await keysOf(store, 'seen')).toEqual(['a'])
    })

    it('prunes all but the newest, in key order where times are the same', async () => {
      const store = await fresh()
      await store.write([put('a', '', 5), put('b', '', 2), put('c', '', 2), put('d', '', 9)], 'durable')
      await store.prune('message', { keep: 3 })
      expect(await keysOf(store)).toEqual(['a', 'c', 'd'])
      await store.prune('message', { keep: 3 })
      await store.prune('message', { beforeMs: 3, keep: 1 })
      expect(await keysOf(store)).toEqual(['d'])
      await store.prune('message', { keep: 0 })
      expect(await keysOf(store)).toEqual([])
      await store.prune('unknown', { beforeMs: 1, keep: 1 })
    })

    it('prunes thousands while other calls go on', async () => {
      const store = await fresh()
      const many = Array.from({ length: 5_000 }, (_, n) => put(String(n).padStart(4, '0'), '', n))
      await store.write(many, 'relaxed')
      const pruning = store.prune('message', { beforeMs: 1_000, keep: 2_500 })
      await store.write([put('9999', '', 9_999)], 'relaxed')
      await pruning
      const keys = await keysOf(store)
      // With or without the entry that came meanwhile.
      expect(['2500', '2501']).toContain(keys[0])
      expect(keys.at(-1)).toBe('9999')
    })

    it('rejects every call after it was closed, and can be closed twice', async () => {
      const store = await fresh()
      await store.close()
      await store.close()
      await expect(store.get('message', ['a'])).rejects.toThrow()
      await expect(store.list('message', { limit: 1 })).rejects.toThrow()
      await expect(store.write([put('a')], 'relaxed')).rejects.toThrow()
      await expect(store.write([put('a')], 'durable')).rejects.toThrow()
    })

    it('has everything that was written after it was opened again', async () => {
      const { store, reopen } = await opened()
      if (reopen === undefined) return
      await store.write([put('durable')], 'durable')
      await store.write([put('relaxed')], 'relaxed')
      const again = await reopen()
      onTestFinished(() => again.close())
      expect(await keysOf(again)).toEqual(['durable', 'relaxed'])
    })

    it('applies all changes of a write that fails, or none', async () => {
      const store = await fresh()
      await store.write([put('a', 'before')], 'durable')
      const unfit: StateChange = { kind: 'message', key: 'b', value: 'x', atMs: Number.NaN }
      const failed = await store.write([put('a', 'after'), unfit], 'durable').then(
        () => false,
        () => true,
      )
      expect((await store.get('message', ['a'])).get('a')).toBe(failed ? 'before' : 'after')
    })
  })
}
