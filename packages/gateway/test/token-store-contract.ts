/**
 * What every store of access tokens does: run it with `tokenStoreContract('SQLite', …)` in a test of the store.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoredToken, TokenStore } from '../src/push/access-tokens.ts'

export interface TokenStage {
  /** A store on the data of this stage; further ones share them, as after a restart. */
  open(): Promise<TokenStore>
  /** Closes every store and deletes the data. */
  close(): Promise<void>
}

const token = (id: string, createdMs = 1): StoredToken => ({
  id,
  hash: 'ab'.repeat(32),
  scopes: ['push', 'mcp'],
  targets: ['ops', 'on-call'],
  note: 'für „Alertmanager“',
  createdMs,
  usedMs: 0,
})

export function tokenStoreContract(name: string, openStage: () => Promise<TokenStage>): void {
  describe(`access tokens in ${name}`, () => {
    let stage: TokenStage
    let store: TokenStore
    beforeEach(async () => {
      stage = await openStage()
      store = await stage.open()
    })
    afterEach(() => stage.close())

    it('are found after a restart, as they were stored', async () => {
      await store.add(token('one'), 10)
      const later = await stage.open()
      expect(await later.find('one')).toEqual(token('one'))
      expect(await later.find('two')).toBeUndefined()
    })

    it('are listed without their hashes, oldest first', async () => {
      await store.add(token('new', 2), 10)
      await store.add(token('old', 1), 10)
      const list = await store.list()
      expect(list.map(({ id }) => id)).toEqual(['old', 'new'])
      expect(JSON.stringify(list)).not.toContain(token('new').hash)
    })

    it('are not more than the limit, also when they are added at the same time', async () => {
      const added = await Promise.all(['a', 'b', 'c'].map((id) => store.add(token(id), 2)))
      expect(added.filter(Boolean)).toHaveLength(2)
      expect(await store.list()).toHaveLength(2)
    })

    it('are gone once removed', async () => {
      await store.add(token('one'), 10)
      expect(await store.remove('one')).toBe(true)
      expect(await store.remove('one')).toBe(false)
      expect(await (await stage.open()).find('one')).toBeUndefined()
    })

    it('know when they were used last', async () => {
      await store.add(token('one'), 10)
      await store.noteUse('one', 77)
      await store.noteUse('nobody', 77)
      expect(await store.find('one')).toMatchObject({ usedMs: 77 })
    })
  })
}
