import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { describe, expect, it } from 'vitest'
import { gatewayMigrations } from '../gateway-database.ts'
import { createSessionStore, textLengthKept, turnsKeptPerSession } from './session-store.ts'

const newFile = () => join(mkdtempSync(join(tmpdir(), 'moltbot-sessions-')), 'gateway.sqlite')
const openStore = (file = newFile()) => createSessionStore(openDatabase(file, gatewayMigrations).db)
const turn = (turnId: string, text = turnId) => ({ turnId, user: text, assistant: `re: ${text}`, atMs: 1 })
const all = { userTurns: 0 }

describe('the session store', () => {
  it('gives back exchanges oldest first, of one session only, after a reopening too', () => {
    const file = newFile()
    const store = openStore(file)
    store.saveTurn('a', turn('1'))
    store.saveTurn('b', turn('2'))
    store.saveTurn('a', turn('3'))
    expect(openStore(file).history('a', all)).toEqual([turn('1'), turn('3')])
  })

  it('gives the newest exchanges when there is a limit, and all for 0', () => {
    const store = openStore()
    for (const id of ['1', '2', '3']) store.saveTurn('a', turn(id))
    expect(store.history('a', { userTurns: 2 }).map(({ turnId }) => turnId)).toEqual(['2', '3'])
    expect(store.history('a', all)).toHaveLength(3)
  })

  it('keeps one entry for a turn that is run again, in its old place, and hides it from itself', () => {
    const store = openStore()
    store.saveTurn('a', turn('1', 'first'))
    store.saveTurn('a', turn('2'))
    store.saveTurn('a', turn('1', 'again'))
    expect(store.history('a', all)).toEqual([turn('1', 'again'), turn('2')])
    expect(store.history('a', { userTurns: 1, exceptTurnId: '2' })).toEqual([turn('1', 'again')])
  })

  it('forgets the oldest exchanges of a session past the cap, and no others', () => {
    const store = openStore()
    store.saveTurn('b', turn('other'))
    for (let n = 0; n <= turnsKeptPerSession; n++) store.saveTurn('a', turn(`t${n}`))
    const kept = store.history('a', all)
    expect([kept.length, kept[0]?.turnId]).toEqual([turnsKeptPerSession, 't1'])
    expect(store.history('b', all)).toHaveLength(1)
  })

  it('cuts long texts without tearing a surrogate pair', () => {
    const store = openStore()
    const filler = 'x'.repeat(textLengthKept - 1)
    store.saveTurn('a', { ...turn('1'), user: `${filler}😀 and more`, assistant: `${filler}yz` })
    expect(store.history('a', all)).toMatchObject([{ user: filler, assistant: `${filler}y` }])
  })

  it('forgets a session when told to', () => {
    const store = openStore()
    store.saveTurn('a', turn('1'))
    store.reset('a')
    expect(store.history('a', all)).toEqual([])
  })
})
