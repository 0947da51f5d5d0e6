/**
 * What every session store does, whatever stores it: run it with `sessionStoreContract('SQLite', …)` in a test of the
 * store.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  maxTextLength,
  type SessionStore,
  type SessionTurn,
  turnsPerSession,
} from '../src/sessions/session-store.ts'

export interface SessionStage {
  /** A store on the data of this stage; a second one finds what the first has stored. */
  open(): Promise<SessionStore>
  /** Closes every store and deletes the data. */
  close(): Promise<void>
}

export function sessionTurn(turnId: string, text = turnId): SessionTurn {
  return { turnId, user: text, assistant: `re: ${text}`, atMs: 1 }
}

const all = { userTurns: 0 }

export function sessionStoreContract(name: string, openStage: () => Promise<SessionStage>): void {
  describe(`sessions in ${name}`, () => contract(openStage))
}

function contract(openStage: () => Promise<SessionStage>): void {
  let stage: SessionStage
  let store: SessionStore
  beforeEach(async () => {
    stage = await openStage()
    store = await stage.open()
  })
  afterEach(() => stage.close())

  const save = async (key: string, ...turnIds: string[]) => {
    for (const id of turnIds) await store.saveTurn(key, sessionTurn(id))
  }
  const idsOf = async (key: string, query = all) =>
    (await store.history(key, query)).map(({ turnId }) => turnId)

  it('gives back exchanges oldest first, of one session only, to another opening too', async () => {
    await save('a', '1')
    await save('b', '2')
    await save('a', '3')
    const exchanges = [sessionTurn('1'), sessionTurn('3')]
    expect(await store.history('a', all)).toEqual(exchanges)
    expect(await (await stage.open()).history('a', all)).toEqual(exchanges)
  })

  it('gives the newest exchanges when there is a limit, and all for 0', async () => {
    await save('a', '1', '2', '3')
    expect(await idsOf('a', { userTurns: 2 })).toEqual(['2', '3'])
    expect(await idsOf('a')).toHaveLength(3)
  })

  it('stores one entry for a turn that is run again, in its old place, and hides it from itself', async () => {
    await store.saveTurn('a', sessionTurn('1', 'first'))
    await save('a', '2')
    await store.saveTurn('a', sessionTurn('1', 'again'))
    expect(await store.history('a', all)).toEqual([sessionTurn('1', 'again'), sessionTurn('2')])
    const query = { userTurns: 1, exceptTurnId: '2' }
    expect(await store.history('a', query)).toEqual([sessionTurn('1', 'again')])
  })

  it('stores turns that end at once in the order in which they end', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => String(n))
    await Promise.all(ids.map((id) => store.saveTurn('a', sessionTurn(id))))
    expect(await idsOf('a')).toEqual(ids)
  })

  it('forgets the oldest exchanges of a session past the cap, and no others', async () => {
    await save('b', 'other')
    await save('a', ...Array.from({ length: turnsPerSession + 1 }, (_, n) => `t${n}`))
    const ids = await idsOf('a')
    expect([ids.length, ids[0]]).toEqual([turnsPerSession, 't1'])
    expect(await idsOf('b')).toHaveLength(1)
  })

  it('cuts long texts without tearing a surrogate pair', async () => {
    const filler = 'x'.repeat(maxTextLength - 1)
    const turn = { ...sessionTurn('1'), user: `${filler}😀 and more`, assistant: `${filler}yz` }
    await store.saveTurn('a', turn)
    expect(await store.history('a', all)).toMatchObject([{ user: filler, assistant: `${filler}y` }])
  })

  it('forgets a session that is reset, and no other', async () => {
    await save('a', '1')
    await save('b', '2')
    await store.reset('a')
    expect([await idsOf('a'), await idsOf('b')]).toEqual([[], ['2']])
  })

  it('keeps keys apart that differ by case, or hold anything at all', async () => {
    const keys = ['k', 'K', "k'", 'k%', 'k\u0000', '']
    for (const [n, key] of keys.entries()) await save(key, String(n))
    for (const [n, key] of keys.entries()) expect(await idsOf(key)).toEqual([String(n)])
  })
}
